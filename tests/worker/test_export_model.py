"""A classifier leaves as one file that other programs can use."""

import dataclasses
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from sqlalchemy import select
from support.databases import ON_BOTH
from support.models_films import CLASSES, TINY, draw_films, one_hot
from support.web import Web

from app.db.engine import Database
from app.db.learning import ModelVersion, Run
from app.db.people import AuditEvent
from app.imaging.storage import Store
from app.settings import Settings
from models.checkpoint import FACTS
from models.film import Film
from models.images.classifier import Classifier, load_classifier, train_classifier
from models.images.reading import load_films

EXACT = dataclasses.replace(TINY, bf16=False)
Perform = Callable[..., Run]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> tuple[Classifier, list[Film]]:
    """A classifier, and films."""
    folder = tmp_path_factory.mktemp("classifier")
    films, labels = draw_films(folder / "films", 12)
    return train_classifier(films, one_hot(labels), CLASSES, EXACT, folder), films


@pytest.fixture
def version(
    database: Database, settings: Settings, classifier: tuple[Classifier, list[Film]]
) -> int:
    """It, registered as the final classifier, beside a labeler."""
    digest = classifier[0].save(settings.home / "checkpoints/1-final")
    with database.begin() as session:
        run = Run(kind="train_classifier", status="succeeded")
        session.add(run)
        session.flush()
        about = {"method": "image", "run_id": run.id, "recipe": {}, "training_digest": "0" * 64}
        made = [
            ModelVersion(role="labeler", folder="checkpoints/0", digest="0" * 64, **about),
            ModelVersion(role="final", folder="checkpoints/1-final", digest=digest, **about),
        ]
        session.add_all(made)
        session.flush()
        return made[1].id


def test_an_onnx_file_says_what_the_classifier_says(
    settings: Settings, version: int, perform: Perform, classifier: tuple[Classifier, list[Film]]
) -> None:
    run = perform("export", version_id=None, format="onnx")
    assert run.status == "succeeded", run.failure
    assert run.result["name"] == f"condyle-final-{version}.onnx"
    data = Store(settings.home / "store").read(run.result["file"])
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    known, films = classifier
    said = session.run(["probabilities"], {"films": load_films(films, EXACT.size)})[0]
    np.testing.assert_allclose(said, known.predict(films), atol=1e-5)
    told = session.get_modelmeta().custom_metadata_map
    assert told["model_version"] == f"final {version}"
    assert "no medical device" in told["use"]


def test_a_zipped_checkpoint_can_be_read_again(
    settings: Settings, version: int, perform: Perform, tmp_path: Path
) -> None:
    run = perform("export", version_id=version, format="safetensors")
    data = Store(settings.home / "store").read(run.result["file"])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / f"final-{version}"
    assert load_classifier(folder).classes == CLASSES
    assert (folder / FACTS).exists()


@ON_BOTH
def test_an_altered_checkpoint_and_a_labeler_are_not_exported(
    settings: Settings, version: int, perform: Perform
) -> None:
    labeler = perform("export", version_id=version - 1, format="onnx")
    assert labeler.failure is not None
    assert "labeler" in labeler.failure["what"]
    facts = settings.home / "checkpoints/1-final" / FACTS
    facts.write_text(facts.read_text().replace("normal", "abnormal"))
    altered = perform("export", version_id=None, format="onnx")
    assert altered.failure is not None
    assert "not the one that was written" in altered.failure["what"]


def test_without_a_classifier_the_run_says_what_to_do(perform: Perform) -> None:
    run = perform("export", version_id=None, format="onnx")
    assert run.failure == {
        "what": "There is no final classifier yet.",
        "where": "",
        "do": "Train one first.",
    }


@ON_BOTH
def test_an_admin_exports_and_downloads_it_from_the_pages(
    web: Web, settings: Settings, version: int, perform: Perform
) -> None:
    admin = web.browser("Admin", "admin")
    started = admin.post("/models/export", data={"version_id": version, "format": "onnx"}).headers[
        "location"
    ]
    assert "Waiting for a worker" in admin.get(started).text
    assert admin.get(f"/api/v1/export/model/{started.rsplit('/')[-1]}").status_code == 404
    admin.post(f"{started}/cancel")

    run = perform("export", version_id=version, format="safetensors")
    address = f"/api/v1/export/model/{run.id}"
    assert f'href="{address}"' in admin.get(f"/runs/{run.id}").text
    answer = admin.get(address)
    assert f"condyle-final-{version}.zip" in answer.headers["content-disposition"]
    assert zipfile.is_zipfile(io.BytesIO(answer.content))
    Store(settings.home / "store").path(run.result["file"]).unlink()
    assert admin.get(address).json()["do"] == "Export the classifier again."
    with web.database.begin() as session:
        taken = session.scalars(select(AuditEvent.subject).where(AuditEvent.action == "export"))
        assert taken.all() == ["model"]
