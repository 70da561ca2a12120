"""How many reads of a worklist that is read blind wait for somebody.

The badge of every page, the first page and the reading room count so. It lies beside the features,
as the badges do, and below the worklists, which count further lists and with filters.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, ScalarSelect, Select, func, select

from app.db.conditions import is_of_others
from app.db.named_lists import NamedList
from app.db.reading import UNNAMED, WorklistItem
from app.db.tables import written

_ORDER = WorklistItem.position, WorklistItem.turn


def counted(worklist: str, reader: Any, at_most: ColumnElement[int]) -> ColumnElement[int]:
    """Return the number of open reads of a worklist that are not on a named list of others.

    Those of no list are counted in their order by an index of their own, and those of each list by
    its own: reads of others, however many there are, are not passed over one by one.

    Args:
        worklist: as the tables call it.
        reader: a value of people's ids.
        at_most: how far to count those of no named list, and those of each; written into the
            statement, since PostgreSQL would else expect a tenth of the table.

    Returns:
        An expression; more than `at_most` where several parts together are.
    """
    is_open = WorklistItem.done.is_(False)
    listed = WorklistItem.worklist == written(worklist), is_open
    if worklist != "seed":
        return up_to(_reads().where(*listed), at_most)
    of_none = _reads().where(*listed, UNNAMED)
    of_list = _reads().where(WorklistItem.named_list_id == NamedList.id, is_open)
    of_each = func.sum(up_to(of_list.correlate(NamedList), at_most))
    named = select(func.coalesce(of_each, written(0)).cast(Integer)).select_from(NamedList)
    theirs = named.where(~is_of_others(NamedList.id, reader)).scalar_subquery()
    return up_to(of_none, at_most) + theirs


def _reads() -> Select[int]:
    """Select reads in the order in which they are handed out: no database sorts then."""
    return select(written(1)).select_from(WorklistItem).order_by(*_ORDER)


def up_to(rows: Select[int], at_most: ColumnElement[int]) -> ScalarSelect[int]:
    """Count rows, up to a number: what is beyond it is not looked for."""
    return select(func.count()).select_from(rows.limit(at_most).subquery()).scalar_subquery()
