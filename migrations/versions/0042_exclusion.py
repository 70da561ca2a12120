"""Images can be excluded, and taken back

Going down, images that are excluded count again; pseudo-labels that were put aside are reviewed.

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

REASONS = "reason IN ('quality', 'content', 'duplicate', 'other')"
STATES = "'predicted', 'accepted', 'needs_review', 'approved', 'corrected', 'rejected'"


def upgrade() -> None:
    op.create_table(
        "exclusion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"reason IS NULL OR {REASONS}", name=op.f("ck_exclusion_reason")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_exclusion_image_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_exclusion_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_exclusion_image_id"), "exclusion", ["image_id"])
    op.create_table(
        "excluded_image",
        sa.Column("image_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("duplicate_of", sa.Integer(), nullable=True),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.CheckConstraint(REASONS, name=op.f("ck_excluded_image_reason")),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_excluded_image_image_id")
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_excluded_image")),
    )
    op.create_index(op.f("ix_excluded_image_duplicate_of"), "excluded_image", ["duplicate_of"])
    _states(f"{STATES}, 'excluded'")


def downgrade() -> None:
    op.execute("UPDATE pseudo_label SET status = 'needs_review' WHERE status = 'excluded'")
    _states(STATES)
    op.drop_index(op.f("ix_excluded_image_duplicate_of"), "excluded_image")
    op.drop_table("excluded_image")
    op.drop_index(op.f("ix_exclusion_image_id"), "exclusion")
    op.drop_table("exclusion")


def _states(names: str) -> None:
    with op.batch_alter_table("pseudo_label", table_kwargs={"sqlite_autoincrement": True}) as label:
        label.drop_constraint(op.f("ck_pseudo_label_status"), type_="check")
        label.create_check_constraint(op.f("ck_pseudo_label_status"), f"status IN ({names})")
