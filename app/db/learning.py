"""Tables of learning: background jobs, model versions, pseudo-labels, lots, evaluations."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where

DRAWN = text("attention_digest IS NOT NULL")
ACTIVE_RUN = text("status IN ('queued', 'running')")
DECIDED = text("annotation_id IS NOT NULL")


class Run(Table):
    """One background job. The row is the queue; the message to the worker is only a doorbell.

    States::

        queued -> running -> succeeded | failed | cancelled
        queued -> cancelled
        running -> running     of a new owner, when the lease ran out (its worker died)
        running -> queued      when its worker was told to stop, or its last part has been done

    While its parts are under way (`app.db.work`), it is running and has no owner. Every write of
    a running row names its owner, so a worker that lost its lease writes no more.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            one_of("status", "queued", "running", "succeeded", "failed", "cancelled"), "status"
        ),
        Index("uq_run_active_kind", "kind", unique=True, **where(ACTIVE_RUN)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """One of `app.runs.kinds.KINDS`."""
    status: Mapped[str] = mapped_column(default="queued", index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    owner: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    failure: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    """`what`, `where`, `do`: the reason a person can act on."""
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Figures and the ids of what was made, for the page and for what comes next."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class RunLogLine(Table):
    """One line of a run's log. Never patient data."""

    __tablename__ = "run_log_line"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=stamp)
    text: Mapped[str]


class ModelVersion(Table):
    """A registered checkpoint: a labeler, or a classifier (`baseline` or `final`)."""

    __tablename__ = "model_version"
    __table_args__ = (
        CheckConstraint(one_of("role", "labeler", "baseline", "final"), "role"),
        UniqueConstraint("run_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[str]
    method: Mapped[str]
    """`text`, `image`, `language_model` or `fused`; classifiers are always `image`."""
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    folder: Mapped[str]
    """Of the checkpoint, relative to the home folder."""
    digest: Mapped[str]
    """SHA-256 over the checkpoint's files."""
    recipe: Mapped[dict[str, Any]] = mapped_column(JSON)
    metrics: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    training_digest: Mapped[str]
    """SHA-256 over the (image key, class, origin) rows it was trained on."""
    films: Mapped[str | None] = mapped_column(deferred=True)
    """The numbers of the images it was trained on, as `app.training.seen_films` packs them; None
    where that was not recorded yet."""
    doubtful: Mapped[str] = mapped_column(default="")
    """Why it should not be trusted (a lot it was trained on failed its audit); else empty."""
    promoted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=stamp)


class Sweep(Table):
    """One labeler version applied to all unlabelled development images."""

    __tablename__ = "sweep"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), unique=True)
    labeler_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    tolerated_error: Mapped[float]
    selected: Mapped[bool] = mapped_column(default=False)
    """True once every image is predicted and the acceptance rule has been applied."""
    selection: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the acceptance rule used and found, for the page."""
    calibration: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """What the labeler said of each calibration read: its probabilities in the order of the label
    classes' positions, and the place of the class that was read. None of earlier releases."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
    labeler: Mapped[ModelVersion] = relationship(lazy="raise")


class Lot(Table):
    """Accepted pseudo-labels of one predicted class in one sweep, released or not as a whole.

    Where they come from several sites, a class has several lots (`app.acceptance.sites`).

    States: `auditing -> released | failed`, and `released -> auditing | failed` when an audit read
    is withdrawn or changed. A failed lot stays failed and its pseudo-labels go back to review.
    """

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint(one_of("status", "auditing", "released", "failed"), "status"),
        UniqueConstraint("sweep_id", "class_id", "place"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweep.id"))
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    """Among the lots of its class in the sweep: 0, 1, ..."""
    sites: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """The sites its films come from, `""` for unknown; None where it is the whole class."""
    status: Mapped[str] = mapped_column(default="auditing")
    size: Mapped[int]
    sample_size: Mapped[int]
    """Images of the audit sample; the whole lot where it is smaller than the plan."""
    allowed_errors: Mapped[int]
    errors: Mapped[int | None]
    removed_read: Mapped[int] = mapped_column(default=0, server_default="0")
    """Images of the sample that were read and removed since; they still count."""
    removed_wrong: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of these the labeler had got wrong."""
    upper_bound: Mapped[float | None]
    """Clopper-Pearson 95 % upper bound of the lot's error, once audited."""
    decided_at: Mapped[datetime | None]


class TrainedOn(Table):
    """A lot a model version learned from: the version is marked doubtful if the lot fails."""

    __tablename__ = "trained_on"

    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True)


