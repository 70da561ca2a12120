"""A report that cannot be read is said to be so, and never answered from."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from support.models_films import CLASSES, REPORTS, TINY, draw_films

from models.film import Film
from models.labeler import Labeler
from models.labeler_training import train_labeler
from models.reports.known_words import learn

DUTCH = "Gevorderde gonartrose met fors gewrichtsspleetverlies en grote randstandige aangroeisels."


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Labeler]:
    folder = tmp_path_factory.mktemp("labelers")
    films, labels = draw_films(folder / "films", 24)
    return {
        method: train_labeler(method, films, labels, CLASSES, TINY, folder / method)
        for method in ("text", "fused")
    }


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (DUTCH, "unknown words"),
        ("右膝关节重度退行性变。", "unknown words"),
        ("FINDINGS: Left knee: severe osteoarthritis.", "other knee"),
        ("HISTORY: osteoarthritis?", "nothing"),
        (REPORTS[1], ""),
        ("FINDINGS: Severe narrowing, osteophytes of both compartments.", ""),
    ],
)
def test_the_reason_is_told(trained: dict[str, Labeler], report: str, reason: str) -> None:
    film = Film(None, report, "p", "R")
    (reading,) = trained["text"].readings([film])
    assert reading is not None
    assert reading.not_read == reason
    assert trained["text"].predict([film]).guessed.tolist() == [bool(reason)]


def test_without_a_report_there_is_nothing_to_tell(trained: dict[str, Labeler]) -> None:
    assert trained["text"].readings([Film(None, None, "p", "R"), Film(None, "", "p", "")]) == [
        None,
        None,
    ]


def test_the_image_alone_answers_for_a_report_that_is_not_read(
    trained: dict[str, Labeler], tmp_path: Path
) -> None:
    films = draw_films(tmp_path, 6, seed=5)[0]
    dutch = [dataclasses.replace(film, report=DUTCH) for film in films]
    alone = [dataclasses.replace(film, report=None) for film in films]
    answered, expected = trained["fused"].predict(dutch), trained["fused"].predict(alone)
    np.testing.assert_array_equal(answered.probabilities, expected.probabilities)
    assert not answered.guessed.any()
    assert not answered.conflict.any()


def test_the_least_share_follows_from_the_seeds_own_reports() -> None:
    alike = [{"joint", "space", "kept"}] * 10
    known = learn(alike, np.arange(10) % 2)
    assert known.least == 0.5
    assert known.knows({"joint", "space"})
    assert not known.knows({"gewricht", "spleet", "smal"})
    varied = [{"joint", "space", f"word{n}", f"other{n}"} for n in range(10)]
    assert learn(varied, np.arange(10) % 2).least == 0.25
    assert learn(varied, np.full(10, -1)).least == 0.0
