"""Tables of the archive: who was filmed, the films, and the pixels made from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.tables import Table, now, one_of


class Workspace(Table):
    """Facts about this installation, one row: what every page may have to say."""

    __tablename__ = "workspace"

    id: Mapped[int] = mapped_column(primary_key=True)
    generated: Mapped[bool] = mapped_column(default=False)
    """True where the knees are drawn by a program: every page then says so."""
    blind_first: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where a reader must decide on an image in review before seeing its pseudo-label."""
    review_order: Mapped[str] = mapped_column(default="informative", server_default="informative")
    """What review begins with, see `app.acceptance.review_order`."""
    review_rng: Mapped[int] = mapped_column(default=0, server_default="0")
    """The seed where that is a draw."""


class LabelClass(Table):
    """One class of the project's label set, in the order of its number key."""

    __tablename__ = "label_class"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(unique=True)


class Patient(Table):
    """One person, known only by a pseudonym; the split is drawn here and nowhere else."""

    __tablename__ = "patient"
    __table_args__ = (CheckConstraint(one_of("split", "development", "validation"), "split"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """The manifest's patient_id, or the pseudonym of a DICOM PatientID."""
    split: Mapped[str] = mapped_column(index=True)


class Study(Table):
    """One examination, with its report where there is one."""

    __tablename__ = "study"
    __table_args__ = (UniqueConstraint("patient_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    report: Mapped[str | None]
    patient: Mapped[Patient] = relationship(lazy="raise")


class Image(Table):
    """One film. Its pixels are in files named by their SHA-256; this row says which."""

    __tablename__ = "image"

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    """The manifest's image_id, or the pseudonym of a SOPInstanceUID."""
    source_digest: Mapped[str] = mapped_column(unique=True)
    """SHA-256 of the file as it came; importing it again changes nothing."""
    stored_digest: Mapped[str]
    """SHA-256 of the de-identified file in the store."""
    laterality: Mapped[str] = mapped_column(default="")
    view: Mapped[str] = mapped_column(default="", index=True)
    site: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The practice or hospital the film comes from: the manifest's name, or the pseudonym of a
    DICOM InstitutionName; empty where unknown."""
    width: Mapped[int]
    height: Mapped[int]
    spacing_mm: Mapped[float | None]
    """Millimetres per pixel of the viewer rendition; None where unknown."""
    spacing_plane: Mapped[str] = mapped_column(default="", server_default="")
    """Where these are measured: `detector`, `patient` (the film is calibrated), `estimated` (in the
    patient, by an estimated magnification); empty where the file does not say."""
    given_class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    """The manifest's label. Only the simulated reader looks at it; it is no reference label."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Unknown manifest columns, or the kept DICOM attributes."""
    imported_at: Mapped[datetime] = mapped_column(default=now)
    study: Mapped[Study] = relationship(lazy="raise")
    patient: Mapped[Patient] = relationship(lazy="raise")
    given_class: Mapped[LabelClass | None] = relationship(lazy="raise")


class Rendition(Table):
    """Pixels made once from an image: `model` (8 bit) or `viewer` (up to 16 bit), both PNG."""

    __tablename__ = "rendition"
    __table_args__ = (
        CheckConstraint(one_of("kind", "model", "viewer"), "kind"),
        UniqueConstraint("image_id", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    kind: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    width: Mapped[int]
    height: Mapped[int]
    bits: Mapped[int]
    """The values lie in 0 to 2**bits - 1, white being the largest; the PNG has 8 or 16."""
    window_centre: Mapped[float]
    """Of the stored values, where reading starts (LINEAR_EXACT); for `model` always 127.5."""
    window_width: Mapped[float]
    """At least 1; for `model` always 255."""


class QuarantinedFile(Table):
    """A file that could not be imported, and why, until it is imported or dismissed."""

    __tablename__ = "quarantined_file"
    __table_args__ = (Index("ix_quarantined_file_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    path: Mapped[str]
    """Where it was, relative to what was imported. Shown to admins only."""
    digest: Mapped[str] = mapped_column(unique=True)
    what: Mapped[str]
    do: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
