"""Reports of an import are found by it, where it is taken back

Revision ID: 0031
Revises: 0030
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_report_run_id"), "report", ["run_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_report_run_id"), table_name="report")
