"""Answers of a language model, and what became of the question about each film

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "language_model_answer",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_language_model_answer")),
    )
    op.add_column("pseudo_label", sa.Column("asked", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("pseudo_label", "asked")
    op.drop_table("language_model_answer")
