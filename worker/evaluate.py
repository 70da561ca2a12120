"""An `evaluate` run: baseline against final on the locked validation split."""

from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from app import unseen_classes
from app.acceptance.lots import counts
from app.db.clock import moment
from app.db.learning import Evaluation, ModelVersion, Run, Sweep
from app.evaluation.caveats import left_out, read_again
from app.evaluation.figures import build_report
from app.evaluation.predictions import predictions_csv
from app.evaluation.report import EvaluationReport
from app.runs import rules as runs
from app.runs.kinds import IMPORT, TRAIN_CLASSIFIER
from app.runs.parameters import EvaluateParameters
from app.runs.results import EvaluateResult
from app.training import adaptations, pretrainings, validation, versions
from app.training import rules as training
from app.training.rules import TrainingFilm
from app.worklists import rereads
from app.workspace import is_generated
from models.images.classifier import load_classifier
from models.known_classes import spread
from worker.films import films, kept_in, labels
from worker.progress import Running


def execute(running: Running[EvaluateParameters]) -> EvaluateResult:
    """Predict the validation films with both classifiers, compare, and keep the report."""
    with running.reading() as session:
        compared = _pair(session, running)
        rows = training.for_evaluation(session)
        classes = [known.name for known in training.classes(session)]
    training.require(rows, "labelled validation films", "Let a reader read that worklist first.")
    probabilities = {
        role: _predict(running, version, rows, classes, place, len(compared))
        for place, (role, version) in enumerate(compared.items())
    }
    report = _report(running, compared, rows, classes, probabilities)
    table = predictions_csv(
        [row.image_key for row in rows],
        [row.patient_key for row in rows],
        [classes[index] for index in labels(rows)],
        classes,
        probabilities,
        [row.site for row in rows],
    )
    evaluation = Evaluation(
        run_id=running.run_id,
        baseline_id=compared["baseline"].id,
        final_id=compared["final"].id,
        report=report.as_json(),
        predictions_digest=running.store.put(table),
    )
    with running.transaction() as session:
        session.add(evaluation)
        session.flush()
    return EvaluateResult(evaluation=evaluation.id, wauc_difference=report.wauc_difference.value)


def _report(
    running: Running[Any],
    compared: dict[str, ModelVersion],
    rows: list[TrainingFilm],
    classes: list[str],
    probabilities: dict[str, np.ndarray],
) -> EvaluationReport:
    final = compared["final"]
    notes = [version.doubtful for version in compared.values() if version.doubtful]
    notes += unseen_classes.notes(compared.values())
    with running.reading() as session:
        sweep_id = _sweep_of(session, final)
        unread = validation.count_unread(session)
        pseudo_labels = counts(session, sweep_id)
        seconds = seconds_of_round(session, sweep_id, final, running.run_id)
        generated = is_generated(session)
        notes += read_again(rereads.made(session))
        notes += left_out(validation.count_excluded(session))
    if unread:
        notes.append(f"{unread:,} validation films have no label yet and were left out.")
    return build_report(
        classes,
        labels(rows),
        np.unique([row.patient for row in rows], return_inverse=True)[1],
        probabilities,
        pseudo_labels,
        seconds,
        # Where the weights came from tells a reader more than where they lie on this machine.
        final.recipe | {"weights": final.metrics.get("weights", "none")},
        notes=notes,
        generated=generated,
    )


def seconds_of_round(
    session: Session, sweep_id: int, classifier: ModelVersion, evaluate_run: int
) -> dict[str, float]:
    """Return the wall time of each stage that led to a classifier.

    Args:
        session: an open unit of work.
        sweep_id: whose labels the classifier learned from.
        classifier: what learned from them.
        evaluate_run: which is under way: its time is counted until now.

    Returns:
        Seconds by kind of run; the time people took is not in it.
    """
    sweep = session.get_one(Sweep, sweep_id)
    labeler = session.get_one(ModelVersion, sweep.labeler_id)
    imports = runs.succeeded(IMPORT)
    led = list(session.scalars(imports.where(Run.id < labeler.run_id)))
    led += pretrainings.used_by(session, classifier)
    led += adaptations.used_by(session, labeler)
    wanted = (labeler.run_id, sweep.run_id, classifier.run_id, evaluate_run)
    led += [session.get_one(Run, run_id) for run_id in wanted]
    seconds: dict[str, float] = {}
    for run in led:
        if run.started_at is not None:
            taken = ((run.finished_at or moment(session)) - run.started_at).total_seconds()
            seconds[run.kind] = seconds.get(run.kind, 0) + taken
    return seconds


def _pair(session: Session, running: Running[EvaluateParameters]) -> dict[str, ModelVersion]:
    """Return the two to compare: those named, else the newest final and its own baseline."""
    final = versions.newest(session, "final", running.parameters.final_id)
    wanted = running.parameters.baseline_id
    own = versions.made_by(session, final.run_id, "baseline") if wanted is None else None
    return {"baseline": own or versions.newest(session, "baseline", wanted), "final": final}


def _predict(
    running: Running[Any],
    version: ModelVersion,
    rows: list[TrainingFilm],
    classes: list[str],
    place: int,
    models: int,
) -> np.ndarray:
    checkpoint = running.store.fetch_folder(running.settings.home, version.folder)
    classifier = load_classifier(checkpoint, version.digest)

    def report(done: int, total: int, _: str) -> None:
        message = f"Predicting with the {version.role} classifier"
        running.report(place * total + done, models * total, message)

    probabilities = classifier.predict(
        films(rows, running.store, kept_in(running)), report, running.should_stop
    )
    running.check()
    return spread(probabilities, classifier.classes, classes)


def _sweep_of(session: Session, final: ModelVersion) -> int:
    return TRAIN_CLASSIFIER.result_of(session.get_one(Run, final.run_id)).sweep
