"""Tables of reading: what is to be read, who has it now, and what was said."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where, written


class WorklistItem(Table):
    """One image somebody asked to have read, in the order it is to be read.

    `seed` items are development images, `validation` items those of the locked split, `audit`
    items the random sample that decides on a lot; all are read blind. `adjudication` items are
    images whose independent readers disagree: the adjudicator sees the reads, without names.

    An image that several readers read independently has one item for each of them, told apart by
    `turn`; no reader is ever given two of them.
    """

    __tablename__ = "worklist_item"
    __table_args__ = (
        CheckConstraint(
            one_of("worklist", "seed", "validation", "audit", "adjudication"), "worklist"
        ),
        CheckConstraint(one_of("reread", "", "chosen", "control"), "reread"),
        UniqueConstraint("worklist", "image_id", "turn"),
        Index("ix_worklist_item_open", "worklist", "done", "position", "turn"),
        Index(
            "ix_worklist_item_unnamed",
            *("worklist", "done", "position", "turn"),
            **where(text("coalesce(named_list_id, 0) < 1")),
        ),
        Index(
            "ix_worklist_item_named",
            *("named_list_id", "done", "position", "turn"),
            **where(text("named_list_id IS NOT NULL")),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    worklist: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    turn: Mapped[int] = mapped_column(default=1)
    """Which of the image's independent reads it is, from 1."""
    position: Mapped[int]
    """Place in the worklist; every turn of an image has the same."""
    done: Mapped[bool] = mapped_column(default=False)
    final: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True once all independent reads of the image were made: this one counts, whatever its reader
    changes later. One that is final and not done is its own reader's, who took it back."""
    calibration: Mapped[bool] = mapped_column(default=False)
    """A seed item kept out of training, to choose what to accept (one image a patient)."""
    reread: Mapped[str] = mapped_column(default="", server_default="")
    """Why it is read once more, beyond the plan: `chosen` by what a classifier said of it, or
    `control`, drawn beside those; else empty. See `app.worklists.rereads`."""
    named_list_id: Mapped[int | None] = mapped_column(ForeignKey("named_list.id"))
    """The list of a name of its own that it belongs to besides; of seed items alone."""


UNNAMED = func.coalesce(WorklistItem.named_list_id, written(0)) < written(1)
"""The condition that a read is on no named list, as its index says it. Of a table it was told
nothing of, PostgreSQL expects IS NULL of one row in 200: it would sort them all for the first."""


class DoubleReading(Table):
    """How many readers read which share of a worklist's images, each without the others' reads.

    Which images they are follows from `rng` and the image's key alone, see
    `app.worklists.double_reading`.
    """

    __tablename__ = "double_reading"
    __table_args__ = (
        CheckConstraint(one_of("worklist", "seed", "validation"), "worklist"),
        CheckConstraint("readers >= 2", "readers"),
        CheckConstraint("share >= 0 AND share <= 1", "share"),
    )

    worklist: Mapped[str] = mapped_column(primary_key=True)
    readers: Mapped[int]
    """Independent readers of each chosen image."""
    share: Mapped[float]
    rng: Mapped[int]


class Assignment(Table):
    """By which day the people read a worklist that it is assigned to."""

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint(
            one_of("worklist", "seed", "validation", "audit", "adjudication", "review"),
            "worklist",
        ),
    )

    worklist: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[str | None]
    """As `2026-12-04`; None where no day was set."""


class Assignee(Table):
    """A worklist is this person's. One that is nobody's who may log in is everybody's."""

    __tablename__ = "assignee"

    worklist: Mapped[str] = mapped_column(ForeignKey("assignment.worklist"), primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)


class Lease(Table):
    """One read of an image in one reader's hands. The key is what keeps two readers apart."""

    __tablename__ = "lease"

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True, default=1)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    worklist: Mapped[str]
    expires_at: Mapped[datetime]


