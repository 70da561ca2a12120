"""Tables of the archive: who was filmed, the films, and the pixels made from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db.clock import stamp
from app.db.tables import NUMBERED_ONCE, Table, one_of, where
from app.imaging.knees import Region


class Workspace(Table):
    """Facts about this installation, one row: what every page may have to say."""

    __tablename__ = "workspace"

    id: Mapped[int] = mapped_column(primary_key=True)
    generated: Mapped[bool] = mapped_column(default=False)
    """True where the knees are drawn by a program: every page then says so."""
    blind_first: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where a reader must decide on an image in review before seeing its pseudo-label."""
    review_order: Mapped[str] = mapped_column(default="informative", server_default="informative")
    """What review begins with, see `app.worklists.review_order`."""
    review_rng: Mapped[int] = mapped_column(default=0, server_default="0")
    """The seed where that is a draw."""
    import_arrivals: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where films that arrive over DICOM are imported without a person's word."""
    read_arrivals: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True where the promoted models read them as soon as they are imported."""
    audit_arrivals: Mapped[float] = mapped_column(default=0.05, server_default="0.05")
    """Share of what is read on arrival that is drawn for an audit."""
    write_back_key_name: Mapped[str | None]
    """Of the key with which the outbox was last filled: by it PACS references are opened."""


class LabelClass(Table):
    """One class of the project's label set, in the order of its number key."""

    __tablename__ = "label_class"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="", server_default="")
    """What is meant, in a sentence for readers."""
    colour: Mapped[int] = mapped_column(default=0, server_default="0")
    """Which of the colours of the pages' styles, from 1; 0: the one of its place."""
    retired: Mapped[bool] = mapped_column(default=False, server_default=false())
    """No reader gives it any more; what has it keeps it."""
    added_at: Mapped[datetime | None]
    """When it came to a label set that was in use; None of those there from the beginning."""


