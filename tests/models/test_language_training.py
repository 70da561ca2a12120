"""A language model labels like any other part: calibrated, fused, kept, and done without."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.models_films import CLASSES, REPORTS, TINY, draw_films

from models.calibration import Pool
from models.errors import TrainingError
from models.film import Film
from models.labeler import Labeler, load_labeler
from models.labeler_training import train_labeler
from models.progress import OnProgress, ShouldStop
from models.reports.language_model import Answer, LanguageModel
from models.reports.questionnaire import Questionnaire, Verdict

WORDS = {"No fracture": "normal", "Severe": "abnormal", "arthroplasty": "arthroplasty"}
NO_FILMS: list[Film] = []


def reads_words(
    asked: Questionnaire, texts: Sequence[str], on_progress: OnProgress, stop: ShouldStop
) -> list[Answer]:
    """A model that knows each class by a word, and the knee by the line it stands in."""
    return [Answer(tuple(_verdicts(text))) for text in texts]


def _verdicts(text: str) -> list[Verdict]:
    found = []
    for line in text.splitlines():
        side = next((side for side in ("left", "right") if side in line.lower()), "not stated")
        for word, name in WORDS.items():
            if word in line:
                start = text.index(word)
                found.append(Verdict(side, name, "certain", start, start + len(word)))
    return found


def answers_nothing(
    asked: Questionnaire, texts: Sequence[str], on_progress: OnProgress, stop: ShouldStop
) -> list[Answer]:
    return [Answer(fault="unreached") for _ in texts]


MODEL = LanguageModel("small", reads_words)


@pytest.fixture(scope="module")
def fused(tmp_path_factory: pytest.TempPathFactory) -> Labeler:
    folder = tmp_path_factory.mktemp("fused")
    films, labels = draw_films(folder / "films", 24)
    return train_labeler("fused", films, labels, CLASSES, TINY, folder / "work", model=MODEL)


def alone(films: Sequence[Film], labels: Sequence[int], folder: Path) -> Labeler:
    return train_labeler(
        "language_model", films, np.array(labels, np.int64), CLASSES, TINY, folder, model=MODEL
    )


def film(report: str | None, laterality: str = "") -> Film:
    return Film(None, report, "patient", laterality)


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 20])
def test_a_language_model_labels_with_twenty_labels_or_none(tmp_path: Path, seed: int) -> None:
    films, labels = draw_films(tmp_path, 24)
    labeler = alone(films[:seed], labels[:seed].tolist(), tmp_path / "work")
    prediction = labeler.predict([film(report) for report in REPORTS])
    assert prediction.probabilities.argmax(axis=1).tolist() == [0, 1, 2]
    np.testing.assert_allclose(prediction.probabilities.sum(axis=1), 1)
    assert 0.8 < prediction.probabilities.max() < 0.99
    assert not prediction.conflict.any()
    assert ("language_model" in labeler.metrics) == (seed > 0)


def test_what_it_says_of_labelled_films_decides_what_it_is_worth(tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 60)
    right = alone(films, labels.tolist(), tmp_path).predict([film(REPORTS[1])])
    wrong = alone(films, ((labels + 1) % 3).tolist(), tmp_path).predict([film(REPORTS[1])])
    assert right.probabilities[0, 1] > 0.92
    assert wrong.probabilities[0].argmax() == 2


def test_each_knee_of_a_report_of_both_gets_its_own_verdict(tmp_path: Path) -> None:
    report = "Right knee: Severe osteoarthritis.\nLeft knee: No fracture."
    labeler = alone(NO_FILMS, [], tmp_path)
    said = labeler.predict([film(report, "R"), film(report, "L"), film(report)])
    assert said.probabilities[:2].argmax(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(said.probabilities[2], 1 / 3)
    assert said.asked == ("answered",) * 3


def test_one_report_is_asked_about_once_whatever_its_films(tmp_path: Path) -> None:
    texts: list[str] = []

    def note(
        asked: Questionnaire, some: Sequence[str], progress: OnProgress, stop: ShouldStop
    ) -> list[Answer]:
        texts.extend(some)
        return [Answer() for _ in some]

    labeler = train_labeler(
        "language_model",
        NO_FILMS,
        np.zeros(0, np.int64),
        CLASSES,
        TINY,
        tmp_path,
        model=LanguageModel("small", note),
    )
    labeler.predict([film(REPORTS[0], "L"), film(REPORTS[0], "R"), film(REPORTS[1]), film(None)])
    assert texts == [REPORTS[0], REPORTS[1]]


def test_what_is_not_asked_or_answered_about_says_so_and_leaves_the_shares(tmp_path: Path) -> None:
    labeler = alone(NO_FILMS, [], tmp_path)
    said = labeler.predict([film(None), film("  "), film("knee " * 9000), film("\x00\x01\x02")])
    assert said.asked == ("", "", "too_long", "unreadable")
    np.testing.assert_allclose(said.probabilities, 1 / 3)
    assert not said.unreached.any()


def test_a_language_model_labeler_comes_back_from_disk_the_same(
    fused: Labeler, tmp_path: Path
) -> None:
    films, _ = draw_films(tmp_path / "films", 6, seed=2)
    digest = fused.save(tmp_path / "kept")
    loaded = load_labeler(tmp_path / "kept", digest, MODEL)
    np.testing.assert_array_equal(
        loaded.predict(films).probabilities, fused.predict(films).probabilities
    )
    kept = (tmp_path / "kept" / "checkpoint.json").read_text("utf-8")
    assert "small" in kept
    assert fused.language is not None
    assert fused.language.question.digest in kept


def test_a_labeler_asks_no_other_model_than_it_was_calibrated_for(
    fused: Labeler, tmp_path: Path
) -> None:
    fused.save(tmp_path / "kept")
    with pytest.raises(TrainingError, match="`small`, and `large` is set"):
        load_labeler(tmp_path / "kept", model=LanguageModel("large", reads_words))
    silent = load_labeler(tmp_path / "kept")
    with pytest.raises(TrainingError, match="none is set"):
        silent.predict([film(REPORTS[0])])


def test_all_parts_that_are_there_decide_together(fused: Labeler, tmp_path: Path) -> None:
    films, labels = draw_films(tmp_path, 12, seed=3)
    for missing in ({}, {"path": None}, {"report": None}):
        some = [dataclasses.replace(each, **missing) for each in films]  # type: ignore[arg-type]
        said = fused.predict(some).probabilities
        np.testing.assert_allclose(said.sum(axis=1), 1)
        assert (said.argmax(axis=1) == labels).mean() > 0.8
    nothing = fused.predict([film(None)]).probabilities
    np.testing.assert_allclose(nothing, [fused.shares])
    parts = {"text", "language_model", "image", "fused"}
    assert set(fused.metrics) - {"curves"} == parts


def test_two_readings_of_one_report_are_surer_than_neither_and_count_as_one(
    fused: Labeler,
) -> None:
    assert fused.readers is not None
    assert fused.readers.first + fused.readers.second < 2
    read = fused.predict([film(REPORTS[2])]).probabilities[0]
    assert read.argmax() == 2


def test_without_the_language_model_the_other_parts_go_on_and_it_is_told_of_which_films(
    fused: Labeler, tmp_path: Path
) -> None:
    films, _ = draw_films(tmp_path, 12, seed=5)
    films[0] = dataclasses.replace(films[0], report=None)
    assert fused.language is not None
    gone = dataclasses.replace(fused.language, model=LanguageModel("small", answers_nothing))
    said = dataclasses.replace(fused, language=gone).predict(films)
    without = dataclasses.replace(fused, language=None, readers=None).predict(films)
    np.testing.assert_array_equal(said.probabilities, without.probabilities)
    assert said.unreached.tolist() == [False] + [True] * 11


def test_what_it_quoted_is_shown_where_it_stands_in_the_report(tmp_path: Path) -> None:
    labeler = alone(NO_FILMS, [], tmp_path)
    films = [film("Knee:<br>\r\nSevere osteoarthritis"), film("Nothing of note")]
    replies = labeler.predict(films).replies
    found, nothing = labeler.readings(films, replies)
    assert nothing is None
    assert found is not None
    assert found.class_index is not None
    assert CLASSES[found.class_index] == "abnormal"
    assert [films[0].report[m.start : m.end] for m in found.marks] == ["Severe"]  # type: ignore[index]


def test_no_usable_answer_to_any_report_of_the_seed_is_refused_with_the_reasons(
    tmp_path: Path,
) -> None:
    films, labels = draw_films(tmp_path / "films", 12)

    def babble(
        asked: Questionnaire, texts: Sequence[str], progress: OnProgress, stop: ShouldStop
    ) -> list[Answer]:
        return [Answer(fault="quote") for _ in texts]

    for method in ("language_model", "fused"):
        with pytest.raises(TrainingError, match="no usable answer") as refused:
            train_labeler(
                method,
                films,
                labels,
                CLASSES,
                TINY,
                tmp_path / "work",
                model=LanguageModel("small", babble),
            )
        assert "12 because its quote does not occur in the report" in refused.value.where


def test_a_labeler_of_an_earlier_release_still_pools_report_and_image() -> None:
    assert Pool.of_checkpoint({"text": 1.0, "image": 0.5, "bias": [0, 1]}) == Pool(1, 0.5, (0, 1))
