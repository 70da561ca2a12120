"""What a pseudo-label rests on, for the review page: words of the report, places in the film."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select, update

from app.db.archive import LabelClass
from app.db.learning import PseudoLabel
from app.training import rules as training
from models.labeler import Labeler
from models.reports.words import ReportMarks
from worker.answers import known_to
from worker.films import films
from worker.progress import Running

ATTENDED = 1000
"""Pseudo-labels, in the review order, whose attention maps a sweep draws."""
AT_ONCE = 50
"""Films drawn and written together: the most a kill can cost."""


def to_json(read: ReportMarks, classes: list[LabelClass]) -> dict[str, Any] | None:
    """Return what was read as `PseudoLabel.words` holds it; None if it was not."""
    if read.not_read:
        return None
    return {
        "class_id": None if read.class_index is None else classes[read.class_index].id,
        "marks": [[mark.start, mark.end, mark.negated] for mark in read.marks],
        "denied": read.denied,
        "left_open": read.left_open,
        "left_out": read.left_out,
    }


def draw_attention(
    running: Running,
    sweep_id: int,
    labeler: Labeler,
    classes: list[LabelClass],
    after: int = 0,
) -> None:
    """Draw and store the attention maps of films in review, a few at a time.

    A run that is started again goes on with the films that have none.

    Args:
        running: the run.
        sweep_id: a sweep to which the acceptance rule has been applied.
        labeler: what swept.
        classes: the project's.
        after: a place in the order of review; maps of the `ATTENDED` places after it are drawn.
    """
    if labeler.images is None:
        return
    places = {known.id: place for place, known in enumerate(known_to(labeler, classes))}
    in_review = select(func.max(PseudoLabel.review_order)).where(PseudoLabel.sweep_id == sweep_id)
    last = after + ATTENDED
    with running.reading() as session:
        total = min(last, session.scalar(in_review) or 0)
    place = after
    while True:
        running.check()
        with running.reading() as session:
            some = training.for_attention(session, sweep_id, place, last, AT_ONCE)
        if not some:
            return
        shown = [film for _, film in some]
        maps = labeler.attention(
            films(shown, running.store), [places[label.class_id] for label, _ in some]
        )
        rows = [
            {"id": label.id, "attention_digest": running.store.put(png_of(rendered))}
            for (label, _), rendered in zip(some, maps, strict=True)
            if rendered is not None
        ]
        with running.transaction() as session:
            if rows:
                session.execute(update(PseudoLabel), rows)
        place = some[-1][0].review_order or total
        running.report(place, total, "Drawing where the labeler looked")


def png_of(rendered: NDArray[np.uint8]) -> bytes:
    """Return a map, uint8 (height, width), as the bytes of a PNG."""
    done, data = cv2.imencode(".png", rendered, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise ValueError("OpenCV could not write a PNG")
    return data.tobytes()
