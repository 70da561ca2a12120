"""Which column is which in tables whose headers are other than Condyle's

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "column_mapping",
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("headers", name=op.f("pk_column_mapping")),
    )


def downgrade() -> None:
    op.drop_table("column_mapping")
