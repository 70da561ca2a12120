"""The site a film comes from

A manifest's column `site` was kept among the details before; it is read from there.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FROM_DETAILS = {"sqlite": "json_extract(details, '$.site')", "postgresql": "details ->> 'site'"}


def upgrade() -> None:
    op.add_column("image", sa.Column("site", sa.String(), nullable=False, server_default=""))
    site = FROM_DETAILS[op.get_bind().dialect.name]
    op.execute(f"UPDATE image SET site = substr({site}, 1, 64) WHERE {site} IS NOT NULL")
    op.create_index("ix_image_site", "image", ["site"])
    op.create_index("ix_image_view", "image", ["view"])


def downgrade() -> None:
    op.drop_index("ix_image_view", table_name="image")
    op.drop_index("ix_image_site", table_name="image")
    op.drop_column("image", "site")
