"""Review can be asked for the films whose report was not read

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

QUEUE = ["sweep_id", "status", "review_order", "class_id", "confidence", "conflict", "near_copy"]
REST = ["lot_id", "site", "view", "image_id"]


def upgrade() -> None:
    _index([*QUEUE, "unlike", "not_read", *REST])


def downgrade() -> None:
    _index([*QUEUE, "unlike", *REST])


def _index(columns: list[str]) -> None:
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", columns)
