"""Nobody has read a film of a class: every run goes on, and says what cannot be known."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from sqlalchemy import select, update
from support.web import Web

from app import unseen_classes
from app.db.archive import LabelClass
from app.db.engine import Database
from app.db.learning import Evaluation, ModelVersion, PseudoLabel, Run
from app.db.reading import ReferenceLabel
from app.demo import reader
from app.imaging.storage import Store
from app.runs import rules as runs
from app.settings import Settings
from app.training import rules as training
from app.training.missing import missing_classes

Perform = Callable[..., Run]
MISSING = "arthroplasty"


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """SQLite alone: the round that has every class tries the same statements on PostgreSQL."""
    return sqlite_database


@pytest.fixture
def without_a_class(database: Database, labelled: int) -> int:
    """An archive whose readers gave no development film the last class; the reader's id."""
    with database.begin() as session:
        assert missing_classes(session) == []
        rare = [film.image_id for film in training.by_hand(session) if film.class_index == 2]
        other = training.classes(session)[1].id
        of_rare = update(ReferenceLabel).where(ReferenceLabel.image_id.in_(rare))
        session.execute(of_rare.values(class_id=other))
        assert missing_classes(session) == [MISSING]
    return labelled


@pytest.mark.parametrize("method", ["text", "image", "fused"])
def test_every_run_goes_on_and_says_so(
    database: Database,
    settings: Settings,
    without_a_class: int,
    perform: Perform,
    method: str,
) -> None:
    trained = perform("train_labeler", method=method)
    assert trained.status == "succeeded", trained.failure
    assert trained.result["metrics"]["unseen"] == [MISSING]
    swept = perform("sweep", tolerated_error=0.3)
    assert swept.status == "succeeded", swept.failure
    with database.begin() as session:
        log = " ".join(line.text for line in runs.log_of(session, trained.id))
        rare = session.scalars(select(LabelClass.id).where(LabelClass.name == MISSING)).one()
        labels = session.scalars(select(PseudoLabel)).all()
    assert f"No film of {MISSING}" in log
    assert labels
    assert all(label.class_id != rare and label.probabilities[2] == 0 for label in labels)
    assert all(len(label.probabilities) == 3 for label in labels)
    if method == "image":
        assert any(label.attention_digest for label in labels)
    if method == "text":
        the_rest_goes_on_too(database, settings, without_a_class, perform)
    the_pages_say_so(database, settings, trained.id, swept.id)


def the_rest_goes_on_too(
    database: Database, settings: Settings, reader_id: int, perform: Perform
) -> None:
    reader.read_worklist(database, settings, reader_id, "audit")
    reader.review(database, settings, reader_id, 40)
    perform("train_classifier")
    evaluated = perform("evaluate")
    assert evaluated.status == "succeeded", evaluated.failure
    with database.begin() as session:
        report = session.scalars(select(Evaluation.report)).one()
        versions = {each.role: each for each in session.scalars(select(ModelVersion))}
    assert unseen_classes.unseen_by(versions["baseline"]) == [MISSING]
    assert report["baseline"]["auc"][MISSING]["value"] == 0.5
    assert f"baseline classifier learned from no film of {MISSING}" in " ".join(report["notes"])
    assert unseen_classes.unseen_by(versions["final"]) == []
    assert report["final"]["auc"][MISSING]["value"] != 0.5
    exports_what_it_knows(settings, perform, versions["baseline"].id)
    admin = Web(database, settings).browser("Admin", "admin")
    assert admin.get("/evaluations/1").status_code == 200


def exports_what_it_knows(settings: Settings, perform: Perform, version_id: int) -> None:
    store = Store(settings.home / "store")
    run = perform("export", version_id=version_id, format="onnx")
    assert run.status == "succeeded", run.failure
    network = onnxruntime.InferenceSession(store.path(run.result["file"]).read_bytes())
    said = json.loads(network.get_modelmeta().custom_metadata_map["classes"])
    assert said == ["normal", "abnormal"]
    films = np.zeros((1, *network.get_inputs()[0].shape[1:]), np.uint8)
    assert network.run(None, {"films": films})[0].shape == (1, 2)
    run = perform("export", version_id=version_id, format="safetensors")
    assert zipfile.ZipFile(io.BytesIO(store.path(run.result["file"]).read_bytes())).namelist()


def the_pages_say_so(database: Database, settings: Settings, *run_ids: int) -> None:
    admin = Web(database, settings).browser("Admin", "admin")
    pages = [*(f"/runs/{run_id}" for run_id in run_ids), "/models", "/acceptance", "/"]
    for path in pages:
        page = admin.get(path)
        assert page.status_code == 200, path
        assert f"No film of {MISSING}" in page.text, path
    assert "/find-films" in admin.get(f"/runs/{run_ids[0]}").text
    assert admin.get("/review").status_code == 200


def test_a_labeler_is_worth_as_much_as_its_calibration_reads_say(
    database: Database, labelled: int, perform: Perform
) -> None:
    """Reads of a class it does not know count as wrong: what is accepted rests on that."""
    with database.begin() as session:
        rare = [film.image_id for film in training.for_labeler(session) if film.class_index == 2]
        other = training.classes(session)[1].id
        of_rare = update(ReferenceLabel).where(ReferenceLabel.image_id.in_(rare))
        session.execute(of_rare.values(class_id=other))
        calibration = [film.class_index for film in training.for_calibration(session)]
    assert calibration.count(2)
    perform("train_labeler", method="text")
    swept = perform("sweep", tolerated_error=0.3)
    assert swept.status == "succeeded", swept.failure
    assert swept.result["calibration_wrong"] >= calibration.count(2)


def test_a_labeler_of_one_class_is_refused(
    database: Database, labelled: int, perform: Perform, films: Path
) -> None:
    with database.begin() as session:
        first = training.classes(session)[0].id
        session.execute(update(ReferenceLabel).values(class_id=first))
    run = perform("train_labeler", method="image")
    assert run.failure is not None
    assert "Label at least one more `abnormal` or `arthroplasty`" in run.failure["do"]
