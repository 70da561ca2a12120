"""What goes to the PACS, in somebody's hands: who tries it, and what came of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.audit import record
from app.db import clock
from app.db.changes import changed
from app.outbox.answers import MAY_BE_THERE, REFUSED
from app.outbox.due import Kind
from app.outgoing import tries
from app.pacs.seal import Seal


@dataclass(frozen=True)
class Mailbag:
    """What whoever sends has to know.

    Attributes:
        owner: a name nobody else claims by.
        key_name: of the key that opens the references.
        key: the installation's, from which UIDs are made.
        destination: the PACS, as it is written.
        seconds: for how long one try is its owner's.
    """

    owner: str
    key_name: str
    key: bytes
    destination: str
    seconds: float


@dataclass(frozen=True)
class Claimed(ABC):
    """An object in somebody's hands; each kind has its own.

    Attributes:
        kind: what it is.
        row: its number.
        owner: who tries it.
        attempts: which try it is.
    """

    kind: Kind
    row: int
    owner: str
    attempts: int

    @abstractmethod
    def event(self) -> tuple[str, str]:
        """Return what the audit log says when the PACS has it: the action, and of what."""

    @abstractmethod
    def written(self, seal: Seal, key: bytes) -> Dataset:
        """Return the object.

        Args:
            seal: opens what films are called in the PACS.
            key: the installation's.

        Raises:
            errors.Refused: what a film is called in the PACS cannot be read.
        """


@dataclass(frozen=True)
class Outcome:
    """What came of a try.

    Attributes:
        status: of the C-STORE; None where there was no answer.
        fault: why there was none, of `app.outbox.answers`.
        stored: whether the PACS has said that it has the report.
        lasting: whether another try would bring the same.
        reached: whether there was anybody to send it to.
    """

    status: int | None = None
    fault: str = ""
    stored: bool = False
    lasting: bool = False
    reached: bool = True


def take(session: Session, kind: Kind, bag: Mailbag, *columns: Any) -> Any:
    """Take the row of a kind that has been due for the longest, for one try.

    Returns:
        its number, which try it is, and the columns that are asked for; None where none is due.
    """
    taken = tries.claim(kind.table, bag.owner, bag.seconds, *kind.may_go())
    told = taken.values(destination=bag.destination)
    return session.execute(told.returning(kind.table.id, kind.table.attempts, *columns)).first()


def put_back(session: Session, kind: Kind, number: int) -> None:
    """Let go of what turned out not to go now: that was no try, and it is looked at again soon."""
    table = kind.table
    back = {
        "owner": None,
        "attempts": table.attempts - 1,
        "due_at": clock.after(tries.WAITS[0]),
    }
    changed(session, update(table).where(table.id == number).values(back))


def report(session: Session, claimed: Claimed, outcome: Outcome) -> bool:
    """Record what came of a try: it ends the matter, or says when it is tried again.

    Returns:
        False where it is no longer the owner's.
    """
    values = {
        "answer_status": outcome.status,
        "fault": outcome.fault,
        **tries.after(claimed.attempts, _ended(outcome), last="given_up"),
    }
    if outcome.stored or outcome.fault in MAY_BE_THERE:
        values["may_be_there"] = True
    if not tries.let_go(session, claimed.kind.table, claimed.row, claimed.owner, values):
        return False
    if outcome.stored:
        action, subject = claimed.event()
        record(session, None, action, subject, **{claimed.kind.name: claimed.row})
    return True


def put_off(session: Session, kind: Kind, bag: Mailbag, fault: str) -> None:
    """Count a try for whatever else of a kind is due: the PACS was not reached."""
    others = kind.table.owner.is_(None), *kind.may_go()
    said = {"destination": bag.destination, "answer_status": None, "fault": fault}
    tries.put_off(session, kind.table, others, "given_up", said)


def _ended(outcome: Outcome) -> str | None:
    """Return what a row has become; None where another try may bring more."""
    if outcome.stored:
        return "sent"
    if outcome.lasting:
        refused = outcome.status is not None or outcome.fault == REFUSED
        return "refused" if refused else "given_up"
    return None
