"""Where the millimetres of a film are measured

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of films that are there already it is not known: nothing is said of them."""
    plane = sa.Column("spacing_plane", sa.String(), nullable=False, server_default="")
    op.add_column("image", plane)


def downgrade() -> None:
    op.drop_column("image", "spacing_plane")
