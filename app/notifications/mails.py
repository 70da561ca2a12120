"""Mails: which are due, who tries one, and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from app import errors
from app.announcing import TRIAL_BY_MAIL, offered
from app.audit import record
from app.db import clock
from app.db.changes import changed
from app.db.notifications import Mail
from app.db.people import User
from app.notifications.addresses import is_address
from app.outgoing import tries
from app.settings import Settings
from app.texts import _

TRY_SECONDS = 120
"""For how long a try is its owner's. It takes half a minute; a name may take longer to find."""
TRIAL_EVERY = timedelta(minutes=10)
"""In which a person has one mail to try: an address somebody types may be another's."""
GIVEN_UP_AFTER = timedelta(days=1)
"""For how long a mail may be due: nobody sends any, and what it tells of is no news any more."""
KEPT = timedelta(days=30)
"""For how long what was sent or failed is kept."""
FORGOTTEN_AT_ONCE = 1000


@dataclass(frozen=True)
class Claimed:
    """A mail in somebody's hands.

    Attributes:
        mail_id: its number.
        owner: who tries it.
        attempts: which try it is.
        key: what it is known by, the same at each try.
        topic: of `app.announcing.TOPICS`, or a trial.
        data: JSON.
        address: where to; "" where there is none.
        language: of its person; "" for the installation's.
        fault: why it must not be sent any more, of `app.notifications.faults`; "" where it may.
    """

    mail_id: int
    owner: str
    attempts: int
    key: str
    topic: str
    data: str
    address: str
    language: str
    fault: str = ""


@dataclass(frozen=True)
class Outcome:
    """What came of a try.

    Attributes:
        fault: why it was not sent, of `app.notifications.faults`; "" where it was.
        status: what the server answered then, by SMTP; None where it did not.
        answer: the same in its words.
        lasting: whether another try would bring the same.
    """

    fault: str = ""
    status: int | None = None
    answer: str = ""
    lasting: bool = False


@dataclass(frozen=True)
class Standing:
    """How mails fare.

    Attributes:
        waiting: how many are still to be sent.
        failed: how many were given up within `KEPT`.
        late: whether one is due for long and nobody tries any.
        fault: why the one that was tried last was not sent; "" where it was.
    """

    waiting: int
    failed: int
    late: bool
    fault: str


def claim(session: Session, owner: str) -> Claimed | None:
    """Take what is due for the longest, for one try; return None where nothing is."""
    taken = tries.claim(Mail, owner, TRY_SECONDS)
    told = taken.returning(Mail.id, Mail.attempts, Mail.key, Mail.topic, Mail.data, Mail.user_id)
    row = session.execute(told).first()
    if row is None:
        return None
    person = session.get_one(User, row.user_id)
    return Claimed(
        mail_id=row.id,
        owner=owner,
        attempts=row.attempts,
        key=row.key,
        topic=row.topic,
        data=row.data,
        address=person.mail_address or "",
        language=person.language or "",
        fault=_fault(person, row.topic),
    )


def report(session: Session, claimed: Claimed, outcome: Outcome) -> bool:
    """Record what came of a try: it ends the mail, or says when it is tried again.

    Returns:
        False where the mail is no longer the owner's.
    """
    ended = ("failed" if outcome.lasting else None) if outcome.fault else "sent"
    values = {
        "fault": outcome.fault,
        "answer_status": outcome.status,
        "answer": outcome.answer,
        **tries.after(claimed.attempts, ended, last="failed"),
    }
    return tries.let_go(session, Mail, claimed.mail_id, claimed.owner, values)


def try_out(session: Session, user: User, settings: Settings) -> None:
    """Have a mail be sent to a person that tells of nothing.

    Raises:
        errors.Conflict: no mail server is set, the person has no address, or such a mail waits
            already or was made within `TRIAL_EVERY`.
    """
    if not settings.mail_server:
        raise errors.Conflict(
            _("No mail server is set."), "", _("Ask whoever runs Condyle to set one.")
        )
    if not user.mail_address:
        raise errors.Conflict(
            _("You have no mail address."), "", _("Save one, then have a mail sent to it.")
        )
    # The row is locked: of two trials at once the second finds the first.
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    recent = Mail.created_at > clock.after(-TRIAL_EVERY.total_seconds())
    theirs = Mail.user_id == user.id, Mail.topic == TRIAL_BY_MAIL, or_(_waits(), recent)
    if session.scalar(select(Mail.id).where(*theirs).limit(1)) is not None:
        minutes = TRIAL_EVERY // timedelta(minutes=1)
        raise errors.Conflict(
            _("A mail to try waits, or was sent less than {number} minutes ago.", number=minutes),
            "",
            _("Your page says how the last mail fared. Try again later."),
        )
    record(session, user, "try mail", f"person {user.id}")
    session.add(Mail(key=uuid4().hex, user_id=user.id, topic=TRIAL_BY_MAIL, data="{}"))


def latest(session: Session, user_id: int) -> Mail | None:
    """Return the newest mail to a person, None where there is none."""
    theirs = select(Mail).where(Mail.user_id == user_id).order_by(Mail.id.desc())
    return session.scalars(theirs.limit(1)).first()


def standing(session: Session) -> Standing:
    """Return how mails fare."""
    counts = select(
        func.count().filter(Mail.status == "waiting"), func.count().filter(Mail.status == "failed")
    ).select_from(Mail)
    waiting, failed = session.execute(counts).one()
    tried = select(Mail.fault).where(Mail.tried_at.is_not(None)).order_by(Mail.tried_at.desc())
    return Standing(waiting, failed, is_late(session), session.scalar(tried.limit(1)) or "")


def is_late(session: Session) -> bool:
    """Whether a mail has been due for `tries.LATE_SECONDS` while nobody tries any."""
    return tries.is_late(session, {Mail: ()})


def give_up_late(session: Session) -> None:
    """Give up what has been due for `GIVEN_UP_AFTER` and nobody tries, whoever was to send it.

    What somebody tries, or has tried and will again, is not due.
    """
    late = _waits(), Mail.due_at < clock.after(-GIVEN_UP_AFTER.total_seconds())
    ended = {"status": "failed", "fault": "late", "owner": None, "ended_at": clock.NOW}
    changed(session, update(Mail).where(*late).values(**ended))


def old(session: Session, now: datetime) -> Sequence[int]:
    """Return the numbers of mails that ended `KEPT` ago, `FORGOTTEN_AT_ONCE` at most."""
    ended = select(Mail.id).where(Mail.ended_at < now - KEPT)
    return session.scalars(ended.limit(FORGOTTEN_AT_ONCE)).all()


def remove(session: Session, mail_ids: Collection[int]) -> None:
    """Remove mails."""
    session.execute(delete(Mail).where(Mail.id.in_(mail_ids)))


def _fault(person: User, topic: str) -> str:
    """Say why a person is not to be sent a mail; "" where they are."""
    if not (person.active and is_address(person.mail_address or "")):
        return "no_address"
    return "" if topic == TRIAL_BY_MAIL or topic in offered(person.role) else "role"


def _waits() -> ColumnElement[bool]:
    return Mail.status == "waiting"