class PseudoLabel(Table):
    """The labeler's calibrated probabilities for one image in one sweep, and its status.

    States::

        (predicted) -> accepted | needs_review
        accepted -> needs_review              when its lot failed the audit
        accepted | (predicted) -> approved | corrected | rejected    when it was read in an audit
        needs_review -> approved | corrected | rejected
        approved | corrected | rejected -> needs_review    when the reader undoes it
        accepted | needs_review -> excluded                with its image
        excluded -> needs_review                           when the image is taken back
    """

    __tablename__ = "pseudo_label"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "status",
                "predicted",
                "accepted",
                "needs_review",
                "approved",
                "corrected",
                "rejected",
                "excluded",
            ),
            "status",
        ),
        UniqueConstraint("sweep_id", "image_id"),
        # Holds all that a filter may ask, so that what it passes over is passed over in the index.
        Index(
            "ix_pseudo_label_queue",
            "sweep_id",
            "status",
            "review_order",
            "class_id",
            "confidence",
            "conflict",
            "near_copy",
            "unlike",
            "not_read",
            "arrived",
            "lot_id",
            "site",
            "view",
            "image_id",
        ),
        Index("ix_pseudo_label_grid", "sweep_id", "status", "class_id", "confidence"),
        Index("ix_pseudo_label_sample", "lot_id", "in_audit"),
        Index("ix_pseudo_label_annotation_id", "annotation_id", **where(DECIDED)),
        Index("ix_pseudo_label_attention_digest", "attention_digest", **where(DRAWN)),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sweep_id: Mapped[int] = mapped_column(ForeignKey("sweep.id"))
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"))
    """The most probable class."""
    probabilities: Mapped[list[float]] = mapped_column(JSON)
    """Calibrated, in the order of the label classes' positions."""
    confidence: Mapped[float]
    """The largest of the probabilities."""
    conflict: Mapped[bool] = mapped_column(default=False)
    """The report and the image point to different classes."""
    report_version: Mapped[int | None]
    """The version of the study's report it was made on; 0 without a report, None if unknown."""
    site: Mapped[str] = mapped_column(default="", server_default="")
    """Of the image, for the filters of review; empty until the acceptance rule has been applied."""
    view: Mapped[str] = mapped_column(default="", server_default="")
    """Likewise."""
    near_copy: Mapped[bool] = mapped_column(default=False)
    """The film nearly coincides with one that is to be reviewed before it."""
    unlike: Mapped[str] = mapped_column(default="", server_default="")
    """What it differs in from the calibration reads, and is held back for: one of
    `app.acceptance.unlike.KINDS`; empty where it does not."""
    arrived: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Read on arrival, into a sweep that had been selected: no part of what that one promises."""
    words: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What was read in the report, as `worker.evidence` writes it: `class_id`, `marks` of (first
    character, past the last, read as negated) that spoke most strongly, and the passages that were
    read as `denied`, `left_open` or `left_out`. None where the labeler's words read no report."""
    not_read: Mapped[str] = mapped_column(default="", server_default="")
    """Why the report was not read: "nothing" is said of any knee, "other knee", "unknown words";
    empty where it was, and where there is none."""
    guessed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Neither a report nor an image was read: the probabilities are the seed's class shares."""
    asked: Mapped[str | None]
    """What became of the question to the language model: `answered`, or a fault of
    `models.reports.questionnaire`; None where none was asked. `unreached` is held back as unlike
    the calibration reads."""
    attention_digest: Mapped[str | None]
    """SHA-256 of a PNG in the store: where in the film the networks saw the class."""
    status: Mapped[str] = mapped_column(default="predicted")
    review_order: Mapped[int | None]
    """Place in the review worklist, most informative first."""
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))
    in_audit: Mapped[bool] = mapped_column(default=False)
    """Drawn into the audit sample of its lot, or of what arrives."""
    annotation_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id"))
    """The reader's annotation that approved, corrected or rejected it (`unusable`)."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class Evaluation(Table):
    """An evaluation report: baseline against final on the locked validation split."""

    __tablename__ = "evaluation"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), unique=True)
    baseline_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    final_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"))
    report: Mapped[dict[str, Any]] = mapped_column(JSON)
    """`evaluation.json`, whole."""
    predictions_digest: Mapped[str]
    """SHA-256 of `predictions.csv` in the store."""
    created_at: Mapped[datetime] = mapped_column(default=stamp)
