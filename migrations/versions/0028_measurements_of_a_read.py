"""What a reader measured on a film is kept with the read, and a finding needs no key

Going down, findings without a key get a sign that no key types.

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("annotation", sa.Column("measurements", sa.JSON(), nullable=True))
    with op.batch_alter_table("finding") as finding:
        finding.alter_column("key", existing_type=sa.String(), nullable=True)


def downgrade() -> None:
    op.execute("UPDATE finding SET key = 'none ' || id WHERE key IS NULL")
    with op.batch_alter_table("finding") as finding:
        finding.alter_column("key", existing_type=sa.String(), nullable=False)
    op.drop_column("annotation", "measurements")
