"""How far named lists are: of all their readers together, and of one of them."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app.db.conditions import stands
from app.db.reading import Annotation, WorklistItem
from app.worklists.queues import Queue

Counts = dict[int, tuple[int, int]]
"""Of each list: how many reads it has, and how many of them are open."""

BY_LIST = select(
    WorklistItem.named_list_id, func.count(), func.count().filter(WorklistItem.done.is_(False))
).group_by(WorklistItem.named_list_id)
"""The same as rows; those of no named list together."""


def of_all(session: Session, list_ids: Sequence[int]) -> Counts:
    """Return how many reads each list has, and how many of them are open."""
    rows = session.execute(BY_LIST.where(WorklistItem.named_list_id.in_(list_ids)))
    return {list_id: (reads, still) for list_id, reads, still in rows if list_id is not None}


def of_person(session: Session, list_ids: Sequence[int], reader_id: int) -> Counts:
    """Return how many films of each list are a person's, read by them or to be, and the latter."""
    if not list_ids:
        return {}
    mine = Annotation.image_id == WorklistItem.image_id, Annotation.reader_id == reader_id
    read = exists().where(*mine, Annotation.worklist == "seed", stands(Annotation))
    counted = WorklistItem.named_list_id, func.count(WorklistItem.image_id.distinct())
    made = select(*counted).where(WorklistItem.named_list_id.in_(list_ids), read)
    # By their numbers: else SQLite walks all open reads of the seed set, with statistics too.
    listed = aliased(WorklistItem)
    still_open = listed.named_list_id.in_(list_ids), listed.done.is_(False)
    waiting = (
        Queue("seed")
        .unread_by(reader_id)
        .where(WorklistItem.id.in_(select(listed.id).where(*still_open)))
        .with_only_columns(*counted)
    )
    done, still = (
        {list_id: count for list_id, count in session.execute(of_each) if list_id is not None}
        for of_each in (each.group_by(WorklistItem.named_list_id) for each in (made, waiting))
    )
    return {each: (done.get(each, 0) + still.get(each, 0), still.get(each, 0)) for each in list_ids}
