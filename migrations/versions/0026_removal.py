"""Images name the import that brought them, and what is removed stays away

Of the films that are there the import is found by its time: imports run one after another. A film
that was held is of the import that held it, whenever it was released.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

DRAWN = sa.text("attention_digest IS NOT NULL")
UNFINISHED = sa.text("status = 'asked'")
NUMBERED_ONCE = ("patient", "study", "image", "annotation", "pseudo_label")
BY_TIME = """
    UPDATE image SET run_id = (
        SELECT max(run.id) FROM run WHERE run.kind = 'import'
        AND run.started_at <= image.imported_at
        AND (run.finished_at IS NULL OR run.finished_at >= image.imported_at))
"""
HELD = """
    UPDATE image SET run_id = (
        SELECT held_film.run_id FROM held_film
        WHERE held_film.source_digest = image.source_digest)
    WHERE source_digest IN (SELECT source_digest FROM held_film)
"""


def upgrade() -> None:
    with op.batch_alter_table("image") as image:
        image.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        image.create_foreign_key(op.f("fk_image_run_id"), "run", ["run_id"], ["id"])
        image.create_index(op.f("ix_image_run_id"), ["run_id"])
    op.execute(BY_TIME)
    op.execute(HELD)
    if op.get_bind().dialect.name == "sqlite":
        for table in NUMBERED_ONCE:
            once = {"sqlite_autoincrement": True}
            with op.batch_alter_table(table, recreate="always", table_kwargs=once):
                pass
    op.create_index(op.f("ix_image_stored_digest"), "image", ["stored_digest"])
    op.create_index(
        "ix_pseudo_label_attention_digest",
        "pseudo_label",
        ["attention_digest"],
        sqlite_where=DRAWN,
        postgresql_where=DRAWN,
    )
    with op.batch_alter_table("lot") as lot:
        for column in ("removed_read", "removed_wrong"):
            lot.add_column(sa.Column(column, sa.Integer(), server_default="0", nullable=False))
    op.add_column("model_version", sa.Column("films", sa.String(), nullable=True))
    op.create_table(
        "removal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "what IN ('import', 'patient', 'study', 'image')", name=op.f("ck_removal_what")
        ),
        sa.CheckConstraint(
            "reason IN ('consent', 'mistake', 'other')", name=op.f("ck_removal_reason")
        ),
        sa.CheckConstraint("status IN ('asked', 'removed')", name=op.f("ck_removal_status")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user.id"], name=op.f("fk_removal_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removal")),
    )
    op.create_index(
        "uq_removal_unfinished",
        "removal",
        ["what", "number"],
        unique=True,
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    )
    op.create_table(
        "removed_image",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("removal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["removal_id"], ["removal.id"], name=op.f("fk_removed_image_removal_id")
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_removed_image")),
    )
    op.create_index(op.f("ix_removed_image_removal_id"), "removed_image", ["removal_id"])
    op.create_table(
        "withdrawn",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("removal_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["removal_id"], ["removal.id"], name=op.f("fk_withdrawn_removal_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_withdrawn")),
    )
    op.create_index(op.f("ix_withdrawn_removal_id"), "withdrawn", ["removal_id"])
    op.create_table(
        "doomed_file",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("removal_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["removal_id"], ["removal.id"], name=op.f("fk_doomed_file_removal_id")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_doomed_file")),
    )
    op.create_index(op.f("ix_doomed_file_removal_id"), "doomed_file", ["removal_id"])


def downgrade() -> None:
    for table in ("doomed_file", "withdrawn", "removed_image", "removal"):
        op.drop_table(table)
    op.drop_column("model_version", "films")
    with op.batch_alter_table("lot") as lot:
        for column in ("removed_read", "removed_wrong"):
            lot.drop_column(column)
    op.drop_index("ix_pseudo_label_attention_digest", table_name="pseudo_label")
    op.drop_index(op.f("ix_image_stored_digest"), table_name="image")
    with op.batch_alter_table("image") as image:
        image.drop_index(op.f("ix_image_run_id"))
        image.drop_constraint(op.f("fk_image_run_id"), type_="foreignkey")
        image.drop_column("run_id")
