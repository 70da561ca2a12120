"""What lies on a reader's desk: the film, what comes next, and how far the reader has come."""

from datetime import datetime, timedelta
from functools import cache
from typing import Annotated, get_args

from pydantic import BaseModel, Field
from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app import renditions
from app.db.asking import ask
from app.db.conditions import stands
from app.db.reading import Annotation
from app.db.tables import UtcDateTime
from app.labels.history import Opinion, opinions
from app.reading.own_reads import Answer, former_answer
from app.reading.suggestions import Suggestion, suggestion
from app.viewer.films import ViewerImage, films_around, not_ready
from app.worklists import assignments, filters, queues
from app.worklists.filters import EVERYTHING, Asked, Filter
from app.worklists.items import COUNTED_AT_MOST, lease_read, remaining
from app.worklists.queues import WorklistName

IdempotencyKey = Annotated[str, Field(min_length=8, max_length=100)]
Milliseconds = Annotated[int | None, Field(ge=0, le=2**31 - 1, strict=True)]

AHEAD = 3
"""How many films the browser fetches while the reader looks at one."""

JUST_BEFORE = timedelta(milliseconds=1)


_TODAY = (
    select(Annotation.milliseconds)
    .where(
        Annotation.reader_id == bindparam("reader_id"),
        Annotation.at >= bindparam("midnight", type_=UtcDateTime()),
        stands(Annotation),
    )
    .cte("today")
)
_COUNT_TODAY = select(func.count()).select_from(_TODAY)


class Item(BaseModel):
    """The image in the reader's hands."""

    film: ViewerImage
    position: int
    others: list[ViewerImage]
    """The other images of the same study, to look at."""
    suggestion: Suggestion | None
    opinions: list[Opinion]
    """To adjudicate: what the independent readers said."""
    former: Answer | None
    """What this reader had said of it here and has taken back, to be filled in again."""


class Desk(BaseModel):
    """The answer to every request for the next image."""

    worklist: WorklistName
    item: Item | None
    """None where nothing is left for this reader at the moment."""
    leased_until: datetime | None
    """When the lease of the item runs out; what gives it back names this moment."""
    upcoming: list[ViewerImage]
    """What this reader would be given next, to fetch ahead; not leased."""
    remaining: int
    """Open reads of the worklist, in others' hands or not; none of a named list of others."""
    uncounted: bool
    """True where there are more than `remaining`."""
    read_today: int
    seconds_per_image: float | None
    """The reader's own pace: the median of today's reads; None before the first."""
    elsewhere: dict[WorklistName, int]
    """What other worklists still have that this reader may read, where this one has nothing."""
    for_others: bool
    """Whether there is no item because the worklist is assigned to other people."""
    filtered: bool
    """Whether a filter was asked for; then `upcoming` and `remaining` are what it lets through."""
    without_filter: int | None
    """Open reads without the filter, where nothing it lets through is left for this reader."""


def next_on_desk(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    lease_seconds: int,
    now: datetime,
    wanted: Filter = EVERYTHING,
    keep: int | None = None,
    with_former: bool = False,
) -> Desk:
    """Lease the next image of a worklist for a reader who is locked, and describe it.

    Args:
        lease_seconds: how long the image is kept for the reader.
        now: the present moment, UTC.
        wanted: what the reader wants to see of the worklist.
        keep: an image that is shown, wanted or not: the one of an undo.
        with_former: whether to look for what the reader had said of it: where a page opens or an
            undo came before; what comes after a decision is not kept waiting for it.

    Raises:
        Refused: the worklist cannot be filtered so.
        Conflict: the filter is by what the labeler thinks, and review is blind first.
    """
    filters.require_open_to(session, worklist, wanted)
    read = lease_read(session, reader_id, worklist, lease_seconds, now, wanted, keep)
    item, upcoming = None, list[ViewerImage]()
    if read:
        item, upcoming = _laid_out(session, reader_id, worklist, read, now, wanted)
        _have_made(session, item, upcoming, now)
    if item and with_former:
        item.former = former_answer(session, reader_id, worklist, item.film.image_id)
    left, today, milliseconds = _progress(session, reader_id, worklist, now, wanted)
    empty = wanted.asked and not read
    return Desk(
        worklist=worklist,
        item=item,
        leased_until=now + timedelta(seconds=lease_seconds) if read else None,
        upcoming=upcoming,
        remaining=min(left, COUNTED_AT_MOST),
        uncounted=left >= COUNTED_AT_MOST,
        read_today=today,
        seconds_per_image=None if milliseconds is None else float(milliseconds) / 1000,
        elsewhere={} if read else _elsewhere(session, worklist, reader_id, now),
        for_others=not read and not assignments.may_read(session, reader_id, worklist),
        filtered=bool(wanted.asked),
        without_filter=remaining(session, worklist, reader_id) if empty else None,
    )


