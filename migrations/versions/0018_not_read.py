"""Why a report was not read, and which pseudo-labels rest on nothing

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "pseudo_label", sa.Column("not_read", sa.String(), server_default="", nullable=False)
    )
    op.add_column(
        "pseudo_label",
        sa.Column("guessed", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("pseudo_label", "guessed")
    op.drop_column("pseudo_label", "not_read")
