"""Practising: the next film, an answer, and what is known of the film.

The known answer is told after each film, with the film still in sight and the guideline's rule
beside it. Only the first answer of an attempt counts, so to be told changes no score.
"""

from datetime import datetime
from random import Random

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import renditions
from app.db.clock import moment
from app.db.practice import PracticeAnswer, PracticeAttempt
from app.errors import Conflict
from app.guideline.page import ClassRule, published
from app.labels.classes import every_class, require_class
from app.labels.guideline_versions import newest_version
from app.practice.films import askable, no_films
from app.texts import _
from app.viewer.films import ViewerImage, films, not_ready
from app.worklists import leases
from app.worklists.sights import note_sight

AHEAD = 3


class PracticeItem(BaseModel):
    """A film to answer."""

    film: ViewerImage
    position: int
    """Place in the attempt, from 1."""
    of: int
    """Films of the attempt."""


class NextFilm(BaseModel):
    """What is practised next."""

    item: PracticeItem | None
    """None once every film of the attempt is answered."""
    upcoming: list[ViewerImage]


class Verdict(BaseModel):
    """What is known of a film that was answered."""

    right: bool
    class_id: int | None
    """What the reader said."""
    known_class_id: int
    known: str
    """The name of that class."""
    rule: ClassRule | None
    """What the guideline says of the class; None where it says nothing."""


def next_film(session: Session, reader_id: int) -> NextFilm:
    """Return the film to answer next, none after the last: that ends the attempt.

    Where no attempt is open, one is begun.

    Raises:
        Conflict: if there is nothing to practise on.
    """
    leases.lock_reader(session, reader_id)
    asked = askable(session)
    attempt = latest(session, reader_id)
    if attempt is None or attempt.ended_at is not None:
        if not asked:
            raise no_films()
        attempt = PracticeAttempt(reader_id=reader_id, started_at=moment(session))
        session.add(attempt)
        session.flush()
    answered = _answered(session, attempt)
    left = _left(attempt, set(asked), answered)
    if not left:
        attempt.ended_at = moment(session)
        return NextFilm(item=None, upcoming=[])
    shown, *upcoming = films(session, left[: 1 + AHEAD])
    if missing := not_ready([shown, *upcoming]):
        renditions.want(session, missing, moment(session))
    place = len(answered) + 1
    item = PracticeItem(film=shown, position=place, of=len(answered) + len(left))
    return NextFilm(item=item, upcoming=upcoming)


def answer(
    session: Session,
    reader_id: int,
    image_id: int,
    class_id: int | None,
    now: datetime,
    milliseconds: int | None = None,
) -> Verdict:
    """Keep a reader's answer of a film, and say what is known of it.

    An answer that was given already in this attempt stays as it was first given.

    Args:
        class_id: None says that the film can carry no label.
        now: the present moment, UTC.
        milliseconds: from the film being drawn to the answer, None where unknown.

    Raises:
        NotFound: if there is no such class.
        Conflict: if the film is not asked in an open attempt of the reader.
    """
    require_class(session, class_id)
    leases.lock_reader(session, reader_id)
    attempt = latest(session, reader_id)
    if attempt and (given := session.get(PracticeAnswer, (attempt.id, image_id))):
        return _verdict(session, given)
    asked = askable(session)
    if attempt is None or attempt.ended_at is not None or image_id not in asked:
        raise Conflict(
            _("This film is not asked any more."),
            _("image {number}", number=image_id),
            _("Go on with the next film."),
        )
    given = PracticeAnswer(
        attempt_id=attempt.id,
        image_id=image_id,
        class_id=class_id,
        known_class_id=asked[image_id],
        guideline_version=newest_version(session) or None,
        milliseconds=milliseconds,
        at=now,
    )
    session.add(given)
    session.flush()
    # From now on the reader knows: no blind read of this film follows, see `app.blindness`.
    note_sight(session, reader_id, image_id, now)
    return _verdict(session, given)


def latest(session: Session, reader_id: int) -> PracticeAttempt | None:
    """Return a reader's latest attempt, ended or not."""
    mine = select(PracticeAttempt).where(PracticeAttempt.reader_id == reader_id)
    return session.scalars(mine.order_by(PracticeAttempt.id.desc()).limit(1)).first()


def _answered(session: Session, attempt: PracticeAttempt) -> set[int]:
    mine = PracticeAnswer.attempt_id == attempt.id
    return set(session.scalars(select(PracticeAnswer.image_id).where(mine)))


def _left(attempt: PracticeAttempt, asked: set[int], answered: set[int]) -> list[int]:
    """Return what is left of an attempt, in an order of its own: no attempt is like the last."""
    images = sorted(asked | answered)
    Random(attempt.id).shuffle(images)
    return [image for image in images if image in asked and image not in answered]


def _verdict(session: Session, given: PracticeAnswer) -> Verdict:
    names = {each.id: each.name for each in every_class(session)}
    rules = published(session, given.guideline_version).classes if given.guideline_version else []
    return Verdict(
        right=given.class_id == given.known_class_id,
        class_id=given.class_id,
        known_class_id=given.known_class_id,
        known=names[given.known_class_id],
        rule=next((rule for rule in rules if rule.class_id == given.known_class_id), None),
    )
