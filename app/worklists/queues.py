"""The open reads of a worklist as SQL, written once and asked with values.

Putting a statement together costs SQLAlchemy several times what SQLite needs to answer it, and a
reader waits for a dozen of them: so each is built once for a worklist.
"""

from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app import open_reads
from app.blindness import INDEPENDENT, in_review, may_read_blind, may_review
from app.db.conditions import counts, is_of_others, is_open_to, says, stands
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, Lease, Skip, WorklistItem
from app.db.tables import UtcDateTime, written
from app.sweeps import LATEST_SWEEP
from app.worklists import filters
from app.worklists.filters import Asked

WorklistName = Literal["seed", "validation", "audit", "adjudication", "review"]

READER: ColumnElement[int] = bindparam("reader_id")
NOW: ColumnElement[Any] = bindparam("now", type_=UtcDateTime())
Place = tuple[int, int, int]
"""An image, the turn of its read, and its position in the worklist."""


class Queue:
    """The open reads of one worklist: where they stand, and what makes them open.

    Args:
        worklist: `seed`, `validation`, `audit`, `adjudication`, or `review`: the pseudo-labels of
            the latest sweep that need it.
        asked: the conditions of a filter; its values are bound when a statement is executed.
    """

    def __init__(self, worklist: WorklistName, asked: Asked = ()) -> None:
        self.worklist, self.named = worklist, written(worklist)
        self.table: type[PseudoLabel | WorklistItem]
        self.position: InstrumentedAttribute[Any]
        self.order: tuple[SQLColumnExpression[Any], ...]
        self.turn: SQLColumnExpression[int]
        if worklist == "review":
            self.table, self.position = PseudoLabel, PseudoLabel.review_order
            self.turn, self.order = literal(1), (PseudoLabel.review_order,)
            self.listed = PseudoLabel.sweep_id == LATEST_SWEEP.scalar_subquery()
            self.open = and_(self.listed, in_review())
        else:
            self.table, self.position = WorklistItem, WorklistItem.position
            self.turn = WorklistItem.turn
            self.order = (WorklistItem.position, WorklistItem.turn)
            self.listed = WorklistItem.worklist == self.named
            self.open = and_(self.listed, WorklistItem.done.is_(False))
        self.open = and_(self.open, *filters.conditions(worklist, asked))
        self.image = self.table.image_id

    def unread_by(self, reader_id: Any) -> Select[*Place]:
        """Select the open reads that are for a reader, to whom the worklist is open.

        Those of images the reader has not read on this worklist and knows nothing of that must not
        be known. To adjudicate, of those the reader has not read at all, as long as there is
        anybody else who reads and has not.
        """
        reads = Annotation.image_id == self.image, Annotation.reader_id == reader_id
        own = exists().where(*reads, stands(Annotation))
        open_reads = select(self.image, self.turn, self.position).where(self.open)
        theirs = is_open_to(self.worklist, reader_id)
        if self.worklist == "adjudication":
            biased = exists().where(*reads, _has_read(Annotation))
            return open_reads.where(theirs, or_(~biased, ~self._someone_unbiased()))
        read = own.where(Annotation.worklist == self.named)
        if self.worklist == "review":
            # One condition: SQLite takes each for one more that few rows meet, and would sort.
            return open_reads.where(~or_(read, ~may_review(reader_id), ~theirs))
        unread = open_reads.where(theirs, ~read)
        compared = exists().where(*reads, Annotation.worklist == self.named, counts(Annotation))
        # What its reader took back too late is that reader's, and nobody reads an image twice.
        first = and_(WorklistItem.final.is_(False), ~compared)
        again = and_(WorklistItem.final, compared.where(Annotation.turn == self.turn))
        mine = ~is_of_others(WorklistItem.named_list_id, reader_id)
        return unread.where(or_(again, and_(first, may_read_blind(reader_id, WorklistItem), mine)))

    def free_for(self, reader_id: Any, now: Any) -> Select[*Place]:
        """Select the unread images in no other reader's hands, in order."""
        elsewhere = exists().where(
            Lease.image_id == self.image,
            Lease.turn == self.turn,
            Lease.reader_id != reader_id,
            Lease.expires_at > now,
        )
        return self.unread_by(reader_id).where(~elsewhere).order_by(*self.order)

    def unskipped_by(self, reader_id: Any, now: Any) -> Select[*Place]:
        """Select the reads free for a reader, without those the reader has skipped, in order."""
        return self.free_for(reader_id, now).where(~exists().where(self.skip_of(reader_id)))

    def skip_of(self, reader_id: Any) -> ColumnElement[bool]:
        """Return the condition that a Skip row is this reader's for this image."""
        return and_(
            Skip.reader_id == reader_id,
            Skip.worklist == self.named,
            Skip.image_id == self.image,
        )

    def never_leased(self) -> ColumnElement[bool]:
        """Return the condition that nobody holds a read, nor has let it run out."""
        leased = Lease.image_id == self.image, Lease.turn == self.turn
        return ~exists().where(*leased)

    def position_in_hands(self) -> ColumnElement[int]:
        """Return the position of the read `image_id` and `turn`, open or not."""
        mine = self.image == bindparam("image_id"), self.turn == bindparam("turn")
        found = select(self.position).where(self.listed, *mine)
        return found.correlate(None).scalar_subquery()

    def _someone_unbiased(self) -> ColumnElement[bool]:
        """Return the condition that somebody has read nothing of the image: an active person who
        reads, and to whom the worklist is open."""
        reading, own = aliased(Annotation), aliased(Annotation)
        read = own.image_id == self.image, own.reader_id == User.id, _has_read(own)
        has_read = exists().where(*read)
        return exists().where(
            User.active,
            is_open_to(self.worklist, User.id),
            exists().where(reading.reader_id == User.id),
            ~has_read.correlate_except(own),
        )


