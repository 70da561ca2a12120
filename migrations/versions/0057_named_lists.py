"""Named lists, parts of the seed worklist

Revision ID: 0057
Revises: 0056
"""

import sqlalchemy as sa
from alembic import op

import app.db.tables

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

NAMED = sa.text("named_list_id IS NOT NULL")
OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "named_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due", sa.String(), nullable=True),
        sa.Column("created_at", app.db.tables.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", app.db.tables.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_list")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_named_list_name_open",
        "named_list",
        ["name"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "named_list_reader",
        sa.Column("named_list_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["named_list_id"],
            ["named_list.id"],
            name=op.f("fk_named_list_reader_named_list_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["user.id"], name=op.f("fk_named_list_reader_reader_id")
        ),
        sa.PrimaryKeyConstraint("named_list_id", "reader_id", name=op.f("pk_named_list_reader")),
    )
    with op.batch_alter_table("worklist_item") as item:
        item.add_column(sa.Column("named_list_id", sa.Integer(), nullable=True))
        item.create_foreign_key(
            op.f("fk_worklist_item_named_list_id"), "named_list", ["named_list_id"], ["id"]
        )
    op.create_index(
        "ix_worklist_item_named",
        "worklist_item",
        ["named_list_id", "done", "position", "turn"],
        sqlite_where=NAMED,
        postgresql_where=NAMED,
    )


def downgrade() -> None:
    op.drop_index("ix_worklist_item_named", "worklist_item")
    with op.batch_alter_table("worklist_item") as item:
        item.drop_constraint(op.f("fk_worklist_item_named_list_id"), type_="foreignkey")
        item.drop_column("named_list_id")
    op.drop_table("named_list_reader")
    op.drop_table("named_list")
