"""One round through the real runs: what each leaves behind, and what it refuses."""

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.databases import ON_BOTH

from app.db.archive import Image, Patient
from app.db.engine import Database
from app.db.learning import Evaluation, Lot, ModelVersion, PseudoLabel, Run
from app.demo import reader
from app.imaging.storage import Store
from app.settings import Settings
from app.training import rules as training
from models.labeler import Labeler
from models.pooling import Prediction
from worker import main, progress

Perform = Callable[..., Run]


@ON_BOTH
def test_a_round_goes_from_films_to_an_evaluation_anyone_can_recompute(
    database: Database, settings: Settings, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="fused")
    perform("sweep", tolerated_error=0.2)
    reader.read_worklist(database, settings, labelled, "audit")
    reader.review(database, settings, labelled, 10)
    perform("train_classifier")
    evaluated = perform("evaluate")
    assert evaluated.status == "succeeded", evaluated.failure

    with database.begin() as session:
        evaluation = session.get_one(Evaluation, evaluated.result["evaluation"])
        roles = session.scalars(select(ModelVersion.role).order_by(ModelVersion.id)).all()
    assert roles == ["labeler", "baseline", "final"]
    predictions = Store(settings.home / "store").path(evaluation.predictions_digest)
    assert_recomputes(evaluation.report, predictions)


def test_no_patient_is_on_two_sides_and_validation_is_never_swept(
    database: Database, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    perform("sweep")
    with database.begin() as session:
        learnt, calibration, validation = (
            {film.patient_key for film in films}
            for films in (
                training.for_labeler(session),
                training.for_calibration(session),
                training.for_evaluation(session),
            )
        )
        swept = set(session.scalars(swept_splits()))
    assert learnt
    assert calibration
    assert validation
    assert learnt.isdisjoint(calibration)
    assert learnt.isdisjoint(validation)
    assert calibration.isdisjoint(validation)
    assert swept == {"development"}


@ON_BOTH
def test_a_sweep_killed_between_shards_goes_on_and_predicts_every_film_once(
    database: Database,
    labelled: int,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    perform("train_labeler", method="text")
    whole = perform("sweep")
    with database.begin() as session:
        expected = predictions_of(session, whole.result["sweep"])

    monkeypatch.setattr("worker.sweep.SHARD", 8)
    monkeypatch.setattr("worker.sweep.PART", 20)
    predict, shards = Labeler.predict, iter(range(2))

    def die_at_the_third_shard(self: Labeler, *args: Any, **kwargs: Any) -> Prediction:
        if next(shards, None) is None:
            raise SystemExit
        return predict(self, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(Labeler, "predict", die_at_the_third_shard)
        with pytest.raises(SystemExit):
            perform("sweep")
    resumed = take_over()

    with database.begin() as session:
        assert predictions_of(session, resumed.result["sweep"]) == expected


@ON_BOTH
def test_a_failed_lot_goes_back_to_review_and_out_of_the_next_training(
    database: Database, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    swept = perform("sweep", tolerated_error=0.3)
    assert swept.result["accepted"]
    with database.begin() as session:
        sweep = training.require_sweep(session)
        assert list(training.accepted(session, sweep))
        session.execute(update(Lot).values(status="failed"))
        assert list(training.accepted(session, sweep)) == []
        assert training.lots_of(session, sweep) == []


@ON_BOTH
def test_a_failed_lots_labels_teach_the_final_as_those_that_wait_do(
    database: Database, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    swept = perform("sweep", tolerated_error=0.3)
    assert swept.result["accepted"]
    with database.begin() as session:
        sweep = training.require_sweep(session)
        lot = session.scalars(select(Lot.id).order_by(Lot.id).limit(1)).one()
        of_lot = PseudoLabel.lot_id == lot
        session.execute(update(PseudoLabel).where(of_lot).values(status="needs_review"))
        session.execute(update(Lot).where(Lot.id == lot).values(status="failed"))
        failed = set(session.scalars(select(PseudoLabel.image_id).where(of_lot)))
        waiting = {film.image_id for film, _ in training.waiting(session, sweep)}
        accepted = {film.image_id for film, _ in training.accepted(session, sweep)}
    assert failed <= waiting
    assert accepted
    assert accepted.isdisjoint(waiting)


def test_training_before_anything_is_labelled_is_refused_with_what_to_do(
    database: Database, imported: None, perform: Perform
) -> None:
    run = perform("train_labeler", method="image")
    assert run.status == "failed"
    assert run.failure is not None
    assert "Draw a seed set" in run.failure["do"]


def test_a_mistake_of_ours_fails_the_run_without_quoting_any_data(
    database: Database,
    labelled: int,
    perform: Perform,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: Any, **__: Any) -> None:
        raise KeyError("Jane Doe, born 1950")

    monkeypatch.setattr("worker.train_labeler.train_labeler", stumble)
    run = perform("train_labeler", method="text")
    assert run.status == "failed"
    assert "KeyError" in str(run.failure)
    assert "Doe" not in str(run.failure)


@ON_BOTH
def test_a_worker_killed_five_times_by_a_run_gives_it_up(
    database: Database, settings: Settings, labelled: int, perform: Perform
) -> None:
    with database.begin() as session:
        run = Run(kind="sweep", attempts=progress.MOST_ATTEMPTS)
        session.add(run)
    progress.execute(database, settings, run.id, main.KINDS)
    with database.begin() as session:
        given_up = session.get_one(Run, run.id)
    assert given_up.status == "failed"
    assert given_up.failure is not None
    assert "memory" in given_up.failure["do"]


def assert_recomputes(report: dict[str, Any], predictions: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(predictions.read_text("utf-8"))))
    assert len(rows) == 2 * report["n_validation"]
    for model in ("baseline", "final"):
        own = [row for row in rows if row["model"] == model]
        wauc = 0.0
        for name in report["classes"]:
            positive = np.array([row["label"] == name for row in own])
            auc = roc_auc_score(positive, [float(row[f"p_{name}"]) for row in own])
            assert report[model]["auc"][name]["value"] == pytest.approx(auc, abs=1e-6)
            wauc += positive.mean() * auc
        assert report[model]["wauc"]["value"] == pytest.approx(wauc, abs=1e-6)


def swept_splits() -> Any:
    return (
        select(Patient.split)
        .join(Image, Image.patient_id == Patient.id)
        .join(PseudoLabel, PseudoLabel.image_id == Image.id)
    )


def predictions_of(session: Session, sweep_id: int) -> list[tuple[int, list[float]]]:
    rows = session.scalars(
        select(PseudoLabel).where(PseudoLabel.sweep_id == sweep_id).order_by(PseudoLabel.image_id)
    )
    return [(row.image_id, row.probabilities) for row in rows]
