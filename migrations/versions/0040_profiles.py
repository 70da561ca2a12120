"""The language and the theme that a person has chosen

Whoever was there keeps the installation's language and the dark pages.

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("language", sa.String(), nullable=True))
    theme = sa.Column("theme", sa.String(), nullable=False, server_default="dark")
    op.add_column("user", theme)


def downgrade() -> None:
    op.drop_column("user", "theme")
    op.drop_column("user", "language")