class Patient(Table):
    """One person, known only by a pseudonym; the split is drawn here and nowhere else."""

    __tablename__ = "patient"
    __table_args__ = (
        CheckConstraint(one_of("split", "development", "validation"), "split"),
        UniqueConstraint("scope", "key"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(default="", server_default="")
    """Where the key counts: the manifest's site; empty for the keys of DICOM, which count
    everywhere, and of manifests without a site, which are kept apart by `PatientIdentity`."""
    key: Mapped[str] = mapped_column(index=True)
    """The manifest's patient_id, or the pseudonym of a DICOM PatientID."""
    split: Mapped[str] = mapped_column(index=True)
    nameless: Mapped[bool] = mapped_column(default=False, server_default=false())
    """True for one study whose patient id is missing or names nobody: who it is of is unknown."""


class PatientIdentity(Table):
    """One way a patient was named: a number, and who gave it (`app.imports.identities`)."""

    __tablename__ = "patient_identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    number: Mapped[str] = mapped_column(index=True)
    """The pseudonym of the bare DICOM PatientID, or the manifest's patient_id."""
    issuer: Mapped[str] = mapped_column(default="")
    """The pseudonym of the issuer of a DICOM PatientID; empty where unknown."""
    site: Mapped[str] = mapped_column(default="")
    """The pseudonym of the institution, or the manifest's site; empty where unknown."""
    born: Mapped[str] = mapped_column(default="")
    """The pseudonym of the birth date; empty where unknown."""
    sex: Mapped[str] = mapped_column(default="")
    """`F`, `M`, `O`, or empty where unknown."""
    manifest: Mapped[str] = mapped_column(default="")
    """Which import's which manifest it was, `3.1`; empty for DICOM."""


class Study(Table):
    """One examination, with its report where there is one."""

    __tablename__ = "study"
    __table_args__ = (UniqueConstraint("patient_id", "key"), NUMBERED_ONCE)

    id: Mapped[int] = mapped_column(primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    key: Mapped[str] = mapped_column(index=True)
    accession: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The pseudonym of the accession number, by which reports name the study; empty if unknown."""
    report: Mapped[str | None]
    """The text of the newest `Report`, the one that is read and learned from."""
    report_version: Mapped[int] = mapped_column(default=0, server_default="0")
    """Its version; 0 where there is no report."""
    patient: Mapped[Patient] = relationship(lazy="raise")


class Report(Table):
    """One version of a study's report; a corrected one is a new row, and none is ever changed."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("study_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    version: Mapped[int]
    """1, 2, ... in the order they came; -1, -2, ... what was released after a later import had
    brought a newer text, and so was never read."""
    text: Mapped[str]
    digest: Mapped[str]
    """SHA-256 of the text: the same text again is no new version."""
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    """The import that brought it; None for those from before versions were kept."""
    at: Mapped[datetime] = mapped_column(default=stamp)


REGION = (
    "(region_left IS NULL AND region_top IS NULL"
    " AND region_right IS NULL AND region_bottom IS NULL)"
    " OR (region_left >= 0 AND region_left < region_right AND region_right <= width"
    " AND region_top >= 0 AND region_top < region_bottom AND region_bottom <= height)"
)


class Image(Table):
    """One knee on one film. The pixels are in files named by their SHA-256; this row says which.

    A film of one knee is one row without a region. A film of both is two rows, `L` and `R`, which
    share the stored file and the viewer rendition; each has a region and a model rendition of it.
    """

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("scope", "key"),
        UniqueConstraint("source_digest", "laterality"),
        CheckConstraint(REGION, "region"),
        NUMBERED_ONCE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    scope: Mapped[str] = mapped_column(default="", server_default="")
    """Where the key counts: the manifest's site, or empty, as of the patient."""
    key: Mapped[str] = mapped_column(index=True)
    """The manifest's image_id, or the pseudonym of a SOPInstanceUID; with `-L` or `-R` behind it
    where that names a film of both knees."""
    source_digest: Mapped[str]
    """SHA-256 of the file as it came; importing it again changes nothing."""
    stored_digest: Mapped[str] = mapped_column(index=True)
    """SHA-256 of the de-identified file in the store."""
    laterality: Mapped[str] = mapped_column(default="")
    view: Mapped[str] = mapped_column(default="", index=True)
    site: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """The practice or hospital the film comes from: the manifest's name, or the pseudonym of a
    DICOM InstitutionName; empty where unknown."""
    width: Mapped[int]
    """Of the whole film, as `height`."""
    height: Mapped[int]
    region_left: Mapped[int | None]
    """Where the knee is on a film of both, in pixels of the viewer rendition: see `Region`."""
    region_top: Mapped[int | None]
    region_right: Mapped[int | None]
    region_bottom: Mapped[int | None]
    spacing_mm: Mapped[float | None]
    """Millimetres per pixel of the viewer rendition; None where unknown."""
    spacing_plane: Mapped[str] = mapped_column(default="", server_default="")
    """Where these are measured: `detector`, `patient` (the film is calibrated), `estimated` (in the
    patient, by an estimated magnification); empty where the file does not say."""
    given_class_id: Mapped[int | None] = mapped_column(ForeignKey("label_class.id"))
    """The manifest's label. Only the simulated reader looks at it; it is no reference label."""
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Unknown manifest columns, or the kept DICOM attributes."""
    imported_at: Mapped[datetime] = mapped_column(default=stamp)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    """The import that brought the film; None where that is not known."""
    study: Mapped[Study] = relationship(lazy="raise")
    patient: Mapped[Patient] = relationship(lazy="raise")
    given_class: Mapped[LabelClass | None] = relationship(lazy="raise")

    @property
    def region(self) -> Region | None:
        """Where the knee is on a film of both; None where the whole film is of one."""
        return region_of(self.region_left, self.region_top, self.region_right, self.region_bottom)

    @region.setter
    def region(self, region: Region) -> None:
        self.region_left, self.region_top = region.left, region.top
        self.region_right, self.region_bottom = region.right, region.bottom


def region_of(
    left: int | None, top: int | None, right: int | None, bottom: int | None
) -> Region | None:
    """Return the region that four columns hold, None where they are empty."""
    if left is None or top is None or right is None or bottom is None:
        return None
    return Region(left, top, right, bottom)


class BothKneesView(Table):
    """An admin's word that films of a view show both knees where nothing says which side."""

    __tablename__ = "both_knees_view"
    __table_args__ = (UniqueConstraint("view", "site"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    view: Mapped[str]
    """As the films state it, in capitals."""
    site: Mapped[str]
    """As in `Image.site`; empty for every site."""


WANTED = text("wanted_at IS NOT NULL")


class Rendition(Table):
    """Pixels made once from an image: `model` (8 bit) or `viewer` (up to 16 bit), both PNG.

    The model rendition is made at import, the viewer rendition when a reader will need it.
    """

    __tablename__ = "rendition"
    __table_args__ = (
        CheckConstraint(one_of("kind", "model", "viewer"), "kind"),
        CheckConstraint("digest IS NOT NULL OR kind = 'viewer'", "made"),
        UniqueConstraint("image_id", "kind"),
        Index(
            "ix_rendition_wanted_at",
            "wanted_at",
            **where(WANTED),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("image.id"))
    kind: Mapped[str]
    digest: Mapped[str | None] = mapped_column(index=True)
    """Its name in the store; None where no reader has needed it, so that it is not made yet."""
    wanted_at: Mapped[datetime | None]
    """Since when a worker is to make it; a moment to come where one is at it."""
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
    film: Mapped[str] = mapped_column(default="", server_default="", index=True)
    """Which film it was, as a pseudonym of its SOPInstanceUID or of its line of a manifest; empty
    where nothing says so, or where the file itself is sound."""
    what: Mapped[str]
    do: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=stamp)
