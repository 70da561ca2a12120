"""What a filter of review asks, in one index, and the order of review an admin chose

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

QUEUE = ["sweep_id", "status", "review_order"]
ASKED = ["class_id", "confidence", "conflict", "near_copy", "lot_id", "site", "view", "image_id"]


def upgrade() -> None:
    for name in ("site", "view"):
        column = sa.Column(name, sa.String(), nullable=False, server_default="")
        op.add_column("pseudo_label", column)
    op.execute(
        "UPDATE pseudo_label SET"
        " site = (SELECT image.site FROM image WHERE image.id = pseudo_label.image_id),"
        " view = (SELECT image.view FROM image WHERE image.id = pseudo_label.image_id)"
    )
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", QUEUE + ASKED)
    order = sa.Column("review_order", sa.String(), nullable=False, server_default="informative")
    op.add_column("workspace", order)
    draw = sa.Column("review_rng", sa.Integer(), nullable=False, server_default="0")
    op.add_column("workspace", draw)


def downgrade() -> None:
    op.drop_column("workspace", "review_rng")
    op.drop_column("workspace", "review_order")
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", QUEUE)
    op.drop_column("pseudo_label", "view")
    op.drop_column("pseudo_label", "site")
