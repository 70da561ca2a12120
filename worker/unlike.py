"""Before a sweep is selected: which films look unlike the calibration reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

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
    return find_unlike_among(running, labeler, _all_of(running, sweep_id), rng=sweep_id)


def find_unlike_among(
    running: Running[Any],
    labeler: Labeler,
    shards: Iterable[Sequence[TrainingFilm]],
    rng: int,
    beside: Sequence[TrainingFilm] = (),
) -> dict[int, str]:
    """Compare films with the seed's.

    Args:
        running: the run that asks.
        labeler: what reads them.
        shards: the films, some at a time.
        rng: the seed of the comparison's sample.
        beside: others of their kind: what is unlike is learned from them too, and they are not
            judged themselves. A device that is new shows in several films sooner than in one.

    Returns:
        As `find_unlike`.
    """
    with running.reading() as session:
        calibration = training.for_calibration(session)
        known = _seed_beside(training.for_baseline(session), calibration)
    if not (known and calibration):
        return {}
    table, images = Table(), list[int]()
    for rows in (known, calibration, beside):
        _add(running, table, rows, labeler)
    for shard in shards:
        running.check()
        _add(running, table, shard, labeler)
        images += [film.image_id for film in shard]
    if not images:
        return {}
    found = compare(table, len(known), len(calibration), rng)
    marked = np.flatnonzero(unlike(found.calibration, found.swept[len(beside) :]))
    kinds = found.kinds[len(beside) :]
    return {images[place]: KINDS[kinds[place]] for place in marked}


def _all_of(running: Running[Any], sweep_id: int) -> Iterator[Sequence[TrainingFilm]]:
    """Yield what a sweep has predicted, some films at a time."""
    after = 0
    while True:
        with running.reading() as session:
            shard = training.predicted(session, sweep_id, after=after, limit=AT_ONCE)
        if not shard:
            return
        yield shard
        after = shard[-1].image_id


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
