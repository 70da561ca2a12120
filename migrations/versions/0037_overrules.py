"""Admins can overrule a label, with a reason

Going down, what was overruled is lost; such labels count as a single read's until they are rebuilt.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BASES = "'single_read', 'agreement', 'adjudication'"


def upgrade() -> None:
    op.create_table(
        "overrule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_overrule_image_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_overrule_by_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_overrule_class_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overrule")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_overrule_image_id"), "overrule", ["image_id"])
    _bases(f"{BASES}, 'overruled'")


def downgrade() -> None:
    op.execute("UPDATE reference_label SET basis = 'single_read' WHERE basis = 'overruled'")
    _bases(BASES)
    op.drop_index(op.f("ix_overrule_image_id"), "overrule")
    op.drop_table("overrule")


def _bases(names: str) -> None:
    with op.batch_alter_table("reference_label") as label:
        label.drop_constraint(op.f("ck_reference_label_basis"), type_="check")
        label.create_check_constraint(op.f("ck_reference_label_basis"), f"basis IN ({names})")
