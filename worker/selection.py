"""Applying the acceptance rule to a sweep of any size, step by step.

Each step is a short transaction, and after each those who wait to write have as long as it took: a
reader decides meanwhile. Nothing of it counts before the last step. A selection that was killed
begins anew and comes to the same.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from app.acceptance import rules, unlike
from app.archive.aside import put_aside_in
from app.worklists import review_order

STEP = 2_000
"""Pseudo-labels of one transaction: a tenth of a second on SQLite."""


class Steps(Protocol):
    """What carries the steps out: a run in a worker's hands."""

    def reading(self) -> AbstractContextManager[Session]:
        """Open a unit of work that only reads."""

    def transaction(self) -> AbstractContextManager[Session]:
        """Open one that commits only while the work is still this worker's, and keeps it so."""

    def check(self) -> None:
        """Raise where the work is to stop."""


def select_in_steps(
    running: Steps,
    sweep_id: int,
    calibration_scores: NDArray[np.float64],
    calibration_wrong: NDArray[np.bool_],
    rng: int,
) -> dict[str, Any]:
    """Give every pseudo-label of a finished sweep its status, make the lots, draw their audits.

    Each step writes through `running.transaction()`, so whoever calls it fences a step by what that
    asks first: a run's owner and lease, or those of its last part.

    Args:
        running: carries the steps out; no transaction of the caller's may be open.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        calibration_scores: (n,) `acceptance_score` of the calibration reads by the same labeler.
        calibration_wrong: (n,) whether the labeler's class differs from the reference label.
        rng: the seed of the audit draw.

    Returns:
        What the rule used and found; it is also kept as the sweep's `selection`.

    Raises:
        Conflict: the acceptance rule has been applied to this sweep already.
    """
    with running.reading() as session:
        planned = rules.plan(session, sweep_id, calibration_scores, calibration_wrong, rng)
        first, last = rules.extent(session, sweep_id)
    lots = []
    if planned.sizes:
        with running.transaction() as session:
            lots = rules.make_lots(session, planned)
    for start in range(first, last + 1, STEP):
        with _step(running) as session:
            rules.write(session, planned, lots, start, start + STEP - 1)
    with running.reading() as session:
        drawn = rules.draw(session, planned, lots)
    while True:
        order = number_in_steps(running, sweep_id)
        with running.transaction() as session:
            found = rules.finish(session, planned, lots, drawn, order)
            if found is not None:
                put_aside_in(session, sweep_id)
        if found is not None:
            return found


def hold_back_in_steps(
    running: Steps, sweep_id: int, looks: Mapping[int, str], calibration_sites: Sequence[str]
) -> None:
    """Mark the pseudo-labels of a sweep that are never to be accepted, before it is selected.

    Args:
        running: carries the steps out; no transaction of the caller's may be open.
        sweep_id: a sweep whose images are all predicted and not yet selected.
        looks: image id to the kind it is unlike in.
        calibration_sites: of each calibration read, empty where unknown.
    """
    sites = unlike.sites_read(calibration_sites)
    with running.reading() as session:
        first, last = rules.extent(session, sweep_id)
    for start in range(first, last + 1, STEP):
        running.check()
        with running.reading() as session:
            some = start, start + STEP - 1
            found = unlike.to_hold_back(session, sweep_id, looks, sites, *some)
        if found:
            with _step(running) as session:
                unlike.hold_back(session, found)


def number_in_steps(running: Steps, sweep_id: int) -> review_order.Numbered:
    """Write the order of review of a sweep, and return it.

    Readers of a sweep that is in review already go on meanwhile, some by the new order. Where what
    it follows from changes meanwhile, it is written anew.
    """
    while True:
        with running.reading() as session:
            order = review_order.numbered(session, sweep_id)
        for start in range(0, len(order.pseudo_labels), STEP):
            with _step(running) as session:
                review_order.number(session, order, start, start + STEP)
        with running.reading() as session:
            if review_order.is_current(session, order):
                return order


@contextmanager
def _step(running: Steps) -> Iterator[Session]:
    """Open a transaction, and rest after it for as long as it took."""
    running.check()
    began = time.monotonic()
    with running.transaction() as session:
        yield session
    time.sleep(time.monotonic() - began)
