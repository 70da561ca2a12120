"""The films that a classifier got most confidently wrong, as far as the PACS may be told."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.blindness import is_open
from app.db.archive import Image, LabelClass, Patient
from app.db.reading import ReferenceLabel
from app.db.write_back import PacsReference
from app.evaluation.films import JudgedFilm, Wanted, chosen, films
from app.evaluation.read_predictions import Key, Predictions

AT_ONCE = 100
"""Films that are looked up at a time."""


@dataclass(frozen=True)
class WorstError:
    """A film that was judged wrongly.

    Attributes:
        image_id: its number.
        study_id: of its study.
        source_digest: of its file.
        sealed: what it is called in the PACS.
        class_id: its reference label.
        label: what that is called.
        said: the class that the classifier gave it.
        confidence: how sure it was.
    """

    image_id: int
    study_id: int
    source_digest: str
    sealed: str
    class_id: int
    label: str
    said: str
    confidence: float


@dataclass(frozen=True)
class Worst:
    """The errors of a classifier that a PACS can be told of.

    Attributes:
        errors: the most confident first.
        of_another_key: how many more there are whose references another key opens.
    """

    errors: Sequence[WorstError]
    of_another_key: int


def worst_errors(
    session: Session, predictions: Predictions, most: int, key_name: str | None
) -> Worst:
    """Return the errors of the final classifier, the most confident first.

    Left out are films whose label is another by now, that somebody is to read, and that are not
    known in the PACS.

    Args:
        session: an open unit of work.
        predictions: of an evaluation.
        most: how many at most.
        key_name: of the key that opens the references; None where nobody has used one yet.
    """
    places, of_another_key = _tellable(session, predictions, key_name)
    found = list[WorstError]()
    for begin in range(0, len(places), AT_ONCE):
        judged = films(session, predictions, places[begin : begin + AT_ONCE])
        standing = {
            film.image_id: film for film in judged if film.image_id is not None and not film.changed
        }
        known = _known(session, list(standing))
        found += [_error(film, *known[image]) for image, film in standing.items() if image in known]
        if len(found) >= most:
            break
    return Worst(found[:most], of_another_key)


def still_errors(session: Session, found: Sequence[WorstError]) -> list[WorstError]:
    """Return those of some errors that still have their label, and may still be told of."""
    known = _known(session, [error.image_id for error in found])
    now = {image: (study, label) for image, study, _source, _sealed, label in known.values()}
    return [each for each in found if now.get(each.image_id) == (each.study_id, each.class_id)]


def _tellable(
    session: Session, predictions: Predictions, key_name: str | None
) -> tuple[list[int], int]:
    """Return the places of the errors to be told of, and how many more another key opens.

    One query asks which films may be: a page must not walk all errors where few of them may.
    """
    query = (
        select(Image.key, Patient.key, Image.site, LabelClass.name, PacsReference.key_name)
        .join_from(ReferenceLabel, Image, Image.id == ReferenceLabel.image_id)
        .join(Patient, Patient.id == Image.patient_id)
        .join(LabelClass, LabelClass.id == ReferenceLabel.class_id)
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .where(Patient.split == "validation", ~is_open(Image.id))
    )
    has_sites = any(key.site for key in predictions.keys)
    told = {
        Key(image, patient, site if has_sites else ""): rest
        for image, patient, site, *rest in session.execute(query)
    }
    places, of_another_key = list[int](), 0
    for place in chosen(predictions, Wanted(show="wrong")).tolist():
        label, opened_by = told.get(predictions.keys[place], (None, None))
        if label != predictions.classes[predictions.labels[place]]:
            continue
        if key_name in (None, opened_by):
            places.append(place)
        else:
            of_another_key += 1
    return places, of_another_key


_Known = tuple[int, int, str, str, int]


def _error(
    film: JudgedFilm, image: int, study: int, source: str, sealed: str, label: int
) -> WorstError:
    final = film.said[-1]
    about = image, study, source, sealed, label
    return WorstError(*about, film.label, final.name, final.confidence)


def _known(session: Session, images: list[int]) -> dict[int, _Known]:
    """Return the facts of those of some images that are known in the PACS and wait for nobody."""
    query = (
        select(
            Image.id,
            Image.study_id,
            Image.source_digest,
            PacsReference.sealed,
            ReferenceLabel.class_id,
        )
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .join(ReferenceLabel, ReferenceLabel.image_id == Image.id)
        .where(Image.id.in_(images), ~is_open(Image.id))
    )
    return {row[0]: row for row in session.execute(query)}
