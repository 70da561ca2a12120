"""Reads beyond the plan of double reading are marked

Nothing that is there was read so. Going down, the marks are lost; the reads stay.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("worklist_item") as item:
        item.add_column(sa.Column("reread", sa.String(), nullable=False, server_default=""))
        item.create_check_constraint(
            op.f("ck_worklist_item_reread"), "reread IN ('', 'chosen', 'control')"
        )


def downgrade() -> None:
    with op.batch_alter_table("worklist_item") as item:
        item.drop_constraint(op.f("ck_worklist_item_reread"), type_="check")
        item.drop_column("reread")
