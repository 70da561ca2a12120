"""Before a sweep is selected: which films look unlike the calibration reads."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.statistics.novelty import unlike
from app.training import rules as training
from app.training.facts import facts
from app.training.rules import TrainingFilm
from models.images.data import read_pixels
from models.labeler import Labeler
from models.traits import KINDS, Traits, film_traits, report_traits
from models.unlike import Table, compare
from worker.films import films
from worker.progress import Running

AT_ONCE = 1000
"""Films fetched together."""


def find_unlike(running: Running, sweep_id: int, labeler: Labeler) -> dict[int, str]:
    """Compare a sweep's films with the seed's; a run killed here does it again, alike.

    Only what the labeler reads is compared: reports, films, or both. Nothing can be told while
    there is no seed read beside the calibration reads.

    Args:
        running: the sweep's run.
        sweep_id: a sweep whose films are all predicted.
        labeler: what predicted them.

    Returns:
        Image id to the kind of trait it differs in, for those that differ.
    """
    with running.reading() as session:
        calibration = training.for_calibration(session)
        known = _seed_beside(training.for_baseline(session), calibration)
        shard = training.predicted(session, sweep_id, after=0, limit=AT_ONCE)
    if not (known and calibration and shard):
        return {}
    table, images = Table(), list[int]()
    _add(running, table, known, labeler)
    _add(running, table, calibration, labeler)
    while shard:
        running.check()
        _add(running, table, shard, labeler)
        images += [film.image_id for film in shard]
        with running.reading() as session:
            shard = training.predicted(session, sweep_id, after=images[-1], limit=AT_ONCE)
    found = compare(table, len(known), len(calibration), rng=sweep_id)
    marked = np.flatnonzero(unlike(found.calibration, found.swept))
    return {images[place]: KINDS[found.kinds[place]] for place in marked}


def _seed_beside(
    seed: Sequence[TrainingFilm], calibration: Sequence[TrainingFilm]
) -> list[TrainingFilm]:
    """Return the seed reads of no calibration patient.

    Films that were chosen for review or drawn for an audit are not among them, however many were
    read: what the calibration reads lack would seem to be known by these.
    """
    kept_out = {film.patient for film in calibration}
    return [film for film in seed if film.patient not in kept_out]


def _add(running: Running, table: Table, rows: Sequence[TrainingFilm], labeler: Labeler) -> None:
    """Add films to a table by the traits of what the labeler reads."""
    known: Mapping[int, Mapping[str, str]] = {}
    reads = labeler.reports or labeler.language
    if labeler.images:
        with running.reading() as session:
            known = facts(session, [row.image_id for row in rows])
    for place, (row, film) in enumerate(zip(rows, films(rows, running.store), strict=True)):
        traits: Traits = report_traits(row.report) if reads else {}
        if labeler.images:
            traits = {**traits, **film_traits(read_pixels(film, place), known[row.image_id])}
        table.add(traits)
