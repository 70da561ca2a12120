"""The guideline, and which version of it an image was read by

Reads made before have none: there was no guideline.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guideline",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["published_by"], ["user.id"], name=op.f("fk_guideline_published_by")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_guideline")),
    )
    op.create_table(
        "guideline_rule",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["guideline.version"], name=op.f("fk_guideline_rule_version")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_guideline_rule_class_id")
        ),
        sa.PrimaryKeyConstraint("version", "class_id", name=op.f("pk_guideline_rule")),
    )
    op.create_table(
        "guideline_example",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version"], ["guideline.version"], name=op.f("fk_guideline_example_version")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_guideline_example_image_id")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_guideline_example_class_id")
        ),
        sa.PrimaryKeyConstraint("version", "image_id", name=op.f("pk_guideline_example")),
    )
    op.create_index(op.f("ix_guideline_example_image_id"), "guideline_example", ["image_id"])
    with op.batch_alter_table(
        "annotation", table_kwargs={"sqlite_autoincrement": True}
    ) as annotation:
        annotation.add_column(sa.Column("guideline_version", sa.Integer(), nullable=True))
        annotation.create_foreign_key(
            op.f("fk_annotation_guideline_version"),
            "guideline",
            ["guideline_version"],
            ["version"],
        )


def downgrade() -> None:
    with op.batch_alter_table(
        "annotation", table_kwargs={"sqlite_autoincrement": True}
    ) as annotation:
        annotation.drop_constraint(op.f("fk_annotation_guideline_version"), type_="foreignkey")
        annotation.drop_column("guideline_version")
    op.drop_table("guideline_example")
    op.drop_table("guideline_rule")
    op.drop_table("guideline")
