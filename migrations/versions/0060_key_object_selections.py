"""Key Object Selections in the outbox

Revision ID: 0060
Revises: 0059
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_selection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("films", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("answer_status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("may_be_there", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'refused', 'given_up', 'outdated')",
            name=op.f("ck_outgoing_selection_status"),
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluation.id"],
            name=op.f("fk_outgoing_selection_evaluation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_selection")),
        sa.UniqueConstraint("uid", name=op.f("uq_outgoing_selection_uid")),
        sa.UniqueConstraint(
            "evaluation_id", "digest", name=op.f("uq_outgoing_selection_evaluation_id_digest")
        ),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("status = 'waiting'")
    op.create_index(
        "ix_outgoing_selection_waiting",
        "outgoing_selection",
        ["due_at"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index("ix_outgoing_selection_status", "outgoing_selection", ["status", "id"])
    op.create_table(
        "selected_film",
        sa.Column("selection_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_selected_film_class_id")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_selected_film_image_id")),
        sa.ForeignKeyConstraint(
            ["selection_id"],
            ["outgoing_selection.id"],
            name=op.f("fk_selected_film_selection_id"),
        ),
        sa.PrimaryKeyConstraint("selection_id", "image_id", name=op.f("pk_selected_film")),
    )
    op.create_index("ix_selected_film_image_id", "selected_film", ["image_id"])


def downgrade() -> None:
    op.drop_table("selected_film")
    op.drop_table("outgoing_selection")
