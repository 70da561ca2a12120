"""The films that a classifier got most confidently wrong, as far as the PACS may be told."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.blindness import is_open
from app.db.archive import Image
from app.db.reading import ReferenceLabel
from app.db.write_back import PacsReference
from app.evaluation.films import Film, Wanted, chosen, films
from app.evaluation.read_predictions import Predictions

AT_ONCE = 100
"""Films that are looked up at a time: those that the PACS may not be told of are passed over."""


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


def worst_errors(
    session: Session, predictions: Predictions, most: int, key_name: str | None = None
) -> list[WorstError]:
    """Return the errors of the final classifier, the most confident first.

    Left out are films whose label is another by now, that somebody is to read, and that are not
    known in the PACS.

    Args:
        session: an open unit of work.
        predictions: of an evaluation.
        most: how many at most.
        key_name: of the key that opens the references; None where nobody is to open them here.
    """
    places, found = chosen(predictions, Wanted(show="wrong")).tolist(), list[WorstError]()
    for begin in range(0, len(places), AT_ONCE):
        judged = films(session, predictions, places[begin : begin + AT_ONCE])
        standing = {
            film.image_id: film for film in judged if film.image_id is not None and not film.changed
        }
        known = _known(session, list(standing), key_name)
        found += [_error(film, *known[image]) for image, film in standing.items() if image in known]
        if len(found) >= most:
            break
    return found[:most]


_Known = tuple[int, int, str, str, int]


def _error(film: Film, image: int, study: int, source: str, sealed: str, label: int) -> WorstError:
    final = film.said[-1]
    about = image, study, source, sealed, label
    return WorstError(*about, film.label, final.name, final.confidence)


def _known(session: Session, images: list[int], key_name: str | None) -> dict[int, _Known]:
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
    if key_name is not None:
        query = query.where(PacsReference.key_name == key_name)
    return {row[0]: row for row in session.execute(query)}
