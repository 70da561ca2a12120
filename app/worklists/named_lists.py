"""Named lists: parts of the seed worklist that an admin has chosen, each with its people and day.

What is read of them is a read of the seed set like any other; a named list only says who is handed
it, under which name. While it is assigned to people, nobody else is (`app.worklists.queues`). Once
it is ended, what is left of it is everybody's.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from app import audit
from app.announcing import LIST_ASSIGNED, LIST_FILLED, announce
from app.db import clock
from app.db.changes import changed_one
from app.db.conditions import is_of_others, is_open_to
from app.db.named_lists import NamedList, NamedListReader
from app.db.people import User
from app.db.reading import DoubleReading, WorklistItem
from app.db.upsert import insert_into
from app.errors import Conflict, NotFound, Refused
from app.texts import _
from app.worklists import named_counts
from app.worklists.assignments import (
    Assigned,
    day_of,
    may_read,
    more_asked,
    require_active,
)
from app.worklists.queues import WorklistName
from app.workspace import locked_workspace

LONGEST_NAME = 80
"""Characters."""
MOST = 100
"""Named lists that there may be at a time: a page shows them all."""
SEED: WorklistName = "seed"


@dataclass(frozen=True)
class Named:
    """A named list that has not ended.

    Attributes:
        list_id: its number.
        name: as the admin wrote it.
        assigned: whose it is, and by which day.
        reads: how many it has; a film that several people read counts once for each. Of a person:
            how many are theirs, made or to be made.
        open: how many of them are still to be made.
    """

    list_id: int
    name: str
    assigned: Assigned
    reads: int
    open: int


def make(
    session: Session,
    image_ids: Sequence[int],
    name: str,
    people: Sequence[int],
    due: str,
    by: User,
) -> int:
    """Give open reads of the seed worklist a name of their own; return the list's number.

    Args:
        session: an open unit of work.
        image_ids: of films that were put on the seed worklist just now.
        name: what readers see.
        people: ids of those who read it; none of them: everybody.
        due: the day by which it is to be read, `2026-12-04`; empty where none is set.
        by: the admin.

    Raises:
        Refused: there is no film, the name is empty, too long or taken, somebody may not log in or
            read the seed worklist, or the day is none.
        Conflict: there are as many as there may be.
    """
    if not image_ids:
        raise Refused(
            _("None of these films goes to the seed list now, so they make no list of their own."),
            _("named list"),
            _("Choose films of the development split that nobody has read and that wait nowhere."),
        )
    standing = select(func.count()).where(NamedList.ended_at.is_(None))
    if (session.scalar(standing) or 0) >= MOST:
        raise Conflict(
            _("There are {number} named lists already.", number=MOST),
            _("named list"),
            _("End one that is read."),
        )
    day = day_of(due)
    # The index decides between two at once. A lock would wait here for somebody who waits for the
    # films that this unit of work has put on the worklist.
    row = insert_into(session.get_bind().dialect.name, NamedList).on_conflict_do_nothing()
    named = row.values(name=_written(name), due=day).returning(NamedList.id)
    list_id: int | None = session.scalar(named)
    if list_id is None:
        raise _taken()
    added = _hand_to(session, list_id, people)
    mine = WorklistItem.worklist == SEED, WorklistItem.image_id.in_(image_ids)
    session.execute(update(WorklistItem).where(*mine).values(named_list_id=list_id))
    told = {"images": len(image_ids), "people": sorted(set(people)), "due": day}
    audit.record(session, by, "make named list", _subject(list_id), **told)
    if added:
        _tell(session, list_id, added, day, by)
    else:
        announce(session, LIST_FILLED, by=by.id, worklist=SEED)
    return list_id


def change(
    session: Session, list_id: int, name: str, people: Sequence[int], due: str, by: User
) -> None:
    """Give a named list another name, other people or another day.

    What somebody has in hand stays there: it is decided or runs out as ever.

    Raises:
        NotFound: there is none, or it was ended.
        Refused: as for `make`.
    """
    locked_workspace(session)
    _require(session, list_id)
    day = day_of(due)
    values = {"name": _free(session, _written(name), list_id), "due": day}
    session.execute(update(NamedList).where(NamedList.id == list_id).values(values))
    added = _hand_to(session, list_id, people)
    told = {"people": sorted(set(people)), "due": day}
    audit.record(session, by, "change named list", _subject(list_id), **told)
    _tell(session, list_id, added, day, by)


def end(session: Session, list_id: int, by: User) -> None:
    """End a named list: what is left of it waits on the seed worklist for everybody.

    Raises:
        NotFound: there is none, or it was ended.
    """
    ending = update(NamedList).where(NamedList.id == list_id, NamedList.ended_at.is_(None))
    if not changed_one(session, ending.values(ended_at=clock.NOW)):
        raise _no_such(list_id)
    audit.record(session, by, "end named list", _subject(list_id))


def standing(session: Session, now: datetime, reader_id: int | None = None) -> list[Named]:
    """Return the named lists that have not ended, by name.

    Args:
        session: an open unit of work.
        now: the present moment; the day is that of the server's clock.
        reader_id: whose reads are counted, and not others'; their lists are left out.
    """
    found = select(NamedList.id, NamedList.name, NamedList.due).where(NamedList.ended_at.is_(None))
    if reader_id is not None:
        found = found.where(~is_of_others(NamedList.id, reader_id))
    rows = session.execute(found.order_by(NamedList.name)).all()
    people = _people(session)
    ids = [row.id for row in rows]
    counts = (
        named_counts.of_all(session, ids)
        if reader_id is None
        else named_counts.of_person(session, ids, reader_id)
    )
    plan = session.get(DoubleReading, SEED)
    today = now.astimezone().date()
    lists = []
    for list_id, name, day in rows:
        due = date.fromisoformat(day) if day else None
        overdue = due is not None and due < today
        named = people.get(list_id, {})
        whose = Assigned(named, due, overdue, more_asked(plan, len(named)))
        lists.append(Named(list_id, name, whose, *counts.get(list_id, (0, 0))))
    return lists


def to_read(session: Session, reader_id: int) -> list[Named]:
    """Return the named lists of which reads are open to a person: their own first."""
    if not may_read(session, reader_id, SEED):
        return []
    theirs = [each for each in standing(session, clock.moment(session), reader_id) if each.open]
    return sorted(theirs, key=lambda each: not each.assigned.is_of(reader_id))


def name_of(session: Session, list_id: int | None, reader_id: int) -> str:
    """Return what a list is called, empty where there is none or it is others' to read."""
    if list_id is None:
        return ""
    theirs = is_of_others(NamedList.id, reader_id)
    found = select(NamedList.name).where(
        NamedList.id == list_id, NamedList.ended_at.is_(None), ~theirs
    )
    return session.scalar(found) or ""


