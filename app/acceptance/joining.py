"""Films that are read on arrival join the latest sweep: what of them comes to people.

Nothing of it is accepted. What a sweep promises rests on calibration reads that stand for the films
it was planned for, and on the audit of whole lots; a film that comes later is of neither. What the
sweep's own rule would not accept, and what the classifier calls otherwise, is reviewed; a share is
drawn and read blind as an audit read; the rest waits for the next sweep, as predicted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app import renditions
from app.acceptance import unlike
from app.acceptance.selection import is_accepted
from app.announcing import LIST_FILLED, announce
from app.db.arrivals import ArrivalRead
from app.db.clock import moment
from app.db.learning import PseudoLabel, Sweep
from app.db.reading import WorklistItem
from app.worklists.items import add_items
from app.worklists.review_order import origins


@dataclass(frozen=True)
class Reading:
    """What both models said of some films.

    Attributes:
        pseudo_labels: the labeler's, not in the session yet.
        seconds: of each, in the same order: the classifier's class and its probabilities.
        looks: image id to the kind it is unlike the calibration reads in.
        sites: as `unlike.sites_read` returned them.
    """

    pseudo_labels: Sequence[PseudoLabel]
    seconds: Sequence[tuple[int, list[float]]]
    looks: Mapping[int, str]
    sites: frozenset[str] | None


@dataclass(frozen=True)
class Audit:
    """How the audit of what arrives is drawn: each image by itself, by the seed."""

    share: float
    rng: int

    def draws(self, image_id: int) -> bool:
        """Whether an image is drawn: the same whenever it is asked."""
        return float(np.random.default_rng([self.rng, image_id]).random()) < self.share


def join(
    session: Session, sweep: Sweep, run_id: int, classifier_id: int, reading: Reading, audit: Audit
) -> list[ArrivalRead]:
    """Add films that were read on arrival to a sweep, and list those that need a person.

    Args:
        session: a transaction of the run that read them.
        sweep: the latest, to which the acceptance rule has been applied.
        run_id: the run.
        classifier_id: the version of the classifier.
        reading: what was said of them.
        audit: what share of them is read blind, and by which seed it is drawn.

    Returns:
        What was kept of each.
    """
    labels = list(reading.pseudo_labels)
    for label in labels:
        label.arrived = True
    session.add_all(labels)
    session.flush()
    ids = [label.id for label in labels]
    if not ids:
        return []
    of_image: dict[str, Any] = origins()
    quietly = {"synchronize_session": False}
    some = update(PseudoLabel).where(PseudoLabel.id.in_(ids))
    session.execute(some.values(**of_image), execution_options=quietly)
    found = unlike.to_hold_back(session, sweep.id, reading.looks, reading.sites, min(ids), max(ids))
    unlike.hold_back(session, found)
    session.expire_all()
    threshold = sweep.selection.get("threshold")
    sure = set(
        session.scalars(
            select(PseudoLabel.id).where(PseudoLabel.id.in_(ids), is_accepted(threshold))
        )
    )
    reads = []
    for label, (class_id, probabilities) in zip(labels, reading.seconds, strict=True):
        least = threshold is not None and label.confidence >= threshold
        reads.append(
            ArrivalRead(
                pseudo_label_id=label.id,
                image_id=label.image_id,
                run_id=run_id,
                classifier_id=classifier_id,
                class_id=class_id,
                probabilities=probabilities,
                differs=class_id != label.class_id,
                unsure=label.guessed or not least,
                drawn=audit.draws(label.image_id),
            )
        )
    session.add_all(reads)
    _list(session, sweep.id, labels, reads, sure)
    session.flush()
    return reads


def _list(
    session: Session,
    sweep_id: int,
    labels: Sequence[PseudoLabel],
    reads: Sequence[ArrivalRead],
    sure: set[int],
) -> None:
    """Put what was drawn on the list of audits, and what is doubtful behind the rest of review."""
    places = select(func.max(PseudoLabel.review_order)).where(PseudoLabel.sweep_id == sweep_id)
    place = session.scalar(places) or 0
    audits, reviews = [], []
    for label, read in zip(labels, reads, strict=True):
        if read.drawn:
            label.in_audit = True
            audits.append(label.image_id)
        elif read.differs or label.id not in sure:
            place += 1
            label.status, label.review_order = "needs_review", place
            reviews.append(label.image_id)
    session.flush()
    of_audit = WorklistItem.worklist == "audit", WorklistItem.image_id.in_(audits)
    listed = set(session.scalars(select(WorklistItem.image_id).where(*of_audit)))
    if new := [image for image in audits if image not in listed]:
        add_items(session, "audit", new)
        announce(session, LIST_FILLED, worklist="audit")
    renditions.want(session, reviews, moment(session))
