"""The outbox: structured reports on their way to the PACS

Revision ID: 0049
Revises: 0048
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("uid", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("may_be_there", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'refused', 'given_up', 'outdated')",
            name=op.f("ck_outgoing_report_status"),
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_outgoing_report_image_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_report")),
        sa.UniqueConstraint("uid", name=op.f("uq_outgoing_report_uid")),
        sa.UniqueConstraint("image_id", "number", name=op.f("uq_outgoing_report_image_id_number")),
        sa.UniqueConstraint(
            "image_id", "decided_at", name=op.f("uq_outgoing_report_image_id_decided_at")
        ),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("status = 'waiting'")
    op.create_index(
        "ix_outgoing_report_waiting",
        "outgoing_report",
        ["due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_outgoing_report_status", "outgoing_report", ["status", "id"])


def downgrade() -> None:
    op.drop_table("outgoing_report")
