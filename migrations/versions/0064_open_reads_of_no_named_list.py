"""An index of the reads that are on no named list, so that they are counted without those of others

Revision ID: 0064
Revises: 0063
"""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

UNNAMED = sa.text("coalesce(named_list_id, 0) < 1")


def upgrade() -> None:
    op.create_index(
        "ix_worklist_item_unnamed",
        "worklist_item",
        ["worklist", "done", "position", "turn"],
        sqlite_where=UNNAMED,
        postgresql_where=UNNAMED,
    )


def downgrade() -> None:
    op.drop_index("ix_worklist_item_unnamed", "worklist_item")
