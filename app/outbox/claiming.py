"""Reports in somebody's hands: who tries one, and what came of it.

Each transition is one conditional UPDATE: whoever changes no row has lost the race.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.audit import record
from app.db import clock
from app.db.archive import Image
from app.db.changes import changed, changed_one
from app.db.write_back import OutgoingReport
from app.outbox.answers import MAY_BE_THERE, REFUSED
from app.outbox.due import can_go, may_go
from app.outgoing import tries
from app.pacs import references
from app.write_back.decided import Decided, decided
from app.write_back.structured_report import uid_of


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
class Claimed:
    """A report in somebody's hands.

    Attributes:
        report_id: its number.
        owner: who tries it.
        attempts: which try it is.
        image_id: what it is on.
        number: which report on this image.
        uid: its SOP Instance UID; None where no report can be written.
        decided: what it says; None where the film's reference is not known any more.
        earlier: UID of the report that it replaces; None where the PACS can have none.
    """

    report_id: int
    owner: str
    attempts: int
    image_id: int
    number: int
    uid: str | None
    decided: Decided | None
    earlier: str | None


@dataclass(frozen=True)
class Outcome:
    """What came of a try.

    Attributes:
        status: of the C-STORE; None where there was no answer.
        fault: why there was none, of `app.outbox.answers`.
        stored: whether the PACS has said that it has the report.
        lasting: whether another try would bring the same.
    """

    status: int | None = None
    fault: str = ""
    stored: bool = False
    lasting: bool = False


def claim(session: Session, bag: Mailbag) -> Claimed | None:
    """Take the report that has been due for the longest, for one try; None where none is."""
    taken = tries.claim(OutgoingReport, bag.owner, bag.seconds, *may_go())
    told = taken.values(destination=bag.destination).returning(
        OutgoingReport.id,
        OutgoingReport.attempts,
        OutgoingReport.image_id,
        OutgoingReport.number,
        OutgoingReport.uid,
        OutgoingReport.decided_at,
    )
    row = session.execute(told).first()
    if row is None:
        return None
    number, attempts, image_id, which, uid, decided_at = row
    mine = update(OutgoingReport).where(OutgoingReport.id == number)
    said = next(decided(session, bag.key_name, image_id), None)
    if _is_another(session, said, decided_at, image_id, bag):
        back = {"owner": None, "attempts": attempts - 1, "due_at": clock.after(tries.WAITS[0])}
        changed(session, mine.values(back))
        return None
    if said is not None and uid is None:
        uid = uid_of(said, bag.key)
        changed(session, mine.values(uid=uid))
    earlier = _earlier(session, image_id, which)
    return Claimed(number, bag.owner, attempts, image_id, which, uid, said, earlier)


def _is_another(
    session: Session, said: Decided | None, at: datetime, image_id: int, bag: Mailbag
) -> bool:
    """Whether somebody decided anew, or was given the image, since the report was found."""
    if said is not None:
        return said.at != at
    film = session.scalar(select(Image.source_digest).where(Image.id == image_id))
    return film is not None and bool(references.kept(session, [film], bag.key_name))


def report(session: Session, claimed: Claimed, outcome: Outcome) -> bool:
    """Record what came of a try: it ends the matter, or says when it is tried again.

    Returns:
        False where the report is no longer the owner's.
    """
    values: dict[str, Any] = {
        "owner": None,
        "tried_at": clock.NOW,
        "answer_status": outcome.status,
        "fault": outcome.fault,
        **_after_try(claimed.attempts, outcome),
    }
    if outcome.stored or outcome.fault in MAY_BE_THERE:
        values["may_be_there"] = True
    mine = (
        OutgoingReport.id == claimed.report_id,
        OutgoingReport.owner == claimed.owner,
        OutgoingReport.status == "waiting",
    )
    if not changed_one(session, update(OutgoingReport).where(*mine).values(values)):
        return False
    if outcome.stored:
        image = f"image {claimed.image_id}"
        record(session, None, "send structured report", image, report=claimed.report_id)
    return True


def put_off(session: Session, bag: Mailbag, fault: str) -> None:
    """Count a try for whatever else is due: the PACS was not reached.

    A thousand reports then do not wait for a thousand connections in vain.
    """
    for made in range(1, tries.most() + 1):
        values = {
            "attempts": made,
            "tried_at": clock.NOW,
            "destination": bag.destination,
            "answer_status": None,
            "fault": fault,
            **_after_try(made, Outcome(fault=fault)),
        }
        others = OutgoingReport.attempts == made - 1, OutgoingReport.owner.is_(None), *can_go()
        changed(session, update(OutgoingReport).where(*others).values(values))


def _after_try(made: int, outcome: Outcome) -> dict[str, Any]:
    if outcome.stored:
        return {"status": "sent", "ended_at": clock.NOW}
    if outcome.lasting and (outcome.status is not None or outcome.fault == REFUSED):
        return {"status": "refused", "ended_at": clock.NOW}
    wait = None if outcome.lasting else tries.wait_after(made)
    if wait is None:
        return {"status": "given_up", "ended_at": clock.NOW}
    return {"due_at": clock.after(wait)}


def _earlier(session: Session, image_id: int, number: int) -> str | None:
    """Return the UID of the last report on an image before another that a PACS may have."""
    found = (
        select(OutgoingReport.uid)
        .where(
            OutgoingReport.image_id == image_id,
            OutgoingReport.number < number,
            OutgoingReport.may_be_there,
        )
        .order_by(OutgoingReport.number.desc())
        .limit(1)
    )
    return session.scalar(found)
