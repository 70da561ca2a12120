"""A page of the grid decided as one batch, and taken back as one.

Each pseudo-label goes through the same states as when it is reviewed alone (`app.review.rules`),
with an annotation of its own; the batch only remembers which came together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.orm import Session

from app.db.conditions import excluded, stands
from app.db.learning import PseudoLabel
from app.db.reading import Annotation, Lease, Skip
from app.db.review import GridBatch, GridRead
from app.errors import Conflict, Refused
from app.labels.annotations import add_annotations
from app.labels.classes import require_class
from app.labels.decisions import Decision, Hold
from app.review.grid import GRID, PATIENCE, BatchDecision, last_batch, require_open
from app.review.refusals import no_such_pseudo_label
from app.review.rules import class_of
from app.texts import _
from app.worklists import leases


def decide_batch(
    session: Session,
    reader_id: int,
    class_id: int,
    decisions: Sequence[BatchDecision],
    milliseconds: int | None,
    idempotency_key: str,
    now: datetime,
) -> GridBatch:
    """Decide on many pseudo-labels at once; a repeated idempotency key gets the first result.

    Those that are no longer in this reader's hands, or were removed with their images, are left as
    they are and counted as lost: the rest of the batch is as good as it was.

    Args:
        class_id: the predicted class whose grid it is.
        decisions: one a pseudo-label.
        milliseconds: from the grid being drawn to the confirmation, None where unknown.
        idempotency_key: the batch's own, made by the client.
        now: the present moment, UTC.

    Returns:
        The batch.

    Raises:
        Conflict: if review is blind first, or the key was used for another batch.
        NotFound: if there is none of the pseudo-labels, or no such class.
        Refused: if a pseudo-label is named twice or they are of several sweeps.
    """
    leases.lock_reader(session, reader_id)
    sent = [each.model_dump() for each in decisions]
    if first := _by_key(session, reader_id, GridBatch.idempotency_key == idempotency_key):
        if (first.class_id, first.decisions) != (class_id, sent):
            raise _key_used()
        return first
    require_open(session)
    require_class(session, class_id)
    labels = _lock(session, decisions)
    mine = _lock_leases(session, reader_id, labels)
    batch = GridBatch(
        reader_id=reader_id,
        sweep_id=labels[0].sweep_id,
        class_id=class_id,
        decisions=sent,
        lost=[],
        milliseconds=milliseconds,
        idempotency_key=idempotency_key,
        at=now,
    )
    session.add(batch)
    session.flush()
    by_label = {each.pseudo_label_id: each for each in decisions}
    gone = by_label.keys() - {label.id for label in labels}
    lost = [*sorted(gone), *(label.id for label in labels if not _is_open(label, mine))]
    held = [label for label in labels if label.id not in lost]
    _leave(
        session, reader_id, [each for each in held if by_label[each.id].decision == "leave"], now
    )
    decided = [label for label in held if by_label[label.id].decision != "leave"]
    reads = [_read(session, batch, label, by_label[label.id]) for label in decided]
    add_annotations(session, reader_id, reads, now)
    # The rows are locked and open, so nobody can come between.
    _change(
        session,
        [
            {
                "id": label.id,
                "status": _status(label, read),
                "annotation_id": read.id,
                "decided_by": reader_id,
                "decided_at": now,
            }
            for label, read in zip(decided, reads, strict=True)
        ],
    )
    session.add_all(GridRead(annotation_id=each.id, batch_id=batch.id) for each in reads)
    batch.lost = lost
    _drop(session, reader_id, [label.image_id for label in labels])
    session.flush()
    return batch


def undo_batch(
    session: Session, reader_id: int, lease_seconds: int, idempotency_key: str, now: datetime
) -> GridBatch:
    """Take back a reader's last batch of the latest sweep and lease its images again.

    Works any number of batches back. A read of the batch that was taken back alone, or whose image
    is in another reader's hands now, stays as it is.

    Args:
        lease_seconds: how long a single image is kept for a reader.
        idempotency_key: the undo's own; a repeated one takes nothing else back.
        now: the present moment, UTC.

    Returns:
        The batch, undone.

    Raises:
        Conflict: if there is nothing to take back.
    """
    leases.lock_reader(session, reader_id)
    if first := _by_key(session, reader_id, GridBatch.undo_key == idempotency_key):
        return first
    batch = last_batch(session, reader_id)
    if batch is None:
        raise Conflict(
            _("There is no batch to undo."), "grid", _("Continue with the images shown.")
        )
    labels = _lock(session, [BatchDecision(**each) for each in batch.decisions])
    leases.drop_all(session, reader_id, GRID)
    images = [label.image_id for label in labels if label.id not in batch.lost]
    taken = leases.take_all(session, reader_id, images, GRID, lease_seconds * PATIENCE, now)
    reads = _standing_reads(session, batch, taken)
    withdrawn = [_withdrawal(read, idempotency_key, now) for read, _label in reads]
    add_annotations(session, reader_id, withdrawn, now)
    undecided = {"annotation_id": None, "decided_by": None, "decided_at": None}
    _change(session, [{"id": id_, "status": "needs_review", **undecided} for _read, id_ in reads])
    marks = delete(Skip).where(
        Skip.reader_id == reader_id, Skip.worklist == GRID, Skip.image_id.in_(images)
    )
    session.execute(marks)
    batch.undo_key, batch.undone_at = idempotency_key, now
    session.flush()
    return batch


def _by_key(session: Session, reader_id: int, key: ColumnElement[bool]) -> GridBatch | None:
    return session.scalar(select(GridBatch).where(GridBatch.reader_id == reader_id, key))


def _lock(session: Session, decisions: Sequence[BatchDecision]) -> list[PseudoLabel]:
    """Return the pseudo-labels of a batch, in the order of the batch, locked in that of their ids.

    Those that were removed with their images are left out.

    Locks are taken in the order of `app.worklists.leases`: images, pseudo-labels, then leases.
    """
    ids = [each.pseudo_label_id for each in decisions]
    images = select(PseudoLabel.image_id).where(PseudoLabel.id.in_(ids))
    leases.lock_images(session, session.scalars(images).all())
    rows = session.scalars(
        select(PseudoLabel)
        .where(PseudoLabel.id.in_(ids))
        .order_by(PseudoLabel.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {row.id: row for row in rows}
    if not found:
        raise no_such_pseudo_label(*ids)
    if len(set(ids)) < len(ids) or len({row.sweep_id for row in found.values()}) != 1:
        raise Refused(
            _("A batch may contain each pseudo-label only once, and all must belong to one sweep."),
            "decisions",
            _("Reload the page."),
        )
    return [found[each] for each in ids if each in found]


def _lock_leases(session: Session, reader_id: int, labels: Sequence[PseudoLabel]) -> set[int]:
    """Return which of the images are this reader's; nobody can take them over until the end."""
    mine = (
        select(Lease.image_id)
        .where(
            Lease.reader_id == reader_id,
            Lease.worklist == GRID,
            Lease.image_id.in_([label.image_id for label in labels]),
        )
        .order_by(Lease.image_id)
        .with_for_update()
    )
    return set(session.scalars(mine))


