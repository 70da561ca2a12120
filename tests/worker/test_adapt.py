"""An `adapt` run: labelers trained afterwards read by what the encoder learned without labels."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from support.databases import ON_BOTH
from support.text_encoders import write_encoder

from app.db.archive import Patient, Study
from app.db.engine import Database
from app.db.learning import Evaluation, ModelVersion, Run
from app.settings import Settings
from app.training import adaptations
from models.checkpoint import read_checkpoint
from models.reports import adapting
from models.reports.adapting import Adapted

Perform = Callable[..., Run]


@pytest.fixture(autouse=True)
def encoder(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny encoder is set, and the archive's few reports are enough to learn from."""
    settings.text_encoder = str(write_encoder(tmp_path / "tiny"))
    monkeypatch.setattr(adapting, "FEWEST_REPORTS", 3)


def read_by(database: Database) -> list[str]:
    """What each labeler reads by, in the order they were trained."""
    labelers = select(ModelVersion).where(ModelVersion.role == "labeler").order_by(ModelVersion.id)
    with database.begin() as session:
        return [version.metrics["encoder"] for version in session.scalars(labelers)]


def test_labelers_read_by_what_was_learned_without_labels(
    database: Database, settings: Settings, labelled: int, perform: Perform
) -> None:
    perform("train_labeler", method="text")
    adapted = perform("adapt")
    assert adapted.status == "succeeded", adapted.failure
    assert adapted.result["reports"] == 2
    assert 0 <= adapted.result["guessed_after"] <= 1
    for kind in ("train_labeler", "sweep", "train_classifier", "evaluate"):
        run = perform(kind, method="text") if kind == "train_labeler" else perform(kind)
        assert run.status == "succeeded", run.failure
    assert read_by(database) == ["tiny", "tiny, adapted to 2 reports"]
    with database.begin() as session:
        report = session.scalars(select(Evaluation.report)).one()
    assert "adapt" in report["seconds"]


def test_an_adaptation_killed_before_its_end_goes_on_and_makes_the_same(
    settings: Settings,
    labelled: int,
    perform: Perform,
    take_over: Callable[[], Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = perform("adapt").result
    with monkeypatch.context() as patched:
        patched.setattr(Adapted, "save", dying)
        with pytest.raises(SystemExit):
            perform("adapt")
    resumed = take_over()
    assert resumed.attempts == 2
    assert resumed.result["digest"] == expected["digest"]
    read_checkpoint(settings.home / resumed.result["folder"], expected["digest"])


def dying(*_: Any) -> str:
    raise SystemExit


def test_what_another_encoder_learned_is_not_used(
    database: Database, settings: Settings, labelled: int, perform: Perform, tmp_path: Path
) -> None:
    perform("adapt")
    first = settings.text_encoder
    settings.text_encoder = str(write_encoder(tmp_path / "other"))
    perform("train_labeler", method="text")
    settings.text_encoder = first
    perform("train_labeler", method="text")
    settings.text_encoder = ""
    perform("train_labeler", method="text")
    assert read_by(database) == ["other", "tiny, adapted to 2 reports", ""]


def test_without_an_encoder_there_is_nothing_to_adapt(
    settings: Settings, labelled: int, perform: Perform
) -> None:
    settings.text_encoder = ""
    refused = perform("adapt")
    assert refused.status == "failed"
    assert refused.failure is not None
    assert refused.failure["where"] == "CONDYLE_TEXT_ENCODER"


@ON_BOTH
def test_reports_of_validation_patients_are_not_learned_from(
    database: Database, settings: Settings, labelled: int
) -> None:
    with database.begin() as session:
        locked = select(Patient.id).where(Patient.split == "validation")
        for study in session.scalars(select(Study).where(Study.patient_id.in_(locked))):
            study.report = f"FINDINGS: locked {study.id}."
        for study in session.scalars(select(Study).where(Study.patient_id.not_in(locked))):
            study.report = f"FINDINGS: open {study.id}."
        session.flush()
        told = adaptations.reports(session, 10**6, rng=0)
        some = adaptations.reports(session, 20, rng=0)
        others = adaptations.reports(session, 20, rng=1)
    assert told
    assert not [report for report, _ in told if "locked" in report]
    assert len(set(some)) == len(others) == 20
    assert set(some) < set(told)
    assert some != others
