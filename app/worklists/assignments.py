"""Whose a worklist is: everybody's, or that of the people it is assigned to, by a day.

What it means for who is given which image is in `app.worklists.queues`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from sqlalchemy import Select, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from app import audit
from app.announcing import LIST_ASSIGNED, announce
from app.db.conditions import is_open_to
from app.db.people import User
from app.db.reading import Assignee, Assignment, DoubleReading
from app.db.upsert import insert_into
from app.errors import Refused
from app.texts import _
from app.worklists.queues import WorklistName


@dataclass(frozen=True)
class Assigned:
    """Whom a worklist is assigned to.

    Attributes:
        people: ids of those who may log in, with their names, by name; nobody: it is everybody's.
        due: the day by which it is to be read, None where none was set.
        overdue: whether that day is over.
        readers: how many the plan of double reading asks for, where these people are fewer; else 0.
    """

    people: dict[int, str]
    due: date | None
    overdue: bool
    readers: int = 0

    def is_of(self, reader_id: int) -> bool:
        """Whether it is assigned to somebody."""
        return reader_id in self.people

    def is_open_to(self, reader_id: int) -> bool:
        """Whether somebody may read it."""
        return not self.people or self.is_of(reader_id)


NOBODY = Assigned({}, None, overdue=False)


def assigned(session: Session, now: datetime) -> dict[str, Assigned]:
    """Return whom each worklist is assigned to; one that is everybody's is left out.

    Args:
        now: the present moment; the day is that of the server's clock.
    """
    people: defaultdict[str, dict[int, str]] = defaultdict(dict)
    dues: dict[str, date | None] = {}
    rows = session.execute(
        select(Assignment.worklist, Assignment.due, User.id, User.name)
        .join(Assignee, Assignee.worklist == Assignment.worklist)
        .join(User, User.id == Assignee.reader_id)
        .where(User.active)
        .order_by(User.name)
    )
    for worklist, day, reader_id, name in rows:
        people[worklist][reader_id] = name
        dues[worklist] = date.fromisoformat(day) if day else None
    plans = {plan.worklist: plan for plan in session.scalars(select(DoubleReading))}
    today = now.astimezone().date()
    return {
        worklist: Assigned(
            people=names,
            due=(due := dues[worklist]),
            overdue=due is not None and due < today,
            readers=more_asked(plans.get(worklist), len(names)),
        )
        for worklist, names in people.items()
    }


def more_asked(plan: DoubleReading | None, people: int) -> int:
    """Return how many readers a plan of double reading asks for; 0 where there are enough.

    Args:
        plan: of the worklist.
        people: how many are named; 0 is everybody.
    """
    return plan.readers if plan and plan.share and 0 < people < plan.readers else 0


def own_first(
    known: dict[str, Assigned], reader_id: int, worklists: Sequence[WorklistName]
) -> list[WorklistName]:
    """Return the worklists that a person may read, their own first, else in the order given."""
    mine = [name for name in worklists if known.get(name, NOBODY).is_open_to(reader_id)]
    return sorted(mine, key=lambda name: not known.get(name, NOBODY).is_of(reader_id))


def may_read(session: Session, reader_id: int, worklist: WorklistName) -> bool:
    """Whether a worklist is everybody's or assigned to a person."""
    return session.scalar(_open_to(worklist), {"reader": reader_id}) is not None


def assign(
    session: Session, worklist: WorklistName, readers: Sequence[int], due: str, by: User
) -> None:
    """Assign a worklist to people, instead of to those it was assigned to.

    What somebody has in hand stays there: it is decided or runs out as ever.

    Args:
        readers: ids; none of them: it is everybody's again.
        due: the day by which it is to be read, `2026-12-04`; empty where none is set.
        by: the admin who asks.

    Raises:
        Refused: one of them is not there or may not log in, or the day is none.
    """
    chosen = sorted(set(readers))
    day = day_of(due) if chosen else None
    require_active(session, chosen, worklist)
    # This row makes two admins who assign one list go one after the other.
    row = insert_into(session.get_bind().dialect.name, Assignment)
    row = row.values(worklist=worklist, due=day)
    row = row.on_conflict_do_update(index_elements=[Assignment.worklist], set_={"due": day})
    session.execute(row)
    former = set(session.scalars(select(Assignee.reader_id).where(Assignee.worklist == worklist)))
    session.execute(delete(Assignee).where(Assignee.worklist == worklist))
    if chosen:
        rows = [{"worklist": worklist, "reader_id": reader_id} for reader_id in chosen]
        session.execute(insert(Assignee), rows)
    audit.record(session, by, "assign worklist", worklist, people=chosen, due=day)
    told = {"worklist": worklist, "named_list": None, "due": day}
    announce(session, LIST_ASSIGNED, by=by.id, named={*chosen} - former, **told)


def require_active(session: Session, people: Sequence[int], place: str) -> None:
    """Refuse people who are not there or may not log in.

    Args:
        session: an open unit of work.
        people: ids, each once.
        place: what they are named for.

    Raises:
        Refused: there is one.
    """
    active = session.scalars(select(User.id).where(User.id.in_(people), User.active)).all()
    if len(active) < len(people):
        raise Refused(
            _("One of these people is not there, or may not log in."),
            place,
            _("Reload the page and choose again."),
        )


def day_of(due: str) -> str | None:
    """Return a day as it is kept, None for an empty text.

    Raises:
        Refused: it is none.
    """
    try:
        return date.fromisoformat(due).isoformat() if due else None
    except ValueError:
        raise Refused(
            _("This is not a day."), "due", _("Write it as year, month and day: 2026-12-04.")
        ) from None


@cache
def _open_to(worklist: WorklistName) -> Select[int]:
    return select(1).where(is_open_to(worklist, bindparam("reader")))
