"""A `sweep` run: one labeler applied to every unlabelled development film, in parts.

A part is of the images from the `first` id to the `last`; what it has predicted is passed over when
it is begun again.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import errors
from app.db.archive import LabelClass
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.runs.kinds import ADAPT
from app.runs.parameters import SweepParameters
from app.runs.parts import Share
from app.runs.results import SweepResult
from app.statistics.acceptance import acceptance_score
from app.training import adaptations, shares, versions
from app.training import rules as training
from app.training.rules import TrainingFilm
from models.labeler import Labeler, load_labeler
from models.pooling import Prediction
from models.reports.words import ReportMarks
from worker.answers import for_all_classes, known_to
from worker.copies import thin_review
from worker.crop import after_crops
from worker.evidence import draw_attention, to_json
from worker.films import films, kept_in, labels
from worker.language_model import Asker, asker_for, count_asked
from worker.parts import InParts, RunningPart
from worker.progress import Running
from worker.selection import hold_back_in_steps, select_in_steps
from worker.unlike import find_unlike

DIGITS = 4
"""Of the probabilities of calibration reads that are kept."""
SHARD = 256
"""Films predicted and written together: the most a kill can cost."""
PART = 4096
"""Films of one part: a minute or so of a core, so that workers end together."""


def plan(running: Running[SweepParameters]) -> list[Share]:
    """Begin the sweep, and share out its films."""
    with running.transaction() as session:
        _begin(session, running)
    with running.reading() as session:
        found = shares.shares_of_sweep(session, PART)
        return [Share({"first": first, "last": last}, count) for first, last, count in found]


def predict(part: RunningPart[SweepParameters]) -> dict[str, Any]:
    """Predict the films of one part that have no label yet."""
    sweep, version, classes = _sweep_of(part)
    try:
        _predict(part, sweep.id, labeler_for(part, version), classes)
    except BaseException:
        forget_labeler()
        raise
    return {}


def forget_labeler() -> None:
    """Let go of the labeler that is loaded: who asks a language model for it has stopped asking."""
    _loaded.clear()


def _predict(
    part: RunningPart[Any], sweep_id: int, labeler: Labeler, classes: list[LabelClass]
) -> None:
    first, last = part.range["first"], part.range["last"]
    with part.reading() as session:
        done = shares.count_predicted(session, sweep_id, first, last)
    after = first - 1
    while True:
        part.check()
        with part.reading() as session:
            shard = training.for_sweep(session, sweep_id, after, last, limit=SHARD)
        if not shard:
            return
        rows = predicted(part, sweep_id, shard, labeler, classes)
        after, done = shard[-1].image_id, done + len(shard)
        with part.transaction() as session:
            there = shares.still_there(session, [film.image_id for film in shard])
            session.add_all(row for row in rows if row.image_id in there)
            part.advance(session, done)


def predicted(
    running: Running[Any],
    sweep_id: int,
    shard: list[TrainingFilm],
    labeler: Labeler,
    classes: list[LabelClass],
) -> list[PseudoLabel]:
    """Return what a labeler makes of some films, as rows of a sweep that are in no session yet."""
    read = films(shard, running.store, kept_in(running))
    prediction = labeler.predict(read, should_stop=running.should_stop)
    readings = labeler.readings(read, prediction.replies)
    prediction = for_all_classes(prediction, labeler, classes)
    return _pseudo_labels(
        sweep_id, shard, prediction, readings, known_to(labeler, classes), classes
    )


def close(running: Running[SweepParameters]) -> SweepResult:
    """Hold back what is unlike, select, put near copies last, and draw attention maps."""
    sweep, version, classes = _sweep_of(running)
    labeler = labeler_for(running, version)
    if not sweep.selected:
        with running.reading() as session:
            calibration = training.for_calibration(session)
        scores, wrong, said = _calibration_reads(running, labeler, calibration, classes)
        with running.transaction() as session:
            session.get_one(Sweep, sweep.id).calibration = said
        unlike = find_unlike(running, sweep.id, labeler)
        hold_back_in_steps(running, sweep.id, unlike, [film.site for film in calibration])
        select_in_steps(running, sweep.id, scores, wrong, rng=sweep.id)
        with running.reading() as session:
            sweep = session.get_one(Sweep, sweep.id)
    copies = thin_review(running, sweep.id)
    draw_attention(running, sweep.id, labeler, classes)
    asked = count_asked(running, sweep.id) if labeler.language else {}
    found = {"near_copies": copies, **asked, **sweep.selection}
    return SweepResult(sweep=sweep.id, labeler=version.id, **found)


IN_PARTS = InParts("sweep/1", "gpu", after_crops(plan), predict, close)


def _sweep_of(running: Running[Any]) -> tuple[Sweep, ModelVersion, list[LabelClass]]:
    """Return the run's sweep, the labeler that is applied, and the project's classes."""
    with running.reading() as session:
        sweep = session.scalars(select(Sweep).where(Sweep.run_id == running.run_id)).one()
        version = session.get_one(ModelVersion, sweep.labeler_id)
        return sweep, version, training.classes(session)


@dataclass(frozen=True)
class _Loaded:
    """The labeler of the run whose parts this process does, kept from one to the next.

    With it is kept who asks the language model, and whether it answers.
    """

    run: tuple[Path, int]
    labeler: Labeler
    asker: Asker | None


_loaded: list[_Loaded] = []


def labeler_for(running: Running[Any], version: ModelVersion) -> Labeler:
    """Return the labeler of a version, loaded once for a run in each process."""
    run = (running.settings.home, running.run_id)
    for kept in _loaded:
        if kept.run == run:
            if kept.asker:
                kept.asker.go_on_with(running)
            return kept.labeler
    _loaded.clear()
    asker = _asker(running, version)
    with running.reading() as session:
        encoders = [ADAPT.result_of(run).folder for run in adaptations.used_by(session, version)]
    checkpoint, *_ = (
        running.store.fetch_folder(running.settings.home, folder)
        for folder in (version.folder, *encoders)
    )
    labeler = load_labeler(checkpoint, version.digest, asker.model if asker else None)
    _loaded.append(_Loaded(run, labeler, asker))
    return labeler


def _asker(running: Running[Any], version: ModelVersion) -> Asker | None:
    """Return the way to the language model that is set, where the labeler asks one."""
    asks = "language_model_name" in version.metrics
    if not asks or not running.settings.asks_language_model:
        return None  # without one, a labeler that asks says so itself
    return asker_for(running, alone=version.method == "language_model")


def _begin(session: Session, running: Running[SweepParameters]) -> Sweep:
    """Return this run's sweep: the one an interrupted try began, or a new one."""
    begun = session.scalar(select(Sweep).where(Sweep.run_id == running.run_id))
    if begun is not None:
        return begun
    if not shares.count_for_sweep(session):
        raise errors.Refused(
            "There is nothing left to sweep: every development film has a label.",
            "",
            "Import more films, or go on to train the classifier.",
        )
    sweep = Sweep(
        run_id=running.run_id,
        labeler_id=versions.in_use(session, "labeler", running.parameters.labeler_id).id,
        tolerated_error=running.parameters.tolerated_error,
    )
    session.add(sweep)
    session.flush()
    return sweep


