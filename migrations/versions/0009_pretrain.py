"""A kind of run that learns from films without labels

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BEFORE = (
    "import",
    "draw_seed",
    "train_labeler",
    "sweep",
    "train_classifier",
    "evaluate",
    "export",
)
AFTER = ("import", "pretrain", *BEFORE[1:])


def upgrade() -> None:
    _allow(AFTER)


def downgrade() -> None:
    op.execute(
        "DELETE FROM run_log_line WHERE run_id IN (SELECT id FROM run WHERE kind = 'pretrain')"
    )
    op.execute("DELETE FROM run WHERE kind = 'pretrain'")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("run") as run:
        run.drop_constraint(op.f("ck_run_kind"), type_="check")
        run.create_check_constraint(op.f("ck_run_kind"), f"kind IN ({quoted})")
