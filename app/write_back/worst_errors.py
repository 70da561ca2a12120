"""The films that a classifier got most confidently wrong, as far as the PACS may be told."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.blindness import is_open
from app.db.archive import Image
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
        source_digest: of its file.
        sealed: what it is called in the PACS.
        said: the class that the classifier gave it.
        confidence: how sure it was.
        label: its reference label when it was judged.
    """

    image_id: int
    source_digest: str
    sealed: str
    said: str
    confidence: float
    label: str


def worst_errors(
    session: Session, predictions: Predictions, key_name: str, most: int
) -> list[WorstError]:
    """Return the errors of the final classifier, the most confident first.

    Left out are films whose label is another by now, that somebody is to read, and that are not
    known in the PACS.

    Args:
        session: an open unit of work.
        predictions: of an evaluation.
        key_name: of the key that opens the references.
        most: how many at most.
    """
    places, found = chosen(predictions, Wanted(show="wrong")).tolist(), list[WorstError]()
    for begin in range(0, len(places), AT_ONCE):
        judged = films(session, predictions, places[begin : begin + AT_ONCE])
        standing = [film for film in judged if film.image_id is not None and not film.changed]
        known = _known(session, [film.image_id or 0 for film in standing], key_name)
        found += [
            _error(film, *known[film.image_id]) for film in standing if film.image_id in known
        ]
        if len(found) >= most:
            break
    return found[:most]


def _error(film: Film, source_digest: str, sealed: str) -> WorstError:
    final = film.said[-1]
    number = film.image_id or 0
    return WorstError(number, source_digest, sealed, final.name, final.confidence, film.label)


def _known(session: Session, images: list[int], key_name: str) -> dict[int | None, tuple[str, str]]:
    query = (
        select(Image.id, Image.source_digest, PacsReference.sealed)
        .join(PacsReference, PacsReference.source_digest == Image.source_digest)
        .where(PacsReference.key_name == key_name, Image.id.in_(images), ~is_open(Image.id))
    )
    return {number: (digest, sealed) for number, digest, sealed in session.execute(query)}
