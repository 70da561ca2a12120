"""A `sweep` run: one labeler applied to every unlabelled development film."""

from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import errors
from app.acceptance import rules as acceptance
from app.acceptance.unlike import hold_back
from app.db.archive import LabelClass
from app.db.learning import ModelVersion, PseudoLabel, Sweep
from app.runs.parameters import SweepParameters
from app.runs.results import SweepResult
from app.statistics.acceptance import acceptance_score
from app.training import rules as training
from app.training import versions
from app.training.rules import TrainingFilm
from models.labeler import Labeler, load_labeler
from models.pooling import Prediction
from models.progress import part_of, silent
from models.reports.language_model import LanguageModel
from models.reports.words import ReportMarks
from worker.answers import for_all_classes, known_to
from worker.copies import thin_review
from worker.evidence import draw_attention, to_json
from worker.films import films, labels
from worker.language_model import asker_for, count_asked
from worker.progress import Running
from worker.unlike import find_unlike

SHARD = 256
"""Films predicted and written together: the most a kill can cost."""


def execute(running: Running[SweepParameters]) -> SweepResult:
    """Predict what has no label yet, hold back what is unlike, select, and draw attention maps."""
    with running.transaction() as session:
        sweep = _begin(session, running)
        version = session.get_one(ModelVersion, sweep.labeler_id)
        classes = training.classes(session)
        calibration = training.for_calibration(session)
    labeler = load_labeler(
        running.settings.home / version.folder, version.digest, _language_model(running, version)
    )
    _predict_all(running, sweep.id, labeler, classes)
    with running.reading() as session:
        sweep = session.get_one(Sweep, sweep.id)
    if not sweep.selected:
        scores, wrong = _calibration_reads(running, labeler, calibration, classes)
        unlike = find_unlike(running, sweep.id, labeler)
        with running.transaction() as session:
            hold_back(session, sweep.id, unlike, [film.site for film in calibration])
            acceptance.select_pseudo_labels(session, sweep.id, scores, wrong, rng=sweep.id)
            sweep = session.get_one(Sweep, sweep.id)
    copies = thin_review(running, sweep.id)
    draw_attention(running, sweep.id, labeler, classes)
    asked = count_asked(running, sweep.id) if labeler.language else {}
    found = {"near_copies": copies, **asked, **sweep.selection}
    return SweepResult(sweep=sweep.id, labeler=version.id, **found)


def _language_model(running: Running[Any], version: ModelVersion) -> LanguageModel | None:
    """Return the language model that is set, where the labeler asks one."""
    asks = "language_model_name" in version.metrics
    if not asks or not running.settings.asks_language_model:
        return None  # without one, a labeler that asks says so itself
    return asker_for(running, alone=version.method == "language_model").model


def _begin(session: Session, running: Running[SweepParameters]) -> Sweep:
    """Return this run's sweep: the one an interrupted try began, or a new one."""
    begun = session.scalar(select(Sweep).where(Sweep.run_id == running.run_id))
    if begun is not None:
        return begun
    if not training.count_for_sweep(session):
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


def _predict_all(
    running: Running[Any], sweep_id: int, labeler: Labeler, classes: list[LabelClass]
) -> None:
    predicted = select(func.count()).where(PseudoLabel.sweep_id == sweep_id)
    known = known_to(labeler, classes)
    with running.reading() as session:
        total = training.count_for_sweep(session)
        done = session.scalar(predicted) or 0
        shard = training.for_sweep(session, sweep_id, after=0, limit=SHARD)
    while shard:
        running.check()
        read = films(shard, running.store)
        asking = part_of(running.report, done, total) if labeler.language else silent
        prediction = labeler.predict(read, asking, running.should_stop)
        readings = labeler.readings(read, prediction.replies)
        prediction = for_all_classes(prediction, labeler, classes)
        with running.transaction() as session:
            session.add_all(_pseudo_labels(sweep_id, shard, prediction, readings, known, classes))
            session.flush()
            last = shard[-1].image_id
            done += len(shard)
            shard = training.for_sweep(session, sweep_id, after=last, limit=SHARD)
        running.report(done, total, "Labelling the archive")


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
) -> tuple[np.ndarray, np.ndarray]:
    """Return the acceptance scores (n,) of the calibration reads, and which the labeler missed.

    Those the language model did not answer about are left out, as such films are held back.
    """
    if not rows:
        return np.empty(0), np.empty(0, dtype=bool)
    prediction = for_all_classes(
        labeler.predict(films(rows, running.store), should_stop=running.should_stop),
        labeler,
        classes,
    )
    confidence = prediction.probabilities.max(axis=1)
    wrong = prediction.probabilities.argmax(axis=1) != labels(rows)
    whole = ~prediction.unreached
    return acceptance_score(confidence, prediction.barred)[whole], wrong[whole]
