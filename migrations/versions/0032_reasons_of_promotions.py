"""Promotions say why, by whom, and whether they were rolled back

Those that are there have no reason, and count as not rolled back.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

PEOPLE = ("by_id", "undone_by_id")


def upgrade() -> None:
    with op.batch_alter_table("promotion") as promotion:
        for name in ("reason", "undone_reason"):
            promotion.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        promotion.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        for name in PEOPLE:
            promotion.add_column(sa.Column(name, sa.Integer(), nullable=True))
            promotion.create_foreign_key(op.f(f"fk_promotion_{name}"), "user", [name], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("promotion") as promotion:
        for name in PEOPLE:
            promotion.drop_constraint(op.f(f"fk_promotion_{name}"), type_="foreignkey")
            promotion.drop_column(name)
        for name in ("undone_at", "undone_reason", "reason"):
            promotion.drop_column(name)
