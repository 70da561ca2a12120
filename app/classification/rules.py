"""Films to be classified: from being sent to being answered, each by one worker, once."""

from datetime import timedelta
from typing import Any, Literal, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app import errors
from app.audit import record
from app.classification.answers import Classified
from app.db.archive import Image
from app.db.changes import changed_one
from app.db.classification import Classification
from app.db.clock import NOW, moment
from app.registry.rules import promoted
from app.runs import workers
from app.texts import _
from app.worklists.sights import note_sights

RESOURCE = "gpu"
"""The queue whose workers hold networks."""
PATIENCE = timedelta(seconds=50)
"""How long somebody waits for an answer: the first after a start loads the networks. Clients and
proxies often give up after a minute."""
MOST_WAITING = 20
AGAIN_SECONDS = 5
_OPEN = Classification.status.in_(("waiting", "claimed"))


class Asked(NamedTuple):
    """A film that a worker may take on.

    Attributes:
        id: of its row.
        file: its name in the folder of films that are being classified.
        laterality: what was said beside it.
    """

    id: int
    file: str
    laterality: str


def require_possible(session: Session) -> None:
    """See that a film could be answered, before it is received.

    Raises:
        errors.Conflict: no classifier is promoted.
        errors.Unavailable: nobody would answer.
        errors.TooMany: too many wait already.
    """
    if promoted(session, "classifier") is None:
        raise errors.Conflict(
            _("No classifier is promoted."), "", _("An admin promotes one on the page Models.")
        )
    if not any(RESOURCE in each.queues for each in workers.live(session)):
        raise errors.Unavailable(workers.in_words(RESOURCE))
    waiting = select(func.count()).where(Classification.expires_at > NOW, _OPEN)
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise errors.TooMany(
            _("Too many films are being classified at the moment."),
            "",
            _("Send it again in some seconds."),
            AGAIN_SECONDS,
        )


def ask(session: Session, user_id: int, file: str, laterality: str) -> int:
    """Have a film classified by whichever worker is free first.

    Args:
        session: an open unit of work.
        user_id: who waits for the answer.
        file: the film's name in its folder.
        laterality: what was said beside it: `L`, `R`, `B` or empty.

    Returns:
        The number to ask for the answer by.
    """
    at = moment(session)
    session.execute(delete(Classification).where(Classification.expires_at < at - PATIENCE))
    asked = Classification(
        user_id=user_id, file=file, laterality=laterality, expires_at=at + PATIENCE
    )
    session.add(asked)
    session.flush()
    return asked.id


def waiting(session: Session) -> list[Asked]:
    """Return the films that nobody has taken on, the first that came first."""
    columns = Classification.id, Classification.file, Classification.laterality
    open_ones = select(*columns).where(
        Classification.status == "waiting", Classification.expires_at > NOW
    )
    return [Asked(*row) for row in session.execute(open_ones.order_by(Classification.id))]


def claim(session: Session, asked: Asked) -> bool:
    """Take a film on; False where another worker has, or nobody waits for it any more."""
    mine = Classification.id == asked.id, Classification.status == "waiting"
    return changed_one(session, update(Classification).where(*mine).values(status="claimed"))


def answer(session: Session, asked: Asked, said: Classified) -> None:
    """Give the answer to a film that was taken on; nobody may be there to hear it any more."""
    _end(session, asked, "answered", answer=said.model_dump())


def turn_down(
    session: Session,
    asked: Asked,
    reason: errors.CondyleError,
    status: Literal["refused", "failed"],
) -> None:
    """Say why a film that was taken on has no answer.

    Args:
        session: an open unit of work.
        asked: the film.
        reason: what, where and what to do.
        status: `refused` where the film is the reason, `failed` where it is not.
    """
    said = {"what": reason.what, "where": reason.where, "do": reason.do}
    _end(session, asked, status, reason=said)


def is_done(session: Session, number: int) -> bool:
    """Whether there is an answer to a film, or a reason why there is none."""
    done = select(Classification.id).where(Classification.id == number, ~_OPEN)
    return session.scalar(done) is not None


def take(session: Session, number: int, digest: str) -> Classified | errors.CondyleError:
    """Take the answer, or the reason why there is none; its row leaves with it.

    Whoever takes an answer on a film of the archive has seen what was said of its images, and
    reads none of them blind.

    Args:
        session: an open unit of work.
        number: of one that `is_done`.
        digest: SHA-256 of the film's file.

    Returns:
        The answer, or the reason, which is to be raised once the row is gone.
    """
    row = session.get_one(Classification, number)
    session.delete(row)
    if row.status != "answered":
        return _reason(row)
    said = Classified.model_validate(row.answer)
    known = session.scalars(select(Image.id).where(Image.source_digest == digest)).all()
    if known:
        note_sights(session, row.user_id, known, moment(session))
    record(session, row.user_id, "classify film", f"model {said.model}", images=list(known))
    return said


def give_up(session: Session, number: int) -> errors.Unavailable:
    """Stop waiting for an answer, and return what to say then."""
    session.execute(delete(Classification).where(Classification.id == number))
    return errors.Unavailable(
        _("No worker has answered in time."),
        "",
        _("Send the film again. A worker that takes gpu runs must share the home folder."),
    )


def _end(session: Session, asked: Asked, status: str, **said: Any) -> None:
    mine = Classification.id == asked.id, Classification.status == "claimed"
    changed_one(session, update(Classification).where(*mine).values(status=status, **said))


def _reason(row: Classification) -> errors.CondyleError:
    said = row.reason or {}
    kind = errors.Refused if row.status == "refused" else errors.Unavailable
    return kind(said.get("what", ""), said.get("where", ""), said.get("do", ""))
