"""Labelers learn, say how sure they are, survive the disk, and refuse too thin a seed."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.models_films import CLASSES, REPORTS, TINY, draw_films

from models.errors import Stopped, TrainingError
from models.film import Film
from models.labeler import Labeler, load_labeler
from models.labeler_training import train_labeler

Trained = dict[str, Labeler]
METHODS = ("text", "image", "fused")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("labelers")
    films, labels = draw_films(folder / "films", 24)
    return {
        method: train_labeler(method, films, labels, CLASSES, TINY, folder / method)
        for method in METHODS
    }


def without_reports(films: Sequence[Film]) -> list[Film]:
    return [dataclasses.replace(film, report=None) for film in films]


@pytest.mark.parametrize("method", METHODS)
def test_each_method_labels_new_patients(trained: Trained, tmp_path: Path, method: str) -> None:
    films, labels = draw_films(tmp_path / "films", 18, seed=1)
    prediction = trained[method].predict(films)
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1)
    assert (prediction.probabilities.argmax(axis=1) == labels).mean() > 0.8


@pytest.mark.parametrize("method", METHODS)
def test_a_labeler_comes_back_from_disk_the_same(
    trained: Trained, tmp_path: Path, method: str
) -> None:
    films, _ = draw_films(tmp_path / "films", 6, seed=2)
    digest = trained[method].save(tmp_path / "kept")
    loaded = load_labeler(tmp_path / "kept", digest)
    for one, other in zip(
        dataclasses.astuple(trained[method].predict(films)),
        dataclasses.astuple(loaded.predict(films)),
        strict=True,
    ):
        assert np.array_equal(one, other)
    assert loaded.metrics == trained[method].metrics
    assert loaded.training_digest == trained[method].training_digest


def test_out_of_fold_figures_are_kept_for_every_part(trained: Trained) -> None:
    assert set(trained["fused"].metrics) - {"curves"} == {"text", "image", "fused"}
    assert trained["image"].metrics["image"]["n"] == 24
    assert set(trained["image"].metrics["image"]["auc"]) == set(CLASSES)


def test_a_missing_report_leaves_the_image_alone_to_say(trained: Trained, tmp_path: Path) -> None:
    films = without_reports(draw_films(tmp_path, 9, seed=3)[0])
    fused, images = trained["fused"].predict(films), trained["fused"].images
    assert images is not None
    np.testing.assert_allclose(fused.probabilities, images.predict(films))
    assert not fused.conflict.any()


def test_a_missing_image_leaves_the_report_alone_to_say(trained: Trained) -> None:
    films = [Film(None, report, "patient", "") for report in REPORTS]
    prediction = trained["fused"].predict(films)
    assert prediction.probabilities.argmax(axis=1).tolist() == [0, 1, 2]
    assert not prediction.conflict.any()


def test_nothing_to_read_gives_the_shares_of_the_seed(trained: Trained) -> None:
    for method in ("text", "fused"):
        nothing = trained[method].predict([Film(None, None, "patient", "")])
        np.testing.assert_allclose(nothing.probabilities, [[1 / 3, 1 / 3, 1 / 3]])


def test_a_report_of_another_class_than_the_image_is_a_conflict(
    trained: Trained, tmp_path: Path
) -> None:
    films, labels = draw_films(tmp_path, 12, seed=4)
    swapped = [
        dataclasses.replace(film, report=REPORTS[(label + n % 2) % 3])
        for n, (film, label) in enumerate(zip(films, labels, strict=True))
    ]
    conflict = trained["fused"].predict(swapped).conflict
    assert conflict[1::2].mean() > 0.8
    assert conflict[::2].mean() < 0.2
    assert not trained["text"].predict(swapped).conflict.any()


def test_a_killed_training_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 12)
    short = dataclasses.replace(TINY, presentations=48, checkpoint_steps=2)
    unbroken = train_labeler("image", films, labels, CLASSES, short, tmp_path / "unbroken")
    asked = iter(range(1000))
    with pytest.raises(Stopped):
        train_labeler(
            "image",
            films,
            labels,
            CLASSES,
            short,
            tmp_path / "killed",
            should_stop=lambda: next(asked) == 12,
        )
    told: list[tuple[int, int]] = []
    resumed = train_labeler(
        "image",
        films,
        labels,
        CLASSES,
        short,
        tmp_path / "killed",
        on_progress=lambda done, total, _: told.append((done, total)),
    )
    assert len([step for step in told if step[1] == 16]) < 16
    assert told[-1] == (16, 16)
    assert resumed.save(tmp_path / "a") == unbroken.save(tmp_path / "b")


def test_one_film_of_a_rare_class_is_enough_to_train(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path / "films", 18)
    once = [n for n, label in enumerate(labels) if label != 2] + [4]
    short = dataclasses.replace(TINY, presentations=48, checkpoint_steps=2)
    labeler = train_labeler(
        "image", [films[n] for n in once], labels[once], CLASSES, short, tmp_path / "work"
    )
    assert labeler.metrics["image"]["n"] == len(once) - 1
    assert labeler.metrics["image"]["auc"]["arthroplasty"] is None


def test_all_labels_of_one_class_are_refused(tmp_path: Path) -> None:
    films, _ = draw_films(tmp_path, 8)
    with pytest.raises(TrainingError, match="too few labels") as refused:
        train_labeler("image", films, np.zeros(8, int), CLASSES, TINY, tmp_path / "work")
    assert "one more `abnormal` or `arthroplasty`" in refused.value.do
    assert "8 `normal`, 0 `abnormal`, 0 `arthroplasty`" in refused.value.where


@pytest.mark.parametrize("method", ["text", "fused"])
def test_seed_films_without_reports_are_refused(tmp_path: Path, method: str) -> None:
    films, labels = draw_films(tmp_path, 12)
    with pytest.raises(TrainingError) as refused:
        train_labeler(method, without_reports(films), labels, CLASSES, TINY, tmp_path / "work")
    assert "have a report" in refused.value.do


def test_labels_outside_the_classes_are_refused(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 6)
    with pytest.raises(TrainingError, match="one class position"):
        train_labeler("image", films, labels + 1, CLASSES, TINY, tmp_path / "work")


def test_an_unknown_method_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="`voice`"):
        train_labeler("voice", [], np.zeros(0, int), CLASSES, TINY, tmp_path)
