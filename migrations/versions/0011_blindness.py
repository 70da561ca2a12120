"""Independent reads that are final, late changes of them, and who has seen what others said

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Where all independent reads of an image were made, none of them can be taken back unmarked.
FINAL = """
    UPDATE worklist_item SET final = TRUE
    WHERE worklist IN ('seed', 'validation')
    AND EXISTS (
        SELECT 1 FROM worklist_item AS other
        WHERE other.worklist = worklist_item.worklist
        AND other.image_id = worklist_item.image_id AND other.turn > 1)
    AND NOT EXISTS (
        SELECT 1 FROM worklist_item AS other
        WHERE other.worklist = worklist_item.worklist
        AND other.image_id = worklist_item.image_id AND NOT other.done)
"""


def upgrade() -> None:
    for table, name in (("worklist_item", "final"), ("annotation", "late")):
        op.add_column(
            table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    op.execute(FINAL)
    op.create_table(
        "sight",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_sight_image_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_sight_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sight")),
        sa.UniqueConstraint("user_id", "image_id", name=op.f("uq_sight_user_id_image_id")),
    )


def downgrade() -> None:
    op.drop_table("sight")
    op.drop_column("annotation", "late")
    op.drop_column("worklist_item", "final")
