"""Whom a worklist is assigned to, and by which day it is to be read

Every list there was is everybody's, as it has been.

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "assignment",
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("due", sa.String(), nullable=True),
        sa.CheckConstraint(
            "worklist IN ('seed', 'validation', 'audit', 'adjudication', 'review')",
            name=op.f("ck_assignment_worklist"),
        ),
        sa.PrimaryKeyConstraint("worklist", name=op.f("pk_assignment")),
    )
    op.create_table(
        "assignee",
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["worklist"], ["assignment.worklist"], name=op.f("fk_assignee_worklist")
        ),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_assignee_reader_id")),
        sa.PrimaryKeyConstraint("worklist", "reader_id", name=op.f("pk_assignee")),
    )


def downgrade() -> None:
    op.drop_table("assignee")
    op.drop_table("assignment")
