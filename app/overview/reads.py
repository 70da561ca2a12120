"""How far the lists are that are read blind, where an image may have several readers."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.blindness import INDEPENDENT
from app.db.reading import WorklistItem


@dataclass(frozen=True)
class Reads:
    """The images of a list.

    Attributes:
        images: all of them.
        begun: read by one reader at least.
        complete: read by everybody who is to read them.
        several: to be read by more than one reader.
        all_of_several: of these, read by all their readers.
    """

    images: int = 0
    begun: int = 0
    complete: int = 0
    several: int = 0
    all_of_several: int = 0


def of_lists(session: Session) -> dict[str, Reads]:
    """Return how far the seed set and the validation split are: {worklist: reads}."""
    done = func.sum(case((WorklistItem.done, 1), else_=0)).label("done")
    image = (
        select(WorklistItem.worklist, func.count().label("asked"), done)
        .where(WorklistItem.worklist.in_(INDEPENDENT))
        .group_by(WorklistItem.worklist, WorklistItem.image_id)
        .subquery()
    )
    whole, several = image.c.done == image.c.asked, image.c.asked > 1
    rows = session.execute(
        select(
            image.c.worklist,
            func.count(),
            func.count().filter(image.c.done > 0),
            func.count().filter(whole),
            func.count().filter(several),
            func.count().filter(several, whole),
        ).group_by(image.c.worklist)
    )
    found = {worklist: Reads(*counts) for worklist, *counts in rows}
    return {worklist: found.get(worklist, Reads()) for worklist in INDEPENDENT}
