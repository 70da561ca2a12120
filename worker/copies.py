"""After a sweep: near copies among the films the review begins with are put last."""

import numpy as np

from app import renditions
from app.db.clock import moment
from app.training import rules as training
from app.worklists.review_order import mark_copies
from models.images.duplicates import near_copies
from worker.films import films
from worker.progress import Running
from worker.selection import number_in_steps

MADE_AHEAD = 100
"""Films the review begins with whose pixels are made before a reader comes."""
COMPARED = 4000
"""Films the review begins with: more than a round's reviews, and compared in seconds."""


def thin_review(running: Running, sweep_id: int) -> int:
    """Put near copies last; a run killed here does it again, with the same outcome.

    Args:
        running: the sweep's run.
        sweep_id: a sweep to which the acceptance rule has been applied.

    Returns:
        How many copies were found.
    """
    with running.reading() as session:
        rows = training.first_in_review(session, sweep_id, COMPARED)
    with running.transaction() as session:
        first = [row.image_id for row in rows[:MADE_AHEAD]]
        renditions.want(session, first, moment(session))
    copies = near_copies(films(rows, running.store), running.report, running.should_stop)
    found = [rows[position].image_id for position in np.flatnonzero(copies)]
    if found:
        with running.transaction() as session:
            mark_copies(session, sweep_id, found)
        number_in_steps(running, sweep_id)
        running.log(f"{len(found):,} films are near copies of others and are reviewed last.")
    return len(found)