def _has_read(annotation: type[Annotation]) -> ColumnElement[bool]:
    """Return the condition that an annotation makes its reader no unbiased adjudicator.

    Independent reads do for good: to take one back is no way to decide between it and another.
    """
    independent = and_(annotation.worklist.in_(INDEPENDENT), says(annotation))
    return or_(independent, stands(annotation))


@cache
def own(worklist: WorklistName, asked: Asked = ()) -> Select[*Place]:
    """Select one read, `image_id` and `turn`, if it is still open to the reader at `now`."""
    queue = Queue(worklist, asked)
    mine = queue.image == bindparam("image_id"), queue.turn == bindparam("turn")
    return queue.free_for(READER, NOW).where(*mine)


@cache
def first(worklist: WorklistName, asked: Asked = ()) -> Select[*Place]:
    """Select and lock the first read for a reader; what others have locked is passed over."""
    queue = Queue(worklist, asked)
    free = queue.unskipped_by(READER, NOW)
    return free.limit(written(1)).with_for_update(of=queue.table, skip_locked=True)


@cache
def first_skipped(worklist: WorklistName, asked: Asked = ()) -> Select[*Place]:
    """Select and lock the read the reader skipped the longest ago."""
    queue = Queue(worklist, asked)
    free = queue.free_for(READER, NOW).join(Skip, queue.skip_of(READER))
    free = free.order_by(None).order_by(Skip.at, Skip.id).limit(written(1))
    return free.with_for_update(of=queue.table, skip_locked=True)


@cache
def first_locked(worklist: WorklistName, asked: Asked = ()) -> Select[*Place]:
    """Select the first read for a reader, without locking it, though it may be locked.

    A new order locks a whole list for as long as it takes to write. What has been leased, also what
    has run out, is left alone: its holder may be deciding it, and waiting for this reader.
    """
    queue = Queue(worklist, asked)
    return queue.unskipped_by(READER, NOW).where(queue.never_leased()).limit(written(1))


@cache
def ahead(worklist: WorklistName, count: int, asked: Asked = ()) -> Select[*Place]:
    """Select the next few reads for a reader.

    With a filter only what comes after the one in hands, `image_id` and `turn`: what the filter
    passes over is passed over once for a request.
    """
    queue = Queue(worklist, asked)
    onward = (queue.position >= queue.position_in_hands(),) if asked else ()
    held = exists().where(Lease.image_id == queue.image, Lease.reader_id == READER)
    return queue.unskipped_by(READER, NOW).where(*onward, ~held).limit(written(count))


@cache
def counted(worklist: WorklistName, most: int, asked: Asked = ()) -> Select[int]:
    """Count the open reads that are not on a named list of others, up to some or a few more.

    In their order: PostgreSQL would else go through the whole table for the first few, and find
    none where a list that it takes for open is done.
    """
    queue, at_most = Queue(worklist, asked), written(most)
    if worklist != "review" and not asked:
        return select(open_reads.counted(worklist, READER, at_most))
    some = select(written(1)).select_from(queue.table).where(queue.open).order_by(*queue.order)
    if worklist == "seed":
        some = some.where(~is_of_others(WorklistItem.named_list_id, READER))
    return select(func.count()).select_from(some.limit(at_most).subquery())
