"""Independent reads, adjudication, reasons, notes and findings

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REASON = "reason IS NULL OR (unusable AND reason IN ('poor_quality', 'not_a_knee', 'unsure'))"
FINDINGS = (
    ("osteophytes", "y"),
    ("joint-space narrowing", "j"),
    ("fracture", "b"),
    ("effusion", "e"),
    ("hardware", "w"),
)


def upgrade() -> None:
    op.create_table(
        "double_reading",
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("readers", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("rng", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "worklist IN ('seed', 'validation')", name=op.f("ck_double_reading_worklist")
        ),
        sa.CheckConstraint("readers >= 2", name=op.f("ck_double_reading_readers")),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_double_reading_share")),
        sa.PrimaryKeyConstraint("worklist", name=op.f("pk_double_reading")),
    )
    finding = op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("key", name=op.f("uq_finding_key")),
        sa.UniqueConstraint("name", name=op.f("uq_finding_name")),
    )
    op.bulk_insert(
        finding,
        [
            {"name": name, "key": key, "position": position, "offered": True}
            for position, (name, key) in enumerate(FINDINGS, 1)
        ],
    )
    lists = "worklist IN ('seed', 'validation', 'audit', 'review', 'adjudication')"
    with op.batch_alter_table("annotation") as table:
        _set_check(table, "ck_annotation_worklist", lists)
        table.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("reason", sa.String(), nullable=True))
        table.add_column(sa.Column("note", sa.String(), nullable=True))
        table.create_check_constraint(op.f("ck_annotation_reason"), sa.text(REASON))
    op.create_table(
        "annotation_finding",
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_annotation_finding_annotation_id")
        ),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.id"], name=op.f("fk_annotation_finding_finding_id")
        ),
        sa.PrimaryKeyConstraint("annotation_id", "finding_id", name=op.f("pk_annotation_finding")),
    )
    # A lease lasts minutes: whoever holds one is given the image again.
    op.drop_table("lease")
    _create_lease(sa.Column("turn", sa.Integer(), nullable=False))
    lists = "worklist IN ('seed', 'validation', 'audit', 'adjudication')"
    with op.batch_alter_table("worklist_item") as table:
        _set_check(table, "ck_worklist_item_worklist", lists)
        table.add_column(sa.Column("turn", sa.Integer(), nullable=False, server_default="1"))
        table.drop_constraint(op.f("uq_worklist_item_worklist_image_id"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_worklist_item_worklist_image_id_turn"), ["worklist", "image_id", "turn"]
        )
        table.drop_index("ix_worklist_item_open")
        table.create_index("ix_worklist_item_open", ["worklist", "done", "position", "turn"])


def downgrade() -> None:
    adjudicated = sa.text("SELECT count(*) FROM annotation WHERE worklist = 'adjudication'")
    if op.get_bind().scalar(adjudicated):
        raise RuntimeError(
            "The schema before this one cannot hold adjudications: restore a backup."
        )
    op.execute("DELETE FROM worklist_item WHERE turn > 1 OR worklist = 'adjudication'")
    lists = "worklist IN ('seed', 'validation', 'audit')"
    with op.batch_alter_table("worklist_item") as table:
        _set_check(table, "ck_worklist_item_worklist", lists)
        table.drop_index("ix_worklist_item_open")
        table.drop_constraint(op.f("uq_worklist_item_worklist_image_id_turn"), type_="unique")
        table.drop_column("turn")
        table.create_unique_constraint(
            op.f("uq_worklist_item_worklist_image_id"), ["worklist", "image_id"]
        )
        table.create_index("ix_worklist_item_open", ["worklist", "done", "position"])
    op.drop_table("lease")
    _create_lease()
    op.drop_table("annotation_finding")
    lists = "worklist IN ('seed', 'validation', 'audit', 'review')"
    with op.batch_alter_table("annotation") as table:
        _set_check(table, "ck_annotation_worklist", lists)
        table.drop_constraint(op.f("ck_annotation_reason"), type_="check")
        table.drop_column("note")
        table.drop_column("reason")
        table.drop_column("turn")
    op.drop_table("finding")
    op.drop_table("double_reading")


def _set_check(table: BatchOperations, name: str, text: str) -> None:
    table.drop_constraint(op.f(name), type_="check")
    table.create_check_constraint(op.f(name), sa.text(text))


def _create_lease(*turn: sa.Column[int]) -> None:
    op.create_table(
        "lease",
        sa.Column("image_id", sa.Integer(), nullable=False),
        *turn,
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_lease_image_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_lease_reader_id")),
        sa.PrimaryKeyConstraint(
            "image_id", *(column.name for column in turn), name=op.f("pk_lease")
        ),
    )
    op.create_index(op.f("ix_lease_reader_id"), "lease", ["reader_id"])
