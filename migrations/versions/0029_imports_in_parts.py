"""Parts of an import decode in any order, and what they have decoded waits to be registered

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "decoded_batch",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_decoded_batch_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", "first", name=op.f("pk_decoded_batch")),
    )
    op.create_table(
        "import_tally",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("registered", sa.Integer(), nullable=False),
        sa.Column("there", sa.Integer(), nullable=False),
        sa.Column("put_aside", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_import_tally_run_id_run")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_tally")),
    )


def downgrade() -> None:
    op.drop_table("import_tally")
    op.drop_table("decoded_batch")
