"""The bench that compares ways of reading counts what it says it counts."""

import numpy as np
import pytest

from bench import _reading_rules as rules
from bench.report_reading import Answers, by_rules, categories, judged, table

ROWS = [
    {"label": "normal", "said": "0", "style": "british", "traits": "", "laterality": "L"},
    {"label": "abnormal", "said": "3", "style": "british", "traits": "both", "laterality": "R"},
    {"label": "abnormal", "said": "hedged", "style": "telegram", "traits": "", "laterality": "R"},
    {"label": "normal", "said": "2", "style": "telegram", "traits": "both", "laterality": ""},
    {
        "label": "arthroplasty",
        "said": "arthroplasty",
        "style": "telegram",
        "traits": "",
        "laterality": "",
    },
]


def answers(classes: list[int], unread: list[int]) -> Answers:
    return Answers(np.eye(3)[classes], np.isin(np.arange(len(classes)), unread), seconds=0.001)


def test_an_error_is_an_answer_that_the_report_does_not_give() -> None:
    found = judged(answers([0, 0, 0, 1, 2], []), ROWS, ("ours", "words"), 300, 13)
    assert found.error == pytest.approx(1 / 4)
    assert found.by == {"both": (1, 2), "british": (1, 2), "telegram": (0, 2)}
    assert (found.auc, found.found) == (1.0, 1.0)
    assert found.milliseconds == pytest.approx(1.0)


def test_a_report_that_was_not_read_is_no_right_answer() -> None:
    found = judged(answers([0, 1, 0, 1, 2], [4]), ROWS, ("ours", "labeler"), 300, 13)
    assert (found.error, found.unread, found.found) == (0.25, 0.25, 0.0)
    assert found.error_of_read == 0.0


def test_tables_hold_every_way(capsys: pytest.CaptureFixture[str]) -> None:
    found = [
        judged(answers([0, 0, 0, 1, 2], []), ROWS, ("ours", way), 300, draw)
        for way in ("words", "rules")
        for draw in (13, 14)
    ]
    table(found, "this build")
    categories(found, 300)
    printed = capsys.readouterr().out
    assert "0.250" in printed
    assert "british" in printed
    assert "rules" in printed


@pytest.mark.parametrize(
    ("report", "side", "said"),
    [
        ("Mild osteoarthritis. No fracture.", "L", "abnormal"),
        ("No osteophytes. No joint space narrowing.", "L", "normal"),
        ("Left knee: KL 3. Right knee: KL 0.", "L", "abnormal"),
        ("Left knee: KL 3. Right knee: KL 0.", "R", "normal"),
        ("History: severe osteoarthritis?\nFindings: total knee replacement.", "", "arthroplasty"),
        ("Osteophytes: [x] none [ ] small [ ] large\nHardware: none", "R", "normal"),
    ],
)
def test_the_rules_read_plain_reports(report: str, side: str, said: str) -> None:
    assert rules.read(report, side) == said
    row = {"report": report, "laterality": side}
    assert by_rules([], [row]).probabilities.argmax() == (
        "normal",
        "abnormal",
        "arthroplasty",
    ).index(said)
