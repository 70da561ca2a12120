"""Films that arrive over DICOM, who sends them, and whether they are imported by themselves

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrived_film",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("calling", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("arrived_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("put_aside", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_arrived_film_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrived_film")),
        sa.UniqueConstraint("digest", name=op.f("uq_arrived_film_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_arrived_film_uid"), "arrived_film", ["uid"])
    op.create_index(op.f("ix_arrived_film_run_id"), "arrived_film", ["run_id"])
    op.create_index(
        "ix_arrived_film_kept",
        "arrived_film",
        ["id"],
        sqlite_where=sa.text("kept"),
        postgresql_where=sa.text("kept"),
    )
    op.create_table(
        "sender_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calling", sa.String(), nullable=False),
        sa.Column("called", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_tally")),
        sa.UniqueConstraint(
            "calling",
            "called",
            "address",
            "what",
            name=op.f("uq_sender_tally_calling_called_address_what"),
        ),
    )
    op.create_index(op.f("ix_sender_tally_last_at"), "sender_tally", ["last_at"])
    op.add_column(
        "workspace",
        sa.Column("import_arrivals", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("workspace", "import_arrivals")
    op.drop_table("sender_tally")
    op.drop_table("arrived_film")
