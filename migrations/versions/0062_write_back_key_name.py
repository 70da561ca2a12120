"""Which key PACS references are opened with

Revision ID: 0062
Revises: 0061
"""

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("write_back_key_name", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("workspace", "write_back_key_name")
