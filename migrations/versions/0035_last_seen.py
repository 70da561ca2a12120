"""When a person was here last

Until a person logs in or out again it is known from their log-ins alone.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("seen_at", UtcDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("user", "seen_at")
