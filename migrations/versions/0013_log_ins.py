"""Log-ins end when idle, failures are counted by where they come from, a link without a person

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "failed_log_ins",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("locked_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_failed_log_ins_user_id"),
        sa.PrimaryKeyConstraint("user_id", "source", name="pk_failed_log_ins"),
    )
    op.drop_column("user", "failed_logins")
    op.drop_column("user", "locked_until")
    # Everybody logs in once more: when the log-ins of before were last used is not known.
    op.execute("DELETE FROM log_in")
    op.add_column("log_in", sa.Column("seen_at", MOMENT, nullable=True))
    with op.batch_alter_table("log_in") as log_in:
        log_in.alter_column("seen_at", existing_type=MOMENT, nullable=False)
    with op.batch_alter_table("one_time_link") as link:
        link.alter_column("user_id", existing_type=sa.Integer(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM one_time_link WHERE user_id IS NULL")
    with op.batch_alter_table("one_time_link") as link:
        link.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("log_in", "seen_at")
    op.add_column(
        "user", sa.Column("failed_logins", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("user", sa.Column("locked_until", MOMENT, nullable=True))
    op.drop_table("failed_log_ins")