class Skip(Table):
    """A reader passed over an image; it comes back to that reader after the others."""

    __tablename__ = "skip"
    __table_args__ = (UniqueConstraint("reader_id", "worklist", "image_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    worklist: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=stamp)


class Annotation(Table):
    """One reader's label of one image. Append-only: a correction or an undo is a new row.

    A row says one of three things: a class; that the image can carry no label (`unusable`, with
    the `reason`); or that an earlier row is taken back (`withdraws_id`).
    """

    __tablename__ = "annotation"
    __table_args__ = (
        CheckConstraint(
            one_of("worklist", "seed", "validation", "audit", "review", "adjudication"),
            "worklist",
        ),
        CheckConstraint(
            "reason IS NULL OR (unusable AND "
            + one_of("reason", "poor_quality", "not_a_knee", "unsure")
            + ")",
            "reason",
        ),
        CheckConstraint(
            "(class_id IS NOT NULL AND withdraws_id IS NULL AND NOT unusable)"
            " OR (class_id IS NULL AND withdraws_id IS NOT NULL AND NOT unusable)"
            " OR (class_id IS NULL AND withdraws_id IS NULL AND unusable)",
            "says_one_thing",
        ),
        UniqueConstraint("reader_id", "idempotency_key"),
        Index("ix_annotation_reader_id_at", "reader_id", "at"),
        Index("ix_annotation_image_id_reader_id", "image_id", "reader_id"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    worklist: Mapped[str]
    turn: Mapped[int] = mapped_column(default=1)
    """Of the worklist item it closes, or opens again."""
    class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    unusable: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None]
    """Why the image can carry no label; None where it can, or where the reader gave none."""
    note: Mapped[str | None]
    """The reader's own words. May name the patient: never logged, and exported to admins only."""
    measurements: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    """What the reader drew on the film, as `app.labels.measurements`; None where nothing was."""
    withdraws_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id"), unique=True)
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A change of an independent read after all of them were made: it is kept, and it is neither
    compared nor shown to an adjudicator; the read it changes still is."""
    milliseconds: Mapped[int | None]
    """From the image being drawn to the decision."""
    report_version: Mapped[int | None]
    """The newest version of the study's report when the image was drawn; 0 where there was none,
    None where unknown."""
    guideline_version: Mapped[int | None] = mapped_column(ForeignKey("guideline.version"))
    """The version of the guideline when the image was drawn; None where there was none."""
    idempotency_key: Mapped[str]
    """Sent by the browser with each decision: a repeated one gets the first answer."""
    at: Mapped[datetime] = mapped_column(default=stamp)


class Sight(Table):
    """Somebody has seen what others said of an image: no blind read of theirs follows.

    Whether others had said anything by then is in the annotations, see `app.blindness`.
    """

    __tablename__ = "sight"
    __table_args__ = (UniqueConstraint("user_id", "image_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    image_id: Mapped[int | None] = mapped_column(ForeignKey("image.id"), index=True)
    """None is every image: an export that holds what readers said."""
    at: Mapped[datetime] = mapped_column(default=stamp)
    """The last time."""


class SeedDraw(Table):
    """A run has put the patients it chose on the seed worklist: it does so once."""

    __tablename__ = "seed_draw"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    images: Mapped[int]
    """How many it added."""


class Finding(Table):
    """Something readers may tag an image with, besides its class."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    """The key that puts the tag on and off; None for one that is found by its name."""
    position: Mapped[int]
    offered: Mapped[bool] = mapped_column(default=True)
    """False once it is retired: what was tagged stays tagged, and nobody tags it any more."""


class AnnotationFinding(Table):
    """A tag a reader put on an image, with the annotation it was sent with."""

    __tablename__ = "annotation_finding"

    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"), primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), primary_key=True)


class Overrule(Table):
    """An admin's word against the label that an image's reads amount to. Append-only.

    The latest row of an image counts: it gives a class or, without one, lets the reads decide
    again. It is no read: nothing that compares readers knows of it.
    """

    __tablename__ = "overrule"
    __table_args__ = (NUMBERED_ONCE,)

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    reason: Mapped[str]
    """In the admin's own words. May name the patient: shown to admins only, never logged."""
    at: Mapped[datetime] = mapped_column(default=stamp)


class ReferenceLabel(Table):
    """What the annotations of an image amount to now; rebuilt from them, never edited."""

    __tablename__ = "reference_label"
    __table_args__ = (
        CheckConstraint(
            one_of("basis", "single_read", "agreement", "adjudication", "overruled"), "basis"
        ),
    )

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"), index=True)
    basis: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=stamp)
