"""Second factors: secrets of apps, recovery codes, and roles that need one

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_second_factor_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id")),
        sa.PrimaryKeyConstraint("code_digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])
    op.create_table(
        "required_factor",
        sa.Column("role", sa.String(), nullable=False),
        sa.CheckConstraint("role IN ('reader', 'admin')", name=op.f("ck_required_factor_role")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_required_factor")),
    )
    op.create_table(
        "begun_log_in",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_begun_log_in_user_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_begun_log_in")),
    )
    op.create_index(op.f("ix_begun_log_in_user_id"), "begun_log_in", ["user_id"])


def downgrade() -> None:
    for name in ("begun_log_in", "required_factor", "recovery_code", "second_factor"):
        op.drop_table(name)
