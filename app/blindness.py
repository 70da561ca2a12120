"""Who may know what about an image that is, or may still be, read blind.

Asked by whatever could tell: worklists, counts, the grid, suggestions, attention maps, histories.

- **What others said** of an image nobody but an admin may see while a read or review of it is open
  to anybody; nor while the images of its worklist are read by several readers, since then the very
  answer would tell whether they agree.
- **Who has seen it** all the same, an admin or a reader before the image was opened again, is not
  handed that image blind (`is_known_to`).
- **What the labeler thinks** of an image that is on a blind worklist is in nobody's review
  (`is_read_blind`), so it is neither shown nor counted, nor does it leave a gap in an order.

Nothing here depends on what was said: only on what is listed, open and seen. So two archives in
which readers or the labeler said different things answer a reader who must not know alike.

It lies beside the features, not in one of them, so that every feature may ask it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.archive import Workspace
from app.db.conditions import says
from app.db.learning import PseudoLabel
from app.db.people import User
from app.db.reading import Annotation, DoubleReading, Sight, Skip, WorklistItem
from app.db.review import BlindRead
from app.db.tables import written
from app.errors import Conflict
from app.sweeps import LATEST_SWEEP
from app.texts import _

INDEPENDENT = ("seed", "validation")
"""The worklists whose images several readers may read independently."""
BLIND = (*INDEPENDENT, "audit")
"""The worklists that are read without knowing what readers or the labeler said."""
OF_REVIEW = ("review", "grid")
_OF_REVIEW = [written(each) for each in OF_REVIEW]
_REVIEW = written("review")
NEVER_IN_REVIEW = ("predicted", "accepted", "excluded")
"""States of pseudo-labels that no reader is shown: most never were."""
BLIND_FIRST = exists().where(Workspace.blind_first)


def is_read_blind(image: Any) -> ColumnElement[bool]:
    """Return the condition that an image is in nobody's review.

    It is read for the seed set or the validation split, or waits for an audit or an adjudicator.

    Args:
        image: a column, or a value, of image ids.
    """
    item = aliased(WorklistItem)
    listed = or_(item.worklist.in_(INDEPENDENT), item.done.is_(False))
    return exists().where(item.image_id == image, listed).correlate_except(item)


def in_review() -> ColumnElement[bool]:
    """Return the condition that a pseudo-label waits for review by somebody."""
    return and_(PseudoLabel.status == "needs_review", ~is_read_blind(PseudoLabel.image_id))


def is_known_to(reader: Any, image: Any) -> ColumnElement[bool]:
    """Return the condition that a reader has seen what somebody else said of an image."""
    sight, other = aliased(Sight), aliased(Annotation)
    mine = sight.user_id == reader, or_(sight.image_id == image, sight.image_id.is_(None))
    seen = select(func.max(sight.at)).where(*mine).correlate_except(sight).scalar_subquery()
    others = other.image_id == image, other.reader_id != reader, says(other), other.at <= seen
    return exists().where(*others).correlate_except(other)


def has_unseen(reader: Any, image: Any) -> ColumnElement[bool]:
    """Return the condition that others have said something of an image since a reader last saw."""
    sight, other = aliased(Sight), aliased(Annotation)
    mine = sight.user_id == reader, or_(sight.image_id == image, sight.image_id.is_(None))
    seen = exists().where(*mine, sight.at >= other.at).correlate_except(sight)
    others = other.image_id == image, other.reader_id != reader, says(other), ~seen
    return exists().where(*others).correlate_except(other)


def was_shown_in_review(reader: Any, image: Any) -> ColumnElement[bool]:
    """Return the condition that a reader decided on an image in review, or passed over it there.

    Whoever did has seen what the labeler thinks of it.
    """
    own, skip = aliased(Annotation), aliased(Skip)
    decided = own.image_id == image, own.reader_id == reader, own.worklist == _REVIEW
    passed = skip.image_id == image, skip.reader_id == reader, skip.worklist.in_(_OF_REVIEW)
    return or_(
        exists().where(*decided).correlate_except(own),
        exists().where(*passed).correlate_except(skip),
    )


def has_learned_since(reader: Any, image: Any, moment: datetime) -> ColumnElement[bool]:
    """Return the condition that a reader has seen, after a moment, what others or the labeler said.

    Args:
        moment: when the reader read the image, UTC.
    """
    sight, other = aliased(Sight), aliased(Annotation)
    own, skip = aliased(Annotation), aliased(Skip)
    seen = (
        sight.user_id == reader,
        or_(sight.image_id == image, sight.image_id.is_(None)),
        sight.at > moment,
        other.image_id == image,
        other.reader_id != reader,
        says(other),
        other.at <= sight.at,
    )
    decided = own.image_id == image, own.reader_id == reader, own.worklist == _REVIEW
    passed = skip.image_id == image, skip.reader_id == reader, skip.worklist.in_(_OF_REVIEW)
    return or_(
        exists().where(*seen),
        exists().where(*decided, own.at > moment),
        exists().where(*passed, skip.at > moment),
    )


def may_read_blind(reader: Any, item: type[WorklistItem]) -> ColumnElement[bool]:
    """Return the condition that an item of a blind worklist can be handed to a reader.

    To nobody who knows what others or the labeler said of its image, unless it is to be read once
    only and nobody else could: a label by somebody who knows is better than none, but two reads are
    compared only where both were blind.
    """
    other_turn = aliased(WorklistItem)
    several = exists().where(
        other_turn.image_id == item.image_id,
        other_turn.worklist == item.worklist,
        other_turn.turn > written(1),
    )
    known = is_known_to(reader, item.image_id)
    knows = or_(known, was_shown_in_review(reader, item.image_id))
    alone = ~someone_else_reads(reader, item.image_id)
    return or_(~knows, and_(~several.correlate_except(other_turn), alone))


def someone_else_reads(reader: Any, image: Any) -> ColumnElement[bool]:
    """Return the condition that another active person reads and has said nothing of an image.

    A reader does, and an admin who has read something.
    """
    person, reading, own = aliased(User), aliased(Annotation), aliased(Annotation)
    has_read = exists().where(own.image_id == image, own.reader_id == person.id)
    reads = exists().where(reading.reader_id == person.id).correlate_except(reading)
    return (
        exists()
        .where(
            person.active,
            person.id != reader,
            or_(person.role == written("reader"), reads),
            ~has_read.correlate_except(own),
        )
        .correlate_except(person)
    )


def may_review(reader: Any) -> ColumnElement[bool]:
    """Return the condition that a pseudo-label in review can be handed to a reader.

    Where review is blind first, not to one who has seen what a colleague made of it.
    """
    return or_(~BLIND_FIRST, ~is_known_to(reader, PseudoLabel.image_id))


def require_history_open(session: Session, image_id: int) -> None:
    """Refuse the history of an image that somebody may still have to read without knowing it.

    The refusal is one and the same whatever was said.

    Raises:
        Conflict: if the image is, or may still be, read blind.
    """
    if session.scalar(select(may_still_be_read(image_id))):
        raise Conflict(
            _("This image is still to be read, or reviewed, without knowing what others said."),
            _("image {number}", number=image_id),
            _(
                "Its history stays hidden while somebody may still have to read it. An "
                "admin can see it now."
            ),
        )


def require_labeler_known(session: Session, reader_id: int, pseudo_label_id: int) -> None:
    """Refuse what the labeler thinks of an image to a reader who must not know it.

    Only what is or was in review may be known, by those who have decided first where review is
    blind first.

    Raises:
        Conflict: if the image is read blind, was never in review, or is to be decided on first.
    """
    shown = exists().where(
        PseudoLabel.id == pseudo_label_id,
        PseudoLabel.status.not_in(NEVER_IN_REVIEW),
        ~is_read_blind(PseudoLabel.image_id),
    )
    has_read_blind = exists().where(
        BlindRead.pseudo_label_id == pseudo_label_id, BlindRead.reader_id == reader_id
    )
    if not session.scalar(select(and_(shown, or_(~BLIND_FIRST, has_read_blind)))):
        raise Conflict(
            _("The labeler's prediction is not shown before the image is read."),
            _("pseudo-label {number}", number=pseudo_label_id),
            _("Continue with the image shown."),
        )


def is_still_to_be_read(image_id: Any) -> ColumnElement[bool]:
    """Return whether a read or review of an image is open to anybody, or may be taken back.

    Args:
        image_id: a value, or a column of a statement, of image ids.
    """
    # A decision of the latest sweep can be undone, and the image is then reviewed again.
    decided = PseudoLabel.status.not_in(NEVER_IN_REVIEW)
    blind_first = exists().where(*_of_latest_sweep(image_id), decided, BLIND_FIRST)
    return or_(is_open(image_id), blind_first)


def is_open(image_id: Any) -> ColumnElement[bool]:
    """Return the condition that a read or review of an image is open to anybody.

    Args:
        image_id: a value, or a column of a statement, of image ids.
    """
    item = aliased(WorklistItem)
    waits = exists().where(item.image_id == image_id, item.done.is_(False))
    return or_(waits, exists().where(*_of_latest_sweep(image_id), in_review()))


def keeps_blind(item: Any) -> ColumnElement[bool]:
    """Return the condition that an item of a worklist keeps what was said of its image unknown.

    It is open. Or several readers read the images of its worklist, or differ on any: one image
    that could be looked at would be one on which they agree.
    """
    return or_(item.done.is_(False), _is_compared(item))


def may_still_be_read(image_id: int) -> ColumnElement[bool]:
    """Return whether a read or review of an image is open to anybody, or may be opened again."""
    item = aliased(WorklistItem)
    compared = exists().where(item.image_id == image_id, _is_compared(item))
    return or_(is_still_to_be_read(image_id), compared)


def _of_latest_sweep(image_id: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    latest = PseudoLabel.sweep_id == LATEST_SWEEP.scalar_subquery()
    return PseudoLabel.image_id == image_id, latest


def _is_compared(item: Any) -> ColumnElement[bool]:
    """Return the condition that several readers read an item's worklist, or differ on any image."""
    disputed = aliased(WorklistItem)
    running = exists().where(DoubleReading.worklist == item.worklist, DoubleReading.share > 0)
    dispute = exists().where(disputed.worklist == "adjudication", disputed.done.is_(False))
    return and_(item.worklist.in_(INDEPENDENT), or_(running, dispute))
