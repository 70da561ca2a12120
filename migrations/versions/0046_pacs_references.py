"""What films are called in the PACS, sealed

Revision ID: 0046
Revises: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pacs_reference",
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source_digest", name=op.f("pk_pacs_reference")),
    )


def downgrade() -> None:
    op.drop_table("pacs_reference")
