"""Tokens of programs, and where a log-in began

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("seen_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("seen_from", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_api_token_user_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_api_token")),
        sa.UniqueConstraint("reference", name=op.f("uq_api_token_reference")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"])
    for name in ("address", "agent"):
        op.add_column("log_in", sa.Column(name, sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    for name in ("agent", "address"):
        op.drop_column("log_in", name)
    op.drop_table("api_token")
