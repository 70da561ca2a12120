"""How far named lists are: of all their readers together, and of one of them."""

from collections.abc import Sequence

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.db.conditions import stands
from app.db.reading import Annotation, WorklistItem
from app.worklists.queues import Queue


def of_all(session: Session, list_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many reads each list has, and how many of them are open."""
    rows = session.execute(
        select(
            WorklistItem.named_list_id,
            func.count(),
            func.count().filter(WorklistItem.done.is_(False)),
        )
        .where(WorklistItem.named_list_id.in_(list_ids))
        .group_by(WorklistItem.named_list_id)
    )
    return {list_id: (reads, still) for list_id, reads, still in rows if list_id is not None}


def of_person(
    session: Session, list_ids: Sequence[int], reader_id: int
) -> dict[int, tuple[int, int]]:
    """Return how many films of each list are a person's, read by them or to be, and the latter."""
    mine = Annotation.image_id == WorklistItem.image_id, Annotation.reader_id == reader_id
    read = exists().where(*mine, Annotation.worklist == "seed", stands(Annotation))
    films = func.count(WorklistItem.image_id.distinct())
    of_lists = WorklistItem.named_list_id.in_(list_ids)
    counted = WorklistItem.named_list_id, films
    made = select(*counted).where(of_lists, read)
    waiting = Queue("seed").unread_by(reader_id).where(of_lists).with_only_columns(*counted)
    done: dict[int, int] = {}
    still: dict[int, int] = {}
    for found, query in ((done, made), (still, waiting)):
        rows = session.execute(query.group_by(WorklistItem.named_list_id))
        found.update({list_id: count for list_id, count in rows if list_id is not None})
    return {each: (done.get(each, 0) + still.get(each, 0), still.get(each, 0)) for each in list_ids}
