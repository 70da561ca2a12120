"""When a person put the first tour away

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("user", sa.Column("tour_ended_at", UtcDateTime(timezone=True), nullable=True))
    # Who has worked with Condyle already is not shown around.
    op.execute('UPDATE "user" SET tour_ended_at = seen_at WHERE seen_at IS NOT NULL')


def downgrade() -> None:
    op.drop_column("user", "tour_ended_at")
