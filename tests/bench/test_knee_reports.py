"""The reports written for the real knees err and hedge as often as they claim to."""

from pathlib import Path

import numpy as np
import pytest

from bench.knee_reports import KNEES, dictate, meaning, say, write

GRADES = ("0", "1", "2", "3", "4", "")


def graded(n: int) -> list[dict[str, str]]:
    return [
        {"kl_grade": grade, "label": label, "laterality": "R", "patient_id": str(number)}
        for number in range(n)
        for grade, label in zip(
            GRADES,
            ("normal", "normal", "abnormal", "abnormal", "abnormal", "arthroplasty"),
            strict=True,
        )
    ]


def test_the_stated_shares_are_wrong_and_hedged() -> None:
    rows = graded(4000)
    say(rows, 0.05, 0.1, np.random.default_rng(0))
    wrong = np.mean([meaning(row) not in ("", row["label"]) for row in rows])
    hedged = np.mean([meaning(row) == "" for row in rows])
    assert wrong == pytest.approx(0.05, abs=0.006)
    assert hedged == pytest.approx(0.1, abs=0.008)


def test_without_errors_every_report_says_the_label() -> None:
    rows = graded(50)
    say(rows, 0.0, 0.0, np.random.default_rng(0))
    assert all(meaning(row) == row["label"] for row in rows)


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        say(graded(5), 0.5, 0.5, np.random.default_rng(0))


@pytest.mark.parametrize("said", ["0", "1", "2", "3", "4", "hedged", "arthroplasty"])
def test_no_gap_of_a_phrase_stays_open(said: str) -> None:
    rng = np.random.default_rng(0)
    knees = [{"said": said, "laterality": side} for side in "LR"]
    texts = [dictate(study, rng) for _ in range(60) for study in (knees, knees[:1])]
    assert not any(mark in text for text in texts for mark in "{}")
    assert len(set(texts)) > 100


@pytest.mark.skipif(not KNEES.exists(), reason="the real knees are not on this machine")
def test_the_same_number_writes_the_same_folder(tmp_path: Path) -> None:
    first = write(tmp_path / "a", 3, 0.05, 0.1, {"9000296"})
    again = write(tmp_path / "b", 3, 0.05, 0.1, {"9000296"})
    assert first.read_text("utf-8") == again.read_text("utf-8")
    assert (first.parent / "images" / "9000296L.jpg").is_file()
