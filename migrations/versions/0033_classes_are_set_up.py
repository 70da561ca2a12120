"""Classes have a description and a colour, and can be retired

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("label_class") as label_class:
        label_class.add_column(
            sa.Column("description", sa.String(), server_default="", nullable=False)
        )
        label_class.add_column(
            sa.Column("colour", sa.Integer(), server_default="0", nullable=False)
        )
        label_class.add_column(
            sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        label_class.add_column(sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("label_class") as label_class:
        for name in ("added_at", "retired", "colour", "description"):
            label_class.drop_column(name)
