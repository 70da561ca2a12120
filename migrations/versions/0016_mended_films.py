"""Which film a file was that was put aside, so that it leaves the list when the film arrives

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "quarantined_file", sa.Column("film", sa.String(), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_quarantined_file_film"), "quarantined_file", ["film"])


def downgrade() -> None:
    op.drop_index(op.f("ix_quarantined_file_film"), "quarantined_file")
    op.drop_column("quarantined_file", "film")