def _is_open(label: PseudoLabel, mine: set[int]) -> bool:
    return label.status == "needs_review" and label.image_id in mine


def _read(
    session: Session, batch: GridBatch, label: PseudoLabel, decision: BatchDecision
) -> Annotation:
    assert decision.decision != "leave"
    class_id = class_of(session, label, decision.decision, decision.class_id)
    said = Decision(class_id, f"{batch.idempotency_key}:{label.image_id}", batch.at)
    return said.annotation(Hold(batch.reader_id, label.image_id, "review"))


def _status(label: PseudoLabel, read: Annotation) -> str:
    if read.unusable:
        return "rejected"
    return "approved" if read.class_id == label.class_id else "corrected"


def _leave(session: Session, reader_id: int, labels: Sequence[PseudoLabel], now: datetime) -> None:
    """Keep images in review but off the grid: they want a look of their own."""
    images = {label.image_id for label in labels}
    marks = session.scalars(
        select(Skip).where(
            Skip.reader_id == reader_id, Skip.worklist == GRID, Skip.image_id.in_(images)
        )
    )
    for mark in marks:
        mark.at = now
        images.remove(mark.image_id)
    session.add_all(
        Skip(reader_id=reader_id, worklist=GRID, image_id=image_id, at=now) for image_id in images
    )


def _drop(session: Session, reader_id: int, image_ids: Sequence[int]) -> None:
    mine = Lease.reader_id == reader_id, Lease.worklist == GRID, Lease.image_id.in_(image_ids)
    session.execute(delete(Lease).where(*mine))


def _standing_reads(
    session: Session, batch: GridBatch, image_ids: Sequence[int]
) -> list[Row[Annotation, int]]:
    """Return the batch's annotations that stand, each with the pseudo-label it still decides."""
    reads = (
        select(Annotation, PseudoLabel.id)
        .join(GridRead, GridRead.annotation_id == Annotation.id)
        .join(PseudoLabel, PseudoLabel.annotation_id == Annotation.id)
        .where(
            GridRead.batch_id == batch.id,
            Annotation.image_id.in_(image_ids),
            stands(Annotation),
            ~excluded(Annotation.image_id),
        )
        .order_by(Annotation.id)
    )
    return list(session.execute(reads))


def _withdrawal(read: Annotation, idempotency_key: str, now: datetime) -> Annotation:
    return Annotation(
        image_id=read.image_id,
        reader_id=read.reader_id,
        worklist="review",
        withdraws_id=read.id,
        unusable=False,
        idempotency_key=f"{idempotency_key}:{read.image_id}",
        at=now,
    )


def _change(session: Session, rows: list[dict[str, Any]]) -> None:
    """Change pseudo-labels, each row naming its id."""
    if rows:
        session.execute(update(PseudoLabel), rows)


def _key_used() -> Conflict:
    return Conflict(
        _("This idempotency key was already used for another batch."),
        "idempotency_key",
        _("Send every batch with a key of its own."),
    )
