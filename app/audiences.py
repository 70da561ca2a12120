"""Who is told of what happens: conditions on people, which `app.announcing` declares by topic.

Nobody but an admin is told anything that follows from what was said of an image, by people or by a
model: readers are told of lists, which they are shown anyhow (`app.blindness`).
"""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.orm import aliased

from app.db.conditions import is_open_to
from app.db.learning import Run
from app.db.people import User
from app.db.reading import Assignee

What = Mapping[str, int | str | None]
"""Ids, and words of our own."""
Audience = Callable[[What, Collection[int]], ColumnElement[bool]]
"""Given what has happened, and the people whom it names, which of all people are told."""


def nobody(_what: What, _named: Collection[int]) -> ColumnElement[bool]:
    """Tell programs alone."""
    return false()


def admins(_what: What, _named: Collection[int]) -> ColumnElement[bool]:
    """Tell every admin."""
    return User.role == "admin"


def who_asked_for_the_run(what: What, _named: Collection[int]) -> ColumnElement[bool]:
    """Tell whoever asked for a run, and every admin of one that failed."""
    if what["status"] == "failed":
        return User.role == "admin"
    asked = select(Run.requested_by).where(Run.id == what["run"]).scalar_subquery()
    return User.id == asked


def readers_of_the_list(what: What, _named: Collection[int]) -> ColumnElement[bool]:
    """Tell the people a worklist is assigned to, or every reader where it is everybody's."""
    worklist = str(what["worklist"])
    mine = aliased(Assignee)
    assigned = exists().where(mine.worklist == worklist, mine.reader_id == User.id)
    reads = or_(User.role == "reader", assigned.correlate_except(mine))
    return reads & is_open_to(worklist, User.id)


def those_named(_what: What, named: Collection[int]) -> ColumnElement[bool]:
    """Tell the people whom it names."""
    return User.id.in_(named)
