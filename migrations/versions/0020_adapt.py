"""A kind of run that adapts the text encoder to the archive's reports

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BEFORE = (
    "import",
    "crop",
    "pretrain",
    "draw_seed",
    "train_labeler",
    "sweep",
    "train_classifier",
    "evaluate",
    "export",
)
AFTER = (*BEFORE[:3], "adapt", *BEFORE[3:])


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM run_log_line WHERE run_id IN (SELECT id FROM run WHERE kind = 'adapt')")
    op.execute("DELETE FROM run WHERE kind = 'adapt'")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("run") as run:
        run.drop_constraint(op.f("ck_run_kind"), type_="check")
        run.create_check_constraint(op.f("ck_run_kind"), f"kind IN ({quoted})")
