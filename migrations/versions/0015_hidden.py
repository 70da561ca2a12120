"""Names as hashes, films that are held, and no names of folders in runs

Paths in the parameters of imports that have ended are taken out by the next worker that starts.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_name",
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_known_name_study_id")),
        sa.PrimaryKeyConstraint("study_id", "digest", name=op.f("pk_known_name")),
    )
    op.create_table(
        "held_film",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("arrivals", sa.JSON(), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('held', 'released', 'left_out')", name=op.f("ck_held_film_state")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_held_film_run_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_held_film_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_film")),
        sa.UniqueConstraint("source_digest", name=op.f("uq_held_film_source_digest")),
    )
    op.create_index(op.f("ix_held_film_run_id"), "held_film", ["run_id"])
    op.create_index(op.f("ix_held_film_state"), "held_film", ["state"])


def downgrade() -> None:
    op.drop_table("held_film")
    op.drop_table("known_name")
