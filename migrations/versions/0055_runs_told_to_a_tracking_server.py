"""Runs that a tracking server is told

Revision ID: 0055
Revises: 0054
"""

import sqlalchemy as sa
from alembic import op

import app.db.tables

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tracked_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("due_at", app.db.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", app.db.tables.UtcDateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'sent')", name=op.f("ck_tracked_run_status")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_tracked_run_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_run")),
        sa.UniqueConstraint("key", name=op.f("uq_tracked_run_key")),
        sa.UniqueConstraint("run_id", name=op.f("uq_tracked_run_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_tracked_run_waiting",
        "tracked_run",
        ["due_at"],
        sqlite_where=sa.text("status = 'waiting'"),
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_table("tracked_run")
