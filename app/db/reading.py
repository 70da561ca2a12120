"""Tables of reading: what is to be read, who has it now, and what was said."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.tables import Table, now, one_of


class WorklistItem(Table):
    """One image somebody asked to have read, in the order it is to be read.

    `seed` items are development images, `validation` items those of the locked split, `audit`
    items the random sample that decides on a lot. All are read blind, on the same page.
    """

    __tablename__ = "worklist_item"
    __table_args__ = (
        CheckConstraint(one_of("worklist", "seed", "validation", "audit"), "worklist"),
        UniqueConstraint("worklist", "image_id"),
        Index("ix_worklist_item_open", "worklist", "done", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    worklist: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), index=True)
    position: Mapped[int]
    done: Mapped[bool] = mapped_column(default=False)
    calibration: Mapped[bool] = mapped_column(default=False)
    """A seed item kept out of training, to choose what to accept (one image a patient)."""


class Lease(Table):
    """An image in one reader's hands. The unique image is what keeps two readers apart."""

    __tablename__ = "lease"

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True)
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
    at: Mapped[datetime] = mapped_column(default=now)


class Annotation(Table):
    """One reader's label of one image. Append-only: a correction or an undo is a new row.

    A row says one of three things: a class; that the image can carry no label (`unusable`: a poor
    film, not a knee, cannot be told); or that an earlier row is taken back (`withdraws_id`).
    """

    __tablename__ = "annotation"
    __table_args__ = (
        CheckConstraint(one_of("worklist", "seed", "validation", "audit", "review"), "worklist"),
        CheckConstraint(
            "(class_id IS NOT NULL AND withdraws_id IS NULL AND NOT unusable)"
            " OR (class_id IS NULL AND withdraws_id IS NOT NULL AND NOT unusable)"
            " OR (class_id IS NULL AND withdraws_id IS NULL AND unusable)",
            "says_one_thing",
        ),
        UniqueConstraint("reader_id", "idempotency_key"),
        Index("ix_annotation_reader_id_at", "reader_id", "at"),
        Index("ix_annotation_image_id_reader_id", "image_id", "reader_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    reader_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    worklist: Mapped[str]
    class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    unusable: Mapped[bool] = mapped_column(default=False)
    withdraws_id: Mapped[int | None] = mapped_column(ForeignKey("annotation.id"), unique=True)
    milliseconds: Mapped[int | None]
    """From the image being drawn to the decision."""
    idempotency_key: Mapped[str]
    """Sent by the browser with each decision: a repeated one gets the first answer."""
    at: Mapped[datetime] = mapped_column(default=now)


class ReferenceLabel(Table):
    """What the annotations of an image amount to now; rebuilt from them, never edited."""

    __tablename__ = "reference_label"
    __table_args__ = (
        CheckConstraint(one_of("basis", "single_read", "agreement", "adjudication"), "basis"),
    )

    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"), primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("label_class.id"), index=True)
    basis: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
