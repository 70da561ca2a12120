"""The monitor: when films were read on arrival, calibration reads of a sweep, what was stopped

Films that were read before count as read when they were imported.

Revision ID: 0053
Revises: 0052
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

DRAWN, STANDING = sa.text("drawn"), sa.text("standing")


def upgrade() -> None:
    op.create_table(
        "acceptance_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("labeler_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(timezone=True), nullable=False),
        sa.Column("audited", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("tolerated_error", sa.Double(), nullable=False),
        sa.Column("at_least", sa.Double(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("standing", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("lifted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["labeler_id"], ["model_version.id"], name=op.f("fk_acceptance_stop_labeler_id")
        ),
        sa.ForeignKeyConstraint(
            ["lifted_by"], ["user.id"], name=op.f("fk_acceptance_stop_lifted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptance_stop")),
    )
    op.create_index(
        "uq_acceptance_stop_standing",
        "acceptance_stop",
        ["standing"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.add_column("sweep", sa.Column("calibration", sa.JSON(), nullable=True))
    op.add_column("arrival_read", sa.Column("at", UtcDateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE arrival_read SET at ="
        " (SELECT imported_at FROM image WHERE image.id = arrival_read.image_id)"
    )
    with op.batch_alter_table("arrival_read", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("at", nullable=False)
    op.create_index(op.f("ix_arrival_read_at"), "arrival_read", ["at"])
    op.create_index(
        "ix_arrival_read_audited",
        "arrival_read",
        ["at"],
        sqlite_where=DRAWN,
        postgresql_where=DRAWN,
    )
    op.create_index(op.f("ix_arrived_film_arrived_at"), "arrived_film", ["arrived_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_arrived_film_arrived_at"), table_name="arrived_film")
    op.drop_index("ix_arrival_read_audited", table_name="arrival_read")
    op.drop_index(op.f("ix_arrival_read_at"), table_name="arrival_read")
    op.drop_column("arrival_read", "at")
    op.drop_column("sweep", "calibration")
    op.drop_table("acceptance_stop")
