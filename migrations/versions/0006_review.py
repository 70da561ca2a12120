"""Batches of the grid, blind reads, and what a pseudo-label rests on

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "grid_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("decisions", sa.JSON(), nullable=False),
        sa.Column("lost", sa.JSON(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("undo_key", sa.String(), nullable=True),
        sa.Column("undone_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_grid_batch_reader_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweep.id"], name=op.f("fk_grid_batch_sweep_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_grid_batch_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_batch")),
        sa.UniqueConstraint(
            "reader_id", "idempotency_key", name=op.f("uq_grid_batch_reader_id_idempotency_key")
        ),
        sa.UniqueConstraint("reader_id", "undo_key", name=op.f("uq_grid_batch_reader_id_undo_key")),
    )
    op.create_table(
        "grid_read",
        sa.Column("annotation_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_grid_read_annotation_id")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["grid_batch.id"], name=op.f("fk_grid_read_batch_id")
        ),
        sa.PrimaryKeyConstraint("annotation_id", name=op.f("pk_grid_read")),
    )
    op.create_index(op.f("ix_grid_read_batch_id"), "grid_read", ["batch_id"])
    op.create_table(
        "blind_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudo_label_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("unusable", sa.Boolean(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(class_id IS NULL) = unusable", name=op.f("ck_blind_read_says_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["pseudo_label_id"], ["pseudo_label.id"], name=op.f("fk_blind_read_pseudo_label_id")
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_blind_read_reader_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_blind_read_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_read")),
        sa.UniqueConstraint(
            "pseudo_label_id", "reader_id", name=op.f("uq_blind_read_pseudo_label_id_reader_id")
        ),
    )
    op.add_column("pseudo_label", sa.Column("words", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("pseudo_label", sa.Column("attention_digest", sa.String(), nullable=True))
    op.create_index(
        "ix_pseudo_label_grid", "pseudo_label", ["sweep_id", "status", "class_id", "confidence"]
    )
    op.add_column(
        "workspace",
        sa.Column("blind_first", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("workspace", "blind_first")
    op.drop_index("ix_pseudo_label_grid", table_name="pseudo_label")
    op.drop_column("pseudo_label", "attention_digest")
    op.drop_column("pseudo_label", "words")
    op.drop_table("blind_read")
    op.drop_table("grid_read")
    op.drop_table("grid_batch")
