"""An exported classifier says the same under ONNX Runtime, which knows nothing of ours."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from support.models_films import CLASSES, TINY, draw_films, one_hot

from models.film import Film
from models.images.classifier import Classifier, train_classifier
from models.images.onnx_graph import write_onnx
from models.images.reading import load_films

EXACT = dataclasses.replace(TINY, bf16=False)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    """Two networks, a temperature, mirror images."""
    folder = tmp_path_factory.mktemp("classifier")
    films, labels = draw_films(folder / "films", 24)
    recipe = dataclasses.replace(EXACT, members=2)
    trained = train_classifier(films, one_hot(labels), CLASSES, recipe, folder)
    return dataclasses.replace(trained, temperature=1.7)


@dataclasses.dataclass
class Export:
    """What was written, and what the classifier said of a few films before."""

    path: Path
    films: list[Film]
    before: np.ndarray


@pytest.fixture(scope="module")
def export(classifier: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """One export for all tests: to trace the networks takes longer than to train them."""
    folder = tmp_path_factory.mktemp("onnx")
    films, _ = draw_films(folder / "films", 3, seed=5)
    before = classifier.predict(films)
    path = folder / "exported" / "classifier.onnx"
    path.parent.mkdir()
    write_onnx(classifier, path, {"origin": "Condyle"})
    return Export(path, films, before)


@pytest.fixture
def exported(export: Export) -> Path:
    return export.path


@pytest.mark.parametrize("count", [1, 7])
def test_it_says_what_the_classifier_says(
    classifier: Classifier, exported: Path, tmp_path: Path, count: int
) -> None:
    films, _ = draw_films(tmp_path, count, seed=4)
    said = _run(exported, load_films(films, EXACT.size))
    np.testing.assert_allclose(said, classifier.predict(films), atol=1e-5)


def test_it_has_no_opinion_of_a_blank_film(exported: Path) -> None:
    said = _run(exported, np.full((1, EXACT.size, EXACT.size), 40, np.uint8))
    np.testing.assert_allclose(said, 1 / 3, atol=1e-6)


def test_it_is_whole_and_says_how_to_use_it(exported: Path) -> None:
    model = onnx.load(exported, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    told = {each.key: each.value for each in model.metadata_props}
    assert json.loads(told["classes"]) == list(CLASSES)
    assert json.loads(told["preprocessing"])["size"] == EXACT.size
    assert told["origin"] == "Condyle"
    assert [path.name for path in exported.parent.iterdir()] == [exported.name]


def test_exporting_changes_nothing_of_the_classifier(
    classifier: Classifier, export: Export
) -> None:
    assert np.array_equal(classifier.predict(export.films), export.before)


def _run(path: Path, pixels: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["probabilities"], {"films": pixels})[0])
