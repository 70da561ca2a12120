"""Films unlike the calibration reads, and lots within sites

Lots and pseudo-labels of before stay as they are: each lot is the whole of its class.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

QUEUE = ["sweep_id", "status", "review_order", "class_id", "confidence", "conflict", "near_copy"]
REST = ["lot_id", "site", "view", "image_id"]


def upgrade() -> None:
    unlike = sa.Column("unlike", sa.String(), nullable=False, server_default="")
    op.add_column("pseudo_label", unlike)
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", [*QUEUE, "unlike", *REST])
    with op.batch_alter_table("lot") as lot:
        lot.add_column(sa.Column("place", sa.Integer(), nullable=False, server_default="0"))
        lot.add_column(sa.Column("sites", sa.JSON(none_as_null=True), nullable=True))
        lot.drop_constraint(op.f("uq_lot_sweep_id_class_id"), type_="unique")
        lot.create_unique_constraint(
            op.f("uq_lot_sweep_id_class_id_place"), ["sweep_id", "class_id", "place"]
        )


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM lot WHERE place > 0")):
        raise RuntimeError(
            "The schema before this one cannot hold several lots of a class: restore a backup."
        )
    with op.batch_alter_table("lot") as lot:
        lot.drop_constraint(op.f("uq_lot_sweep_id_class_id_place"), type_="unique")
        lot.create_unique_constraint(op.f("uq_lot_sweep_id_class_id"), ["sweep_id", "class_id"])
        lot.drop_column("sites")
        lot.drop_column("place")
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", [*QUEUE, *REST])
    op.drop_column("pseudo_label", "unlike")
