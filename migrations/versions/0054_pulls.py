"""How far films are fetched from a PACS

Revision ID: 0054
Revises: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pull",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("reached", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_pull_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_pull")),
    )
    op.create_table(
        "pull_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["pull.run_id"], name=op.f("fk_pull_step_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pull_step")),
        sa.UniqueConstraint("run_id", "uid", name=op.f("uq_pull_step_run_id_uid")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("pull_step")
    op.drop_table("pull")
