"""How readers have done on the practice set, and who has passed.

Passing is judged by what is asked now: an admin who asks for more right answers asks everybody
again, and an attempt that had fewer films than that passes with all of them right.
"""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import ColumnElement, Row, Select, case, func, select
from sqlalchemy.orm import Session

from app.db.archive import LabelClass
from app.db.people import User
from app.db.practice import PracticeAnswer, PracticeAttempt
from app.errors import Conflict
from app.practice.films import askable, terms
from app.statistics.proportions import clopper_pearson
from app.texts import _

Counts = Row[int, int, datetime | None, int, str, int, int]


class Share(BaseModel):
    """Right answers of some films."""

    right: int
    of: int
    interval: tuple[float, float]
    """Exact, 95 % (Clopper & Pearson 1934)."""


class ClassShare(Share):
    """Right answers of the films whose known answer is one class."""

    class_id: int
    name: str


class Score(BaseModel):
    """How one attempt went that has ended."""

    attempt: int
    at: datetime
    whole: Share
    classes: list[ClassShare]
    passed: bool | None
    """None where nothing says how many answers must be right."""


class PersonScore(BaseModel):
    """How a reader stands."""

    name: str
    attempts: int
    last: Score | None
    passed: bool
    """Whether any attempt has passed."""


class Wrong(BaseModel):
    """A film that was answered wrong."""

    image_id: int
    said: str | None
    """None where the reader said that it can carry no label."""
    known: str


def scores(session: Session, reader_id: int) -> list[Score]:
    """Return a reader's attempts that have ended, the latest first."""
    return _by_reader(session, reader_id).get(reader_id, [])


def people(session: Session) -> list[PersonScore]:
    """Return how everybody stands who reads or has practised, by name."""
    found = _by_reader(session)
    rows = session.execute(
        select(User.id, User.name)
        .where(User.active, (User.role == "reader") | User.id.in_(list(found)))
        .order_by(User.name)
    )
    return [
        PersonScore(
            name=name,
            attempts=len(mine := found.get(reader, [])),
            last=mine[0] if mine else None,
            passed=any(score.passed for score in mine),
        )
        for reader, name in rows
    ]


def wrong_answers(session: Session, attempt: int) -> list[Wrong]:
    """Return what was answered wrong in an attempt, in the order of the answers."""
    names: dict[int | None, str] = dict(
        session.execute(select(LabelClass.id, LabelClass.name)).all()
    )
    rows = session.execute(
        select(PracticeAnswer.image_id, PracticeAnswer.class_id, PracticeAnswer.known_class_id)
        .where(PracticeAnswer.attempt_id == attempt, ~_right())
        .order_by(PracticeAnswer.at, PracticeAnswer.image_id)
    )
    return [
        Wrong(image_id=image, said=names.get(said), known=names[known])
        for image, said, known in rows
    ]


def must_practise(session: Session, reader: User) -> bool:
    """Return whether the seed set is closed to a reader until they have passed.

    It is open where nothing can be practised on, and to admins, who know the answers.
    """
    if reader.role != "reader" or not terms(session).required:
        return False
    if any(score.passed for score in scores(session, reader.id)):
        return False
    return bool(askable(session))


def require_passed(session: Session, reader: User, worklist: str) -> None:
    """Refuse the seed set to a reader who has to pass first.

    Raises:
        Conflict: if so.
    """
    if worklist == "seed" and must_practise(session, reader):
        raise Conflict(
            _("The seed set opens once you have passed the practice set."),
            worklist,
            _("Open the page Practice."),
        )


def _by_reader(session: Session, reader_id: int | None = None) -> dict[int, list[Score]]:
    needed = terms(session).needed
    attempts: dict[int, list[Counts]] = {}
    for row in session.execute(_counts(reader_id)):
        attempts.setdefault(row[1], []).append(row)
    found: dict[int, list[Score]] = {}
    for rows in attempts.values():
        found.setdefault(rows[0][0], []).append(_score(rows, needed))
    return found


def _counts(reader_id: int | None) -> Select[int, int, datetime | None, int, str, int, int]:
    """Select how each ended attempt went by class, the latest attempt first."""
    answered = (
        select(
            PracticeAttempt.reader_id,
            PracticeAttempt.id,
            PracticeAttempt.ended_at,
            LabelClass.id,
            LabelClass.name,
            func.sum(case((_right(), 1), else_=0)),
            func.count(),
        )
        .join(PracticeAnswer, PracticeAnswer.attempt_id == PracticeAttempt.id)
        .join(LabelClass, LabelClass.id == PracticeAnswer.known_class_id)
        .where(PracticeAttempt.ended_at.is_not(None))
        .group_by(
            PracticeAttempt.reader_id,
            PracticeAttempt.id,
            PracticeAttempt.ended_at,
            LabelClass.id,
            LabelClass.name,
            LabelClass.position,
        )
        .order_by(PracticeAttempt.id.desc(), LabelClass.position)
    )
    return answered if reader_id is None else answered.where(PracticeAttempt.reader_id == reader_id)


def _right() -> ColumnElement[bool]:
    """Return the condition that an answer is right; one without a class never is."""
    said = func.coalesce(PracticeAnswer.class_id, 0)
    return said == PracticeAnswer.known_class_id


def _score(rows: Sequence[Counts], needed: int | None) -> Score:
    right, asked = sum(row[5] for row in rows), sum(row[6] for row in rows)
    return Score(
        attempt=rows[0][1],
        at=rows[0][2],
        whole=Share(right=right, of=asked, interval=clopper_pearson(right, asked)),
        classes=[
            ClassShare(
                class_id=class_id,
                name=name,
                right=hits,
                of=count,
                interval=clopper_pearson(hits, count),
            )
            for *_ids, class_id, name, hits, count in rows
        ],
        passed=None if needed is None else right >= min(needed, asked),
    )