def _pseudo_labels(
    sweep_id: int,
    shard: list[TrainingFilm],
    prediction: Prediction,
    readings: list[ReportMarks | None],
    known: list[LabelClass],
    classes: list[LabelClass],
) -> list[PseudoLabel]:
    return [
        PseudoLabel(
            sweep_id=sweep_id,
            image_id=film.image_id,
            class_id=classes[int(np.argmax(probabilities))].id,
            probabilities=[float(p) for p in probabilities],
            confidence=float(np.max(probabilities)),
            conflict=bool(conflict),
            report_version=film.report_version,
            words=to_json(read, known) if read else None,
            not_read=read.not_read if read else "",
            guessed=bool(guessed),
            asked=asked or None,
        )
        for film, probabilities, conflict, guessed, read, asked in zip(
            shard,
            prediction.probabilities,
            prediction.conflict,
            prediction.guessed,
            readings,
            prediction.asked,
            strict=True,
        )
    ]


def _calibration_reads(
    running: Running[Any], labeler: Labeler, rows: list[TrainingFilm], classes: list[LabelClass]
) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    """Return the acceptance scores (n,) of the calibration reads, and which the labeler missed.

    Those the language model did not answer about are left out, as such films are held back. With
    them comes what is kept for the monitor: `Sweep.calibration`.
    """
    if not rows:
        return np.empty(0), np.empty(0, dtype=bool), []
    prediction = for_all_classes(
        labeler.predict(films(rows, running.store), should_stop=running.should_stop),
        labeler,
        classes,
    )
    confidence = prediction.probabilities.max(axis=1)
    read = labels(rows)
    wrong = prediction.probabilities.argmax(axis=1) != read
    whole = ~prediction.unreached
    rounded = prediction.probabilities[whole].round(DIGITS).tolist()
    said = [[each, int(label)] for each, label in zip(rounded, read[whole], strict=True)]
    return acceptance_score(confidence, prediction.barred)[whole], wrong[whole], said
