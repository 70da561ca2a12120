"""Films that programs have sent to be classified

Revision ID: 0052
Revises: 0051
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("laterality", sa.String(), nullable=False),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'claimed', 'answered', 'refused', 'failed')",
            name=op.f("ck_classification_status"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_classification_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification")),
        sa.UniqueConstraint("file", name=op.f("uq_classification_file")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("classification")
