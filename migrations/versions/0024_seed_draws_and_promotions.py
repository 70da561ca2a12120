"""Rows for what was looked up in the audit log: draws of a seed set, and promotions

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


EVENTS = sa.table(
    "audit_event",
    sa.column("id", sa.Integer()),
    sa.column("action", sa.String()),
    sa.column("subject", sa.String()),
    sa.column("details", sa.JSON()),
    sa.column("at", UtcDateTime(timezone=True)),
)
DRAWN = "draw seed set"
PROMOTED = ("promote labeler", "promote classifier")


def upgrade() -> None:
    draws = op.create_table(
        "seed_draw",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_seed_draw_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_seed_draw")),
    )
    promotions = op.create_table(
        "promotion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("model_group", sa.String(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("replaced_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "model_group IN ('labeler', 'classifier')", name=op.f("ck_promotion_group")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["model_version.id"], name=op.f("fk_promotion_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_id"], ["model_version.id"], name=op.f("fk_promotion_replaced_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index(op.f("ix_promotion_version_id"), "promotion", ["version_id"])
    _copy(draws, promotions)


def downgrade() -> None:
    op.drop_table("promotion")
    op.drop_table("seed_draw")


def _copy(draws: sa.Table, promotions: sa.Table) -> None:
    """Copy what the audit log says; of runs and versions that are still there."""
    connection = op.get_bind()
    runs = set(connection.scalars(sa.text("SELECT id FROM run")))
    versions = set(connection.scalars(sa.text("SELECT id FROM model_version")))
    told = sa.select(EVENTS).where(EVENTS.c.action.in_((DRAWN, *PROMOTED))).order_by(EVENTS.c.id)
    images: dict[int, int] = {}
    promoted = []
    for event in connection.execute(told):
        kind, _, number = event.subject.partition(" ")
        if event.action == DRAWN and kind == "run" and int(number) in runs:
            images[int(number)] = event.details["images"]
        elif event.action in PROMOTED and int(number) in versions:
            promoted.append(
                {
                    "model_group": event.action.removeprefix("promote "),
                    "version_id": int(number),
                    "replaced_id": event.details.get("replaced"),
                    "at": event.at,
                }
            )
    if images:
        op.bulk_insert(draws, [{"run_id": run, "images": n} for run, n in images.items()])
    if promoted:
        op.bulk_insert(promotions, promoted)
