"""Films of both knees: an image row for each, with its region of the film

A film that is one row already stays one, whatever its side: it may have labels.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

EDGES = ("region_left", "region_top", "region_right", "region_bottom")
REGION = (
    "(region_left IS NULL AND region_top IS NULL"
    " AND region_right IS NULL AND region_bottom IS NULL)"
    " OR (region_left >= 0 AND region_left < region_right AND region_right <= width"
    " AND region_top >= 0 AND region_top < region_bottom AND region_bottom <= height)"
)
BEFORE = (
    "import",
    "pretrain",
    "draw_seed",
    "train_labeler",
    "sweep",
    "train_classifier",
    "evaluate",
    "export",
)
AFTER = ("import", "crop", *BEFORE[1:])


def upgrade() -> None:
    with op.batch_alter_table("image") as image:
        for edge in EDGES:
            image.add_column(sa.Column(edge, sa.Integer(), nullable=True))
        image.drop_constraint(op.f("uq_image_source_digest"), type_="unique")
        image.create_unique_constraint(
            op.f("uq_image_source_digest_laterality"), ["source_digest", "laterality"]
        )
        image.create_check_constraint(op.f("ck_image_region"), sa.text(REGION))
    op.create_table(
        "both_knees_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_both_knees_view")),
        sa.UniqueConstraint("view", "site", name=op.f("uq_both_knees_view_view_site")),
    )
    _allow(AFTER)


def downgrade() -> None:
    regions = sa.text("SELECT count(*) FROM image WHERE region_left IS NOT NULL")
    if op.get_bind().scalar(regions):
        raise RuntimeError(
            "The schema before this one cannot hold films of both knees: restore a backup."
        )
    op.execute("DELETE FROM run_log_line WHERE run_id IN (SELECT id FROM run WHERE kind = 'crop')")
    op.execute("DELETE FROM run WHERE kind = 'crop'")
    _allow(BEFORE)
    op.drop_table("both_knees_view")
    with op.batch_alter_table("image") as image:
        image.drop_constraint(op.f("ck_image_region"), type_="check")
        image.drop_constraint(op.f("uq_image_source_digest_laterality"), type_="unique")
        for edge in EDGES:
            image.drop_column(edge)
        image.create_unique_constraint(op.f("uq_image_source_digest"), ["source_digest"])


def _allow(kinds: tuple[str, ...]) -> None:
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("run") as run:
        run.drop_constraint(op.f("ck_run_kind"), type_="check")
        run.create_check_constraint(op.f("ck_run_kind"), f"kind IN ({quoted})")
