"""The images of one page, as they are now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.archive.columns import Codes, of_sweep, read
from app.archive.facets import BLIND, NONE, UNUSABLE
from app.blindness import has_unseen
from app.db.among import is_among
from app.db.archive import Image, Patient, Rendition, Study
from app.db.conditions import stands
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, Overrule
from app.labels.classes import Class, every_class
from app.labels.reference import OVERRULED
from app.sweeps import latest_sweep_id


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


def shown(session: Session, image_ids: Sequence[int]) -> list[ArchiveImage]:
    """Describe images for a page, in the order given; those that are gone are left out."""
    if not image_ids:
        return []
    codes = Codes()
    columns = read(session, lambda column: is_among(column, image_ids), codes)
    facets = [
        {name: codes.values[name][numbers[at]] for name, numbers in columns.facets.items()}
        for at in range(len(columns.ids))
    ]
    of_image = dict(zip(columns.ids.tolist(), facets, strict=True))
    names = every_class(session)
    open_ids = [image for image, facet in of_image.items() if facet["label"] != BLIND]
    said, scores = _said(session, open_ids), _scores(session, open_ids, names)
    said |= _overruled(session, [i for i in open_ids if of_image[i]["basis"] == OVERRULED])
    films = {row[0].id: row for row in session.execute(_films(image_ids))}
    return [
        _image(films[each], of_image[each], names, said.get(each, []), scores.get(each, {}))
        for each in image_ids
        if each in films and each in of_image
    ]


def unseen(session: Session, reader_id: int, images: Sequence[ArchiveImage]) -> list[int]:
    """Return the images of which others have said what this person sees for the first time."""
    told = [image.image_id for image in images if image.label is not None]
    if not told:
        return []
    rows = select(Image.id).where(is_among(Image.id, told), has_unseen(reader_id, Image.id))
    return list(session.scalars(rows))


def _films(image_ids: Sequence[int]) -> Any:
    thumbnail = (Rendition.image_id == Image.id) & (Rendition.kind == "model")
    return (
        select(
            Image,
            Patient.key.label("patient"),
            Study.key.label("study"),
            Study.accession,
            Rendition.digest,
            Rendition.width,
            Rendition.height,
        )
        .join(Patient, Patient.id == Image.patient_id)
        .join(Study, Study.id == Image.study_id)
        .outerjoin(Rendition, thumbnail)
        .where(is_among(Image.id, image_ids))
    )


def _said(session: Session, image_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return what stands of each image and who said it, the earliest first."""
    reads = (
        select(Annotation.image_id, Annotation.class_id, User.name)
        .join(User, User.id == Annotation.reader_id)
        .where(is_among(Annotation.image_id, image_ids), stands(Annotation))
        .order_by(Annotation.at, Annotation.id)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for image_id, class_id, name in session.execute(reads):
        found.setdefault(image_id, []).append((str(class_id) if class_id else UNUSABLE, name))
    return found


def _overruled(session: Session, image_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Return what an admin has said against the reads of each image, and who that was."""
    rows = (
        select(Overrule.image_id, Overrule.class_id, User.name)
        .join(User, User.id == Overrule.by_id)
        .where(is_among(Overrule.image_id, image_ids), Overrule.class_id.is_not(None))
        .order_by(Overrule.id)
    )
    return {image: [(str(class_id), name)] for image, class_id, name in session.execute(rows)}


def _scores(
    session: Session, image_ids: Sequence[int], names: Sequence[Class]
) -> dict[int, dict[str, float]]:
    """Return the probabilities of the latest sweep by class; later classes have none."""
    rows = select(PseudoLabel.image_id, PseudoLabel.probabilities).where(
        of_sweep(latest_sweep_id(session)), is_among(PseudoLabel.image_id, image_ids)
    )
    return {
        image_id: {one.name: value for one, value in zip(names, probabilities, strict=False)}
        for image_id, probabilities in session.execute(rows)
    }


def _image(
    row: Any,
    facets: dict[str, str],
    names: Sequence[Class],
    said: Sequence[tuple[str, str]],
    scores: dict[str, float],
) -> ArchiveImage:
    image: Image = row[0]
    class_names = {str(one.id): one.name for one in names} | {UNUSABLE: UNUSABLE}
    by = list(dict.fromkeys(name for label, name in said if label == facets["label"]))
    predicted = class_names.get(facets["predicted"])
    return ArchiveImage(
        image_id=image.id,
        image_key=image.key,
        patient_key=row.patient,
        study_key=row.study,
        accession=row.accession,
        side=image.laterality,
        view=image.view,
        site=image.site,
        vendor=facets["vendor"],
        split=facets["split"],
        imported_at=image.imported_at,
        thumbnail=f"/api/v1/thumbnails/{row.digest}" if row.digest else None,
        width=row.width or image.width,
        height=row.height or image.height,
        waits=None if facets["waits"] == NONE else facets["waits"],
        blind=facets["label"] == BLIND,
        label=class_names.get(facets["label"]),
        basis=None if facets["basis"] in (NONE, BLIND) else facets["basis"],
        given_by=by,
        predicted=predicted,
        confidence=scores.get(predicted) if predicted else None,
        scores=scores,
        status=None if facets["status"] in (NONE, BLIND) else facets["status"],
        conflict=facets["conflict"] == "yes",
        differs=facets["against"] == "differ",
        excluded=None if facets["excluded"] == NONE else facets["excluded"],
    )