def _people(session: Session) -> dict[int, dict[int, str]]:
    rows = session.execute(
        select(NamedListReader.named_list_id, User.id, User.name)
        .join(User, User.id == NamedListReader.reader_id)
        .join(NamedList, NamedList.id == NamedListReader.named_list_id)
        .where(User.active, NamedList.ended_at.is_(None), is_open_to(SEED, User.id))
        .order_by(User.name)
    )
    found: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for list_id, reader_id, name in rows:
        found[list_id][reader_id] = name
    return found


def _hand_to(session: Session, list_id: int, people: Sequence[int]) -> set[int]:
    """Give a list to people instead of those who have it; return whose it was not before."""
    chosen = sorted(set(people))
    require_active(session, chosen, _("named list"))
    if not all(may_read(session, reader_id, SEED) for reader_id in chosen):
        raise Refused(
            _("The seed set is assigned, and not to all of these people."),
            _("named list"),
            _("Assign the seed set to them too, or choose others."),
        )
    of_list = NamedListReader.named_list_id == list_id
    former = set(session.scalars(select(NamedListReader.reader_id).where(of_list)))
    session.execute(delete(NamedListReader).where(of_list))
    if chosen:
        rows = [{"named_list_id": list_id, "reader_id": reader_id} for reader_id in chosen]
        session.execute(insert(NamedListReader), rows)
    return {*chosen} - former


def _tell(session: Session, list_id: int, people: set[int], day: str | None, by: User) -> None:
    told = {"worklist": SEED, "named_list": list_id, "due": day}
    announce(session, LIST_ASSIGNED, by=by.id, named=people, **told)


def _written(name: str) -> str:
    """Return a name as it is kept."""
    written = " ".join(name.split())
    if not 0 < len(written) <= LONGEST_NAME:
        raise Refused(
            _("A list needs a name of {number} characters at most.", number=LONGEST_NAME),
            _("named list"),
            _("Write a name."),
        )
    return written


def _free(session: Session, written: str, but: int) -> str:
    """Return a name if no other list has it."""
    same = select(NamedList.id).where(
        NamedList.name == written, NamedList.ended_at.is_(None), NamedList.id != but
    )
    if session.scalar(same) is not None:
        raise _taken()
    return written


def _taken() -> Refused:
    return Refused(_("There is a list of this name."), _("named list"), _("Choose another name."))


def _require(session: Session, list_id: int) -> None:
    found = select(NamedList.id).where(NamedList.id == list_id, NamedList.ended_at.is_(None))
    if session.scalar(found) is None:
        raise _no_such(list_id)


def _no_such(list_id: int) -> NotFound:
    return NotFound(
        _("There is no such list, or it was ended."),
        _("named list {number}", number=list_id),
        _("Reload the page."),
    )


def _subject(list_id: int) -> str:
    return f"named list {list_id}"
