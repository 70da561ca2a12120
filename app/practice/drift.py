"""Whether a reader still says of a film what they said of it before.

Nobody is given a film twice to label it. So a reader's agreement with oneself is seen where a film
is practised on that the reader has read or practised on before.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.blindness import BLIND
from app.db.conditions import stands
from app.db.people import User
from app.db.practice import PracticeAnswer, PracticeAttempt
from app.db.reading import Annotation
from app.statistics.proportions import clopper_pearson

APART = timedelta(days=1)
"""An answer sooner than this after the one before says what is remembered, and is left out."""
Answer = tuple[int, int, datetime, int | None, bool]
"""Reader, image, when, the class (None: no label), and whether it was given in practice."""


@dataclass(frozen=True)
class Month:
    """Films that a reader answered again in one month.

    Attributes:
        name: of the reader.
        month: of the later answers, as 2026-11.
        agreeing: films of which the reader said what they had said the time before.
        of: films answered again.
        interval: of the share, exact, 95 % (Clopper & Pearson 1934).
    """

    name: str
    month: str
    agreeing: int
    of: int
    interval: tuple[float, float]


def drift(session: Session, reader_id: int | None = None) -> list[Month]:
    """Return each reader's agreement with oneself, by name and month.

    Each practice answer is compared with the reader's answer of that film just before: a standing
    blind read, or an earlier practice answer.

    Args:
        session: a unit of work that only reads.
        reader_id: None for all readers.
    """
    names = dict(session.execute(select(User.id, User.name)).all())
    same: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for before, after in _repeats(_answers(session, reader_id)):
        reader, _image, at, said, _practised = after
        same[names[reader], f"{at:%Y-%m}"].append(said == before[3])
    return [
        Month(name, month, sum(each), len(each), clopper_pearson(sum(each), len(each)))
        for (name, month), each in sorted(same.items())
    ]


def _repeats(answers: Iterable[Answer]) -> Iterable[tuple[Answer, Answer]]:
    """Return each practice answer with the one before of the same reader and film."""
    of_film: dict[tuple[int, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        of_film[answer[:2]].append(answer)
    for each in of_film.values():
        each.sort(key=lambda answer: answer[2])
        for before, after in pairwise(each):
            if after[4] and after[2] - before[2] >= APART:
                yield before, after


def _answers(session: Session, reader_id: int | None) -> list[Answer]:
    """Return all practice answers, and the reads by the same readers of the same films."""
    practised = select(
        PracticeAttempt.reader_id,
        PracticeAnswer.image_id,
        PracticeAnswer.at,
        PracticeAnswer.class_id,
    ).join(PracticeAttempt, PracticeAttempt.id == PracticeAnswer.attempt_id)
    if reader_id is not None:
        practised = practised.where(PracticeAttempt.reader_id == reader_id)
    films = practised.with_only_columns(
        PracticeAttempt.reader_id, PracticeAnswer.image_id
    ).distinct()
    again = films.subquery()
    read = (
        select(Annotation.reader_id, Annotation.image_id, Annotation.at, Annotation.class_id)
        .join(
            again,
            and_(
                again.c.reader_id == Annotation.reader_id, again.c.image_id == Annotation.image_id
            ),
        )
        .where(stands(Annotation), Annotation.worklist.in_(BLIND))
    )
    answers = [(*row, True) for row in session.execute(practised)]
    return answers + [(*row, False) for row in session.execute(read)]
