"""The images of one page, as they are now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Label, Row, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from app.archive.columns import ITEMS, VENDOR, agreement, of_sweep
from app.archive.facets import NONE, UNUSABLE
from app.blindness import BLIND_FIRST, NEVER_IN_REVIEW, has_unseen
from app.db.among import is_among_those
from app.db.archive import Image, Patient, Rendition, Study
from app.db.conditions import stands
from app.db.exclusion import ExcludedImage
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, Overrule, ReferenceLabel, WorklistItem
from app.labels.classes import Class
from app.labels.reference import OVERRULED
from app.sweeps import LATEST_SWEEP


class ArchiveImage(BaseModel):
    """One image of the archive. What was said of one that is read blind is left out."""

    image_id: int
    image_key: str
    patient_key: str
    study_key: str
    accession: str
    """The pseudonym of the accession number; empty if unknown."""
    side: str
    view: str
    site: str
    vendor: str
    split: str
    imported_at: datetime
    thumbnail: str | None
    """Address of its model rendition; None while that is being made."""
    width: int
    """Of the thumbnail, as `height`."""
    height: int
    waits: str | None
    """The worklist it waits on."""
    blind: bool
    """It is, or may still be, read without knowing what was said: nothing below is told."""
    label: str | None
    """The class; `unusable` where a reader said that it can carry none."""
    basis: str | None
    given_by: list[str]
    """Who said so, in the order in which they did."""
    predicted: str | None
    confidence: float | None
    """Of the predicted class, 0 to 1."""
    scores: dict[str, float]
    """The probability of each class in the latest sweep."""
    status: str | None
    conflict: bool
    """The report and the film point to different classes."""
    differs: bool
    """The label is not what the labeler says."""
    excluded: str | None
    """Why it is excluded: `quality`, `content`, `duplicate` or `other`; null where it is not."""


NOTHING_TOLD: dict[str, Any] = {
    "blind": True,
    "label": None,
    "basis": None,
    "given_by": [],
    "predicted": None,
    "confidence": None,
    "scores": {},
    "status": None,
    "conflict": False,
    "differs": False,
}
"""Of an image that is read blind."""


def _its(column: Any, of_image: ColumnElement[bool], name: str) -> Label[Any]:
    """Select a column of what an image has one of, looked up image by image.

    Joined, PostgreSQL would go through all rows there are to find those of some hundred images.
    """
    return select(column).where(of_image).scalar_subquery().label(name)


_PATIENT = Patient.id == Image.patient_id
_STUDY = Study.id == Image.study_id
_THUMBNAIL = (Rendition.image_id == Image.id) & (Rendition.kind == "model")
_LABEL = ReferenceLabel.image_id == Image.id
# Each is built once: to build them takes longer than the database does with a page of images.
_FILMS = select(
    Image.id,
    Image.key,
    Image.laterality,
    Image.view,
    Image.site,
    Image.imported_at,
    Image.width,
    Image.height,
    VENDOR.label("vendor"),
    _its(Patient.key, _PATIENT, "patient"),
    _its(Patient.split, _PATIENT, "split"),
    _its(Study.key, _STUDY, "study"),
    _its(Study.accession, _STUDY, "accession"),
    _its(Rendition.digest, _THUMBNAIL, "digest"),
    _its(Rendition.width, _THUMBNAIL, "thumbnail_width"),
    _its(Rendition.height, _THUMBNAIL, "thumbnail_height"),
    _its(ExcludedImage.reason, ExcludedImage.image_id == Image.id, "excluded"),
    _its(ReferenceLabel.class_id, _LABEL, "class_id"),
    _its(ReferenceLabel.basis, _LABEL, "basis"),
).where(is_among_those(Image.id, "ids"))
_SWEPT = select(
    PseudoLabel.image_id,
    PseudoLabel.class_id,
    PseudoLabel.probabilities,
    PseudoLabel.status,
    PseudoLabel.conflict,
    and_(PseudoLabel.status.not_in(NEVER_IN_REVIEW), BLIND_FIRST).label("blind"),
).where(of_sweep(LATEST_SWEEP.scalar_subquery()), is_among_those(PseudoLabel.image_id, "ids"))
_ITEMS = ITEMS.where(is_among_those(WorklistItem.image_id, "ids"))
_READS = (
    select(Annotation.image_id, Annotation.class_id, User.name)
    .join(User, User.id == Annotation.reader_id)
    .where(is_among_those(Annotation.image_id, "ids"), stands(Annotation))
    .order_by(Annotation.at, Annotation.id)
)
_OVERRULED = (
    select(Overrule.image_id, Overrule.class_id, User.name)
    .join(User, User.id == Overrule.by_id)
    .where(is_among_those(Overrule.image_id, "ids"), Overrule.class_id.is_not(None))
    .order_by(Overrule.id)
)
_UNSEEN = select(Image.id).where(
    is_among_those(Image.id, "ids"), has_unseen(bindparam("reader"), Image.id)
)


def shown(session: Session, image_ids: Sequence[int], names: Sequence[Class]) -> list[ArchiveImage]:
    """Describe images for a page, in the order given; those that are gone are left out.

    Args:
        session: a unit of work that only reads.
        image_ids: some thousand at most.
        names: the label set.
    """
    if not image_ids:
        return []
    films = {film.id: film for film in _rows(session, _FILMS, image_ids)}
    waits, blind = _lists(session, image_ids)
    swept = {row.image_id: row for row in _rows(session, _SWEPT, image_ids)}
    blind |= {image for image, row in swept.items() if row.blind}
    said = _said(session, [film for film in films.values() if film.id not in blind])
    called = {one.id: one.name for one in names}

    def told(image: int) -> dict[str, Any]:
        if image in blind:
            return NOTHING_TOLD
        return _told(films[image], swept.get(image), said.get(image, []), called)

    return [
        ArchiveImage(**_film(films[each]), waits=waits.get(each), **told(each))
        for each in image_ids
        if each in films
    ]


def unseen(session: Session, reader_id: int, images: Sequence[ArchiveImage]) -> list[int]:
    """Return the images of which others have said what this person sees for the first time."""
    told = [image.image_id for image in images if image.label is not None]
    if not told:
        return []
    return [image for (image,) in _rows(session, _UNSEEN, told, reader=reader_id)]


def _rows(
    session: Session, statement: Select[*tuple[Any, ...]], image_ids: Sequence[int], **more: Any
) -> Sequence[Row[*tuple[Any, ...]]]:
    return session.connection().execute(statement, {"ids": list(image_ids), **more}).all()


def _lists(session: Session, image_ids: Sequence[int]) -> tuple[dict[int, str], set[int]]:
    """Return on which worklist images wait, and which of them must not be told of."""
    items = _rows(session, _ITEMS, image_ids)
    waits = {image: worklist for image, worklist, done, _hidden in items if not done}
    return waits, {image for image, _worklist, _done, hidden in items if hidden}


def _said(
    session: Session, films: Sequence[Row[*tuple[Any, ...]]]
) -> dict[int, list[tuple[str, str]]]:
    """Return what stands of each image and who said it, the earliest first.

    Where an admin has overruled the reads, that is what the admin said.
    """
    found: dict[int, list[tuple[str, str]]] = {}
    if films:
        for image, class_id, name in _rows(session, _READS, [film.id for film in films]):
            found.setdefault(image, []).append((str(class_id) if class_id else UNUSABLE, name))
    if overruled := [film.id for film in films if film.basis == OVERRULED]:
        for image, class_id, name in _rows(session, _OVERRULED, overruled):
            found[image] = [(str(class_id), name)]
    return found


def _film(film: Any) -> dict[str, Any]:
    """Return what may be known of any image."""
    return {
        "image_id": film.id,
        "image_key": film.key,
        "patient_key": film.patient,
        "study_key": film.study,
        "accession": film.accession,
        "side": film.laterality,
        "view": film.view,
        "site": film.site,
        "vendor": film.vendor,
        "split": film.split,
        "imported_at": film.imported_at,
        "thumbnail": f"/api/v1/thumbnails/{film.digest}" if film.digest else None,
        "width": film.thumbnail_width or film.width,
        "height": film.thumbnail_height or film.height,
        "excluded": film.excluded,
    }


def _told(
    film: Any, swept: Any, said: Sequence[tuple[str, str]], called: Mapping[int, str]
) -> dict[str, Any]:
    """Return what readers and the labeler said of an image that may be told of.

    Args:
        film: its row of `_FILMS`.
        swept: its row of `_SWEPT`, None where it has none.
        said: what stands of it, and who said so.
        called: the names of the classes, in their order.
    """
    label = str(film.class_id) if film.class_id else NONE
    if label == NONE and UNUSABLE in dict(said):
        label = UNUSABLE
    told = {
        "blind": False,
        "label": UNUSABLE if label == UNUSABLE else called.get(film.class_id),
        "basis": film.basis,
        "given_by": list(dict.fromkeys(name for each, name in said if each == label)),
    }
    if swept is None:
        return NOTHING_TOLD | told
    predicted = called.get(swept.class_id)
    scores = dict(zip(called.values(), swept.probabilities, strict=False))
    return told | {
        "predicted": predicted,
        "confidence": scores.get(predicted) if predicted else None,
        "scores": scores,
        "status": swept.status,
        "conflict": swept.conflict,
        "differs": agreement(label, str(swept.class_id)) == "differ",
    }
