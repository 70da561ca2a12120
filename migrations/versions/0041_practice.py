"""The practice set: films with known answers, what is asked of readers, and their answers

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_film",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_practice_film_image_id")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_practice_film_class_id")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["user.id"], name=op.f("fk_practice_film_added_by")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_practice_film")),
    )
    op.create_table(
        "practice_terms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("needed", sa.Integer(), nullable=True),
        sa.Column("required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_practice_terms_one_row")),
        sa.CheckConstraint("needed >= 1", name=op.f("ck_practice_terms_needed")),
        sa.CheckConstraint(
            "NOT required OR needed IS NOT NULL", name=op.f("ck_practice_terms_required")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_terms")),
    )
    op.create_table(
        "practice_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["user.id"], name=op.f("fk_practice_attempt_reader_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_attempt")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_practice_attempt_reader_id"), "practice_attempt", ["reader_id"])
    op.create_table(
        "practice_answer",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("known_class_id", sa.Integer(), nullable=False),
        sa.Column("guideline_version", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["practice_attempt.id"], name=op.f("fk_practice_answer_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_practice_answer_image_id")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_practice_answer_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["known_class_id"], ["label_class.id"], name=op.f("fk_practice_answer_known_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["guideline_version"],
            ["guideline.version"],
            name=op.f("fk_practice_answer_guideline_version"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "image_id", name=op.f("pk_practice_answer")),
    )
    op.create_index(op.f("ix_practice_answer_image_id"), "practice_answer", ["image_id"])


def downgrade() -> None:
    op.drop_table("practice_answer")
    op.drop_table("practice_attempt")
    op.drop_table("practice_terms")
    op.drop_table("practice_film")