def _have_made(
    session: Session, item: Item | None, upcoming: list[ViewerImage], now: datetime
) -> None:
    """Ask for the pixels that the reader sees next; those in hands are asked for last, and so
    made first."""
    in_hands = [item.film, *item.others] if item else []
    for films, moment in ((upcoming, now - JUST_BEFORE), (in_hands, now)):
        if missing := not_ready(films):
            renditions.want(session, missing, moment)


def read_today(session: Session, reader_id: int, now: datetime) -> int:
    """Count this reader's standing reads since midnight, on the server's clock."""
    asked = {"reader_id": reader_id, "midnight": midnight(now)}
    return session.scalar(_COUNT_TODAY, asked) or 0


def _progress(
    session: Session, reader_id: int, worklist: WorklistName, now: datetime, wanted: Filter
) -> Row[int, int, float | None]:
    """Count what is left of a worklist and what was read today; the median milliseconds of that."""
    asked = {
        "reader_id": reader_id,
        "midnight": midnight(now),
    } | wanted.values
    return ask(session, _left_and_today(worklist, wanted.asked), asked).one()


@cache
def _left_and_today(worklist: WorklistName, conditions: Asked) -> Select[int, int, float | None]:
    """Select what `_progress` returns: one row, however long the day was."""
    timed = _TODAY.c.milliseconds
    place = func.row_number().over(order_by=timed).label("place")
    ranked = select(timed, place, func.count().over().label("of")).where(timed.is_not(None))
    ranks = ranked.subquery()
    # The one in the middle, or the two.
    middle = (2 * ranks.c.place).between(ranks.c.of, ranks.c.of + 2)
    return select(
        queues.counted(worklist, COUNTED_AT_MOST, conditions).scalar_subquery(),
        _COUNT_TODAY.scalar_subquery(),
        select(func.avg(ranks.c.milliseconds)).where(middle).scalar_subquery(),
    )


def midnight(now: datetime) -> datetime:
    """Return when the present day began, on the server's clock."""
    return now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)


def _elsewhere(
    session: Session, worklist: WorklistName, reader_id: int, now: datetime
) -> dict[WorklistName, int]:
    others = [name for name in get_args(WorklistName) if name != worklist]
    mine = assignments.own_first(assignments.assigned(session, now), reader_id, others)
    counts = {name: remaining(session, name, reader_id) for name in mine}
    return {name: count for name, count in counts.items() if count}


def _laid_out(
    session: Session,
    reader_id: int,
    worklist: WorklistName,
    read: tuple[int, int],
    now: datetime,
    wanted: Filter,
) -> tuple[Item | None, list[ViewerImage]]:
    """Describe the read in hands and what comes after it; no item where its film is missing."""
    image_id, _turn = read
    around = films_around(session, reader_id, worklist, *read, AHEAD, now, wanted)
    if around.shown is None:
        return None, around.ahead
    item = Item(
        film=around.shown,
        position=around.position,
        others=around.of_study,
        suggestion=suggestion(session, image_id, reader_id) if worklist == "review" else None,
        opinions=opinions(session, image_id) if worklist == "adjudication" else [],
        former=None,
    )
    return item, around.ahead
