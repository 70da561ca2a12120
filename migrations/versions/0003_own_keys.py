"""Keys of a reader's own

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_keys",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_own_keys_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_own_keys")),
    )


def downgrade() -> None:
    op.drop_table("own_keys")
