"""People of the hospital's own log-in (OpenID Connect)

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_identity",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_provider_identity_user_id")
        ),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_provider_identity")),
        sa.UniqueConstraint("user_id", name=op.f("uq_provider_identity_user_id")),
    )
    op.create_table(
        "used_state",
        sa.Column("state_digest", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_used_state")),
    )
    op.add_column(
        "log_in", sa.Column("by_provider", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("log_in", "by_provider")
    op.drop_table("used_state")
    op.drop_table("provider_identity")
