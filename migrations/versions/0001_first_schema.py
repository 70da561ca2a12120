"""The first schema

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from app.db.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_class")),
        sa.UniqueConstraint("name", name=op.f("uq_label_class_name")),
        sa.UniqueConstraint("position", name=op.f("uq_label_class_position")),
    )
    op.create_table(
        "patient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.CheckConstraint("split IN ('development', 'validation')", name=op.f("ck_patient_split")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
        sa.UniqueConstraint("key", name=op.f("uq_patient_key")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_patient_split"), ["split"], unique=False)

    op.create_table(
        "user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('reader', 'admin')", name=op.f("ck_user_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("name", name=op.f("uq_user_name")),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("generated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_audit_event_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_audit_event_at"), ["at"], unique=False)

    op.create_table(
        "log_in",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_log_in_user_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_log_in")),
    )
    with op.batch_alter_table("log_in", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_log_in_user_id"), ["user_id"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("token_digest", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("used_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_one_time_link_user_id")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_one_time_link")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_one_time_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_expires_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("failure", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('import', 'train_labeler', 'sweep', 'train_classifier', 'evaluate', 'export')",
            name=op.f("ck_run_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_run_status"),
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["user.id"], name=op.f("fk_run_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
    )
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_run_status"), ["status"], unique=False)
        batch_op.create_index(
            "uq_run_active_kind",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("status IN ('queued', 'running')"),
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        )

    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("report", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_study_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study")),
        sa.UniqueConstraint("patient_id", "key", name=op.f("uq_study_patient_id_key")),
    )
    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_study_key"), ["key"], unique=False)
        batch_op.create_index(op.f("ix_study_patient_id"), ["patient_id"], unique=False)

    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("source_digest", sa.String(), nullable=False),
        sa.Column("stored_digest", sa.String(), nullable=False),
        sa.Column("laterality", sa.String(), nullable=False),
        sa.Column("view", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("spacing_mm", sa.Double(), nullable=True),
        sa.Column("given_class_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("imported_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["given_class_id"], ["label_class.id"], name=op.f("fk_image_given_class_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_image_patient_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_image_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image")),
        sa.UniqueConstraint("key", name=op.f("uq_image_key")),
        sa.UniqueConstraint("source_digest", name=op.f("uq_image_source_digest")),
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_image_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(op.f("ix_image_study_id"), ["study_id"], unique=False)

    op.create_table(
        "model_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("training_digest", sa.String(), nullable=False),
        sa.Column("doubtful", sa.String(), nullable=False),
        sa.Column("promoted_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('labeler', 'baseline', 'final')", name=op.f("ck_model_version_role")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_model_version_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sa.UniqueConstraint("run_id", "role", name=op.f("uq_model_version_run_id_role")),
    )
    op.create_table(
        "quarantined_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("do", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_quarantined_file_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_quarantined_file_digest")),
    )
    with op.batch_alter_table("quarantined_file", schema=None) as batch_op:
        batch_op.create_index("ix_quarantined_file_run_id", ["run_id"], unique=False)

    op.create_table(
        "run_log_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_log_line_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_log_line")),
    )
    with op.batch_alter_table("run_log_line", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_run_log_line_run_id"), ["run_id"], unique=False)

    op.create_table(
        "annotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("unusable", sa.Boolean(), nullable=False),
        sa.Column("withdraws_id", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "worklist IN ('seed', 'validation', 'audit', 'review')",
            name=op.f("ck_annotation_worklist"),
        ),
        sa.CheckConstraint(
            "(class_id IS NOT NULL AND withdraws_id IS NULL AND NOT unusable) OR (class_id IS NULL AND withdraws_id IS NOT NULL AND NOT unusable) OR (class_id IS NULL AND withdraws_id IS NULL AND unusable)",
            name=op.f("ck_annotation_says_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_annotation_class_id")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_annotation_image_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_annotation_reader_id")),
        sa.ForeignKeyConstraint(
            ["withdraws_id"], ["annotation.id"], name=op.f("fk_annotation_withdraws_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_annotation")),
        sa.UniqueConstraint(
            "reader_id", "idempotency_key", name=op.f("uq_annotation_reader_id_idempotency_key")
        ),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_annotation_withdraws_id")),
    )
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_annotation_image_id_reader_id", ["image_id", "reader_id"], unique=False
        )
        batch_op.create_index("ix_annotation_reader_id_at", ["reader_id", "at"], unique=False)

    op.create_table(
        "evaluation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("final_id", sa.Integer(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("predictions_digest", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["model_version.id"], name=op.f("fk_evaluation_baseline_id")
        ),
        sa.ForeignKeyConstraint(
            ["final_id"], ["model_version.id"], name=op.f("fk_evaluation_final_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_evaluation_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint("run_id", name=op.f("uq_evaluation_run_id")),
    )
    op.create_table(
        "lease",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("expires_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_lease_image_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_lease_reader_id")),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_lease")),
    )
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_lease_reader_id"), ["reader_id"], unique=False)

    op.create_table(
        "reference_label",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "basis IN ('single_read', 'agreement', 'adjudication')",
            name=op.f("ck_reference_label_basis"),
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_reference_label_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_reference_label_image_id")
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_reference_label")),
    )
    with op.batch_alter_table("reference_label", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_reference_label_class_id"), ["class_id"], unique=False)

    op.create_table(
        "rendition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bits", sa.Integer(), nullable=False),
        sa.Column("window_centre", sa.Double(), nullable=False),
        sa.Column("window_width", sa.Double(), nullable=False),
        sa.CheckConstraint("kind IN ('model', 'viewer')", name=op.f("ck_rendition_kind")),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_rendition_image_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rendition")),
        sa.UniqueConstraint("image_id", "kind", name=op.f("uq_rendition_image_id_kind")),
    )
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_rendition_digest"), ["digest"], unique=False)

    op.create_table(
        "skip",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_skip_image_id")),
        sa.ForeignKeyConstraint(["reader_id"], ["user.id"], name=op.f("fk_skip_reader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skip")),
        sa.UniqueConstraint(
            "reader_id", "worklist", "image_id", name=op.f("uq_skip_reader_id_worklist_image_id")
        ),
    )
    with op.batch_alter_table("skip", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_skip_image_id"), ["image_id"], unique=False)

    op.create_table(
        "sweep",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("labeler_id", sa.Integer(), nullable=False),
        sa.Column("tolerated_error", sa.Double(), nullable=False),
        sa.Column("selected", sa.Boolean(), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["labeler_id"], ["model_version.id"], name=op.f("fk_sweep_labeler_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_sweep_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
        sa.UniqueConstraint("run_id", name=op.f("uq_sweep_run_id")),
    )
    op.create_table(
        "worklist_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("worklist", sa.String(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("calibration", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "worklist IN ('seed', 'validation', 'audit')", name=op.f("ck_worklist_item_worklist")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_worklist_item_image_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worklist_item")),
        sa.UniqueConstraint(
            "worklist", "image_id", name=op.f("uq_worklist_item_worklist_image_id")
        ),
    )
    with op.batch_alter_table("worklist_item", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_worklist_item_image_id"), ["image_id"], unique=False)
        batch_op.create_index(
            "ix_worklist_item_open", ["worklist", "done", "position"], unique=False
        )

    op.create_table(
        "lot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sample_size", sa.Integer(), nullable=False),
        sa.Column("allowed_errors", sa.Integer(), nullable=False),
        sa.Column("errors", sa.Integer(), nullable=True),
        sa.Column("upper_bound", sa.Double(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('auditing', 'released', 'failed')", name=op.f("ck_lot_status")
        ),
        sa.ForeignKeyConstraint(["class_id"], ["label_class.id"], name=op.f("fk_lot_class_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweep.id"], name=op.f("fk_lot_sweep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("sweep_id", "class_id", name=op.f("uq_lot_sweep_id_class_id")),
    )
    op.create_table(
        "pseudo_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sweep_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("review_order", sa.Integer(), nullable=True),
        sa.Column("lot_id", sa.Integer(), nullable=True),
        sa.Column("in_audit", sa.Boolean(), nullable=False),
        sa.Column("annotation_id", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('predicted', 'accepted', 'needs_review', 'approved', 'corrected', 'rejected')",
            name=op.f("ck_pseudo_label_status"),
        ),
        sa.ForeignKeyConstraint(
            ["annotation_id"], ["annotation.id"], name=op.f("fk_pseudo_label_annotation_id")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["label_class.id"], name=op.f("fk_pseudo_label_class_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_pseudo_label_decided_by")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=op.f("fk_pseudo_label_image_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_pseudo_label_lot_id")),
        sa.ForeignKeyConstraint(["sweep_id"], ["sweep.id"], name=op.f("fk_pseudo_label_sweep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pseudo_label")),
        sa.UniqueConstraint("sweep_id", "image_id", name=op.f("uq_pseudo_label_sweep_id_image_id")),
    )
    with op.batch_alter_table("pseudo_label", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_pseudo_label_image_id"), ["image_id"], unique=False)
        batch_op.create_index(
            "ix_pseudo_label_queue", ["sweep_id", "status", "review_order"], unique=False
        )
        batch_op.create_index("ix_pseudo_label_sample", ["lot_id", "in_audit"], unique=False)

    op.create_table(
        "trained_on",
        sa.Column("model_id", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_trained_on_lot_id")),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_version.id"], name=op.f("fk_trained_on_model_id")
        ),
        sa.PrimaryKeyConstraint("model_id", "lot_id", name=op.f("pk_trained_on")),
    )


def downgrade() -> None:
    op.drop_table("trained_on")
    with op.batch_alter_table("pseudo_label", schema=None) as batch_op:
        batch_op.drop_index("ix_pseudo_label_sample")
        batch_op.drop_index("ix_pseudo_label_queue")
        batch_op.drop_index(batch_op.f("ix_pseudo_label_image_id"))

    op.drop_table("pseudo_label")
    op.drop_table("lot")
    with op.batch_alter_table("worklist_item", schema=None) as batch_op:
        batch_op.drop_index("ix_worklist_item_open")
        batch_op.drop_index(batch_op.f("ix_worklist_item_image_id"))

    op.drop_table("worklist_item")
    op.drop_table("sweep")
    with op.batch_alter_table("skip", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_skip_image_id"))

    op.drop_table("skip")
    with op.batch_alter_table("rendition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rendition_digest"))

    op.drop_table("rendition")
    with op.batch_alter_table("reference_label", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reference_label_class_id"))

    op.drop_table("reference_label")
    with op.batch_alter_table("lease", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_reader_id"))

    op.drop_table("lease")
    op.drop_table("evaluation")
    with op.batch_alter_table("annotation", schema=None) as batch_op:
        batch_op.drop_index("ix_annotation_reader_id_at")
        batch_op.drop_index("ix_annotation_image_id_reader_id")

    op.drop_table("annotation")
    with op.batch_alter_table("run_log_line", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_run_log_line_run_id"))

    op.drop_table("run_log_line")
    with op.batch_alter_table("quarantined_file", schema=None) as batch_op:
        batch_op.drop_index("ix_quarantined_file_run_id")

    op.drop_table("quarantined_file")
    op.drop_table("model_version")
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_image_study_id"))
        batch_op.drop_index(batch_op.f("ix_image_patient_id"))

    op.drop_table("image")
    with op.batch_alter_table("study", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_study_patient_id"))
        batch_op.drop_index(batch_op.f("ix_study_key"))

    op.drop_table("study")
    with op.batch_alter_table("run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_run_active_kind",
            sqlite_where=sa.text("status IN ('queued', 'running')"),
            postgresql_where=sa.text("status IN ('queued', 'running')"),
        )
        batch_op.drop_index(batch_op.f("ix_run_status"))

    op.drop_table("run")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_user_id"))

    op.drop_table("one_time_link")
    with op.batch_alter_table("log_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_log_in_user_id"))

    op.drop_table("log_in")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_at"))

    op.drop_table("audit_event")
    op.drop_table("workspace")
    op.drop_table("user")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_patient_split"))

    op.drop_table("patient")
    op.drop_table("label_class")
