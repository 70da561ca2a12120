"""Films are read as they arrive, by the promoted models

Going down, what was read on arrival stays among the pseudo-labels of its sweep.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

QUEUE = ["sweep_id", "status", "review_order", "class_id", "confidence", "conflict", "near_copy"]
ASKED = ["unlike", "not_read"]
REST = ["lot_id", "site", "view", "image_id"]


def upgrade() -> None:
    op.add_column(
        "workspace",
        sa.Column("read_arrivals", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "workspace",
        sa.Column("audit_arrivals", sa.Double(), server_default="0.05", nullable=False),
    )
    op.add_column(
        "pseudo_label",
        sa.Column("arrived", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _index([*QUEUE, *ASKED, "arrived", *REST])
    op.create_table(
        "arrival_read",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pseudo_label_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("classifier_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_arrival_read_{column}")
            )
            for column, table in (
                ("pseudo_label_id", "pseudo_label"),
                ("image_id", "image"),
                ("run_id", "run"),
                ("classifier_id", "model_version"),
                ("class_id", "label_class"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_read")),
        sa.UniqueConstraint("pseudo_label_id", name=op.f("uq_arrival_read_pseudo_label_id")),
        sqlite_autoincrement=True,
    )
    for column in ("image_id", "run_id"):
        op.create_index(op.f(f"ix_arrival_read_{column}"), "arrival_read", [column])


def downgrade() -> None:
    op.drop_table("arrival_read")
    _index([*QUEUE, *ASKED, *REST])
    op.drop_column("pseudo_label", "arrived")
    op.drop_column("workspace", "audit_arrivals")
    op.drop_column("workspace", "read_arrivals")


def _index(columns: list[str]) -> None:
    op.drop_index("ix_pseudo_label_queue", table_name="pseudo_label")
    op.create_index("ix_pseudo_label_queue", "pseudo_label", columns)
