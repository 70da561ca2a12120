"""A `pretrain` run: the trainings that follow start from what it learned without labels."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from sqlalchemy import func, select, update
from support.databases import ON_BOTH

from app.db.archive import Image, Patient
from app.db.engine import Database
from app.db.learning import Evaluation, ModelVersion, Run
from app.db.tables import now
from app.imaging.storage import Store
from app.settings import Settings
from app.training import pretrainings
from models.images import pretraining
from models.images.networks import NETWORKS
from worker import main, progress

Perform = Callable[..., Run]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few films are enough, and each is seen a few times."""
    whole = pretraining.for_pretraining
    monkeypatch.setattr(pretraining, "FEWEST_FILMS", 32)
    monkeypatch.setattr(
        pretraining, "for_pretraining", lambda recipe: replace(whole(recipe), most_epochs=2)
    )


def starts(database: Database) -> list[str]:
    """What each model version began with, in the order they were trained."""
    with database.begin() as session:
        versions = session.scalars(select(ModelVersion).order_by(ModelVersion.id)).all()
    return [version.metrics["weights"] for version in versions]


def test_labeler_and_classifiers_start_from_what_was_learned_without_labels(
    database: Database, settings: Settings, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="image")
    pretrained = perform("pretrain")
    assert pretrained.status == "succeeded", pretrained.failure
    with database.begin() as session:
        films = select(func.count()).select_from(Image).join(Patient)
        development = session.scalar(films.where(Patient.split == "development"))
        everything = session.scalar(films)
    assert development is not None
    assert everything is not None
    assert pretrained.result["films"] == development < everything
    for kind in ("train_labeler", "sweep", "train_classifier", "evaluate"):
        run = perform(kind)
        assert run.status == "succeeded", run.failure
    learned = f"{development} films without labels"
    assert starts(database) == ["none", learned, learned, learned]
    with database.begin() as session:
        report = session.scalars(select(Evaluation.report)).one()
    assert report["recipe"]["weights"] == learned
    assert "pretrain" in report["seconds"]


@ON_BOTH
def test_a_pretraining_that_ends_while_a_run_goes_on_changes_nothing_in_it(
    database: Database, settings: Settings, labelled: int, perform: Perform
) -> None:
    """A run that is taken up again goes on as it began, and both its classifiers start alike."""
    trained = perform("train_labeler", method="image")
    perform("pretrain")
    other = perform("evaluate")
    with database.begin() as session:
        session.execute(
            update(Run)
            .where(Run.id == trained.id)
            .values(status="running", lease_expires_at=trained.started_at)
        )
        session.execute(update(ModelVersion).values(run_id=other.id))
    progress.execute(database, settings, trained.id, main.KINDS)
    assert starts(database) == ["none", "none"]


def test_a_pretraining_killed_before_its_end_goes_on_and_makes_the_same(
    settings: Settings,
    labelled: int,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = perform("pretrain").result
    with monkeypatch.context() as patched:
        patched.setattr(Store, "put", dying)
        with pytest.raises(SystemExit):
            perform("pretrain")
    resumed = take_over()
    assert resumed.attempts == 2
    one, other = (
        load_file(Store(settings.home / "store").path(result["weights"]))
        for result in (expected, resumed.result)
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


def dying(*_: Any) -> str:
    raise SystemExit


def test_where_weights_are_set_there_is_nothing_to_pretrain(
    settings: Settings, labelled: int, perform: Perform, tmp_path: Path
) -> None:
    settings.weights = "download"
    refused = perform("pretrain")
    assert refused.status == "failed"
    assert refused.failure is not None
    assert refused.failure["where"] == "CONDYLE_WEIGHTS"


def test_weights_are_found_from_any_folder(
    database: Database,
    settings: Settings,
    labelled: int,
    perform: Perform,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A training in a process of its own is begun in another folder than the worker's."""
    torch.manual_seed(0)
    save_file(NETWORKS["resnet18_quarter"](3).state_dict(), tmp_path / "known.safetensors")
    monkeypatch.chdir(tmp_path)
    settings.weights = "known.safetensors"
    with database.begin() as session:
        run = Run(kind="train_labeler", status="running", started_at=now())
        session.add(run)
    running = progress.Running(database, settings, run, "nobody")
    assert main.train_labeler.recipe_for(running, 0).weights == str(tmp_path / "known.safetensors")


def test_of_a_large_archive_patients_are_drawn(database: Database, labelled: int) -> None:
    with database.begin() as session:
        everybody = pretrainings.patients(session, 10**6, rng=0)
        some = pretrainings.patients(session, 31, rng=0)
        others = pretrainings.patients(session, 31, rng=1)
        locked = set(session.scalars(select(Patient.key).where(Patient.split == "validation")))
    assert len(everybody) == 42
    assert not locked & set(everybody)
    assert len(some) == len(others) == 15
    assert some == everybody[:15]
    assert set(some) != set(others)
