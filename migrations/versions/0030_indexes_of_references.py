"""What names an annotation or an image is found by it, where one of these is removed

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    decided = sa.text("annotation_id IS NOT NULL")
    op.create_index(
        "ix_pseudo_label_annotation_id",
        "pseudo_label",
        ["annotation_id"],
        sqlite_where=decided,
        postgresql_where=decided,
    )
    op.create_index("ix_sight_image_id", "sight", ["image_id"])


def downgrade() -> None:
    op.drop_index("ix_sight_image_id", table_name="sight")
    op.drop_index("ix_pseudo_label_annotation_id", table_name="pseudo_label")
