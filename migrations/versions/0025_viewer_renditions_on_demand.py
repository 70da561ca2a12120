"""Viewer renditions are made when a reader needs them

What is there stays. Going down, films whose rendition was not made yet lose the row of it, and with
it their place in the viewer.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WANTED = sa.text("wanted_at IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("rendition") as rendition:
        rendition.alter_column("digest", existing_type=sa.String(), nullable=True)
        rendition.add_column(sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True))
        rendition.create_check_constraint(
            op.f("ck_rendition_made"), "digest IS NOT NULL OR kind = 'viewer'"
        )
    op.create_index(
        "ix_rendition_wanted_at",
        "rendition",
        ["wanted_at"],
        sqlite_where=WANTED,
        postgresql_where=WANTED,
    )


def downgrade() -> None:
    op.drop_index("ix_rendition_wanted_at", table_name="rendition")
    op.execute("DELETE FROM rendition WHERE digest IS NULL")
    with op.batch_alter_table("rendition") as rendition:
        rendition.drop_constraint(op.f("ck_rendition_made"), type_="check")
        rendition.drop_column("wanted_at")
        rendition.alter_column("digest", existing_type=sa.String(), nullable=False)
