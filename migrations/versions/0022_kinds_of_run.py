"""The kinds of run are declared in one place, which is not the database

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE = (
    "import",
    "crop",
    "pretrain",
    "adapt",
    "draw_seed",
    "train_labeler",
    "sweep",
    "train_classifier",
    "evaluate",
    "export",
)
LISTED = f"kind IN ({', '.join(repr(kind) for kind in BEFORE)})"


def upgrade() -> None:
    with op.batch_alter_table("run") as run:
        run.drop_constraint(op.f("ck_run_kind"), type_="check")


def downgrade() -> None:
    op.execute(f"DELETE FROM run_log_line WHERE run_id IN (SELECT id FROM run WHERE NOT {LISTED})")
    op.execute(f"DELETE FROM run WHERE NOT {LISTED}")
    with op.batch_alter_table("run") as run:
        run.create_check_constraint(op.f("ck_run_kind"), LISTED)
