"""The words that drove the report labeler are found back in the report as it was written."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.film import Film
from models.reports import clean, read
from models.reports.text import TextModel, train_text
from models.reports.words import ReportMarks, marks_of

SAID = [
    "FINDINGS: Joint space narrowing, large osteophytes.",
    "FINDINGS: No fracture. No osteophytes. Joint space kept.",
    "FINDINGS: Total knee arthroplasty in good position.",
]


@pytest.fixture(scope="module")
def model() -> TextModel:
    films = [Film(None, SAID[n % 3], str(n), "") for n in range(30)]
    return train_text(films, np.arange(30) % 3, 3, 10.0)


def marked(
    model: TextModel, report: str, laterality: str = ""
) -> tuple[int | None, list[str], list[str]]:
    words = marks_of(model, Film(None, report, "p", laterality), "")
    texts = [(report[mark.start : mark.end], mark.negated) for mark in words.marks]
    return (
        words.class_index,
        [text for text, negated in texts if not negated],
        [text for text, negated in texts if negated],
    )


def test_the_words_of_the_class_are_marked_as_they_were_written(model: TextModel) -> None:
    class_index, said, denied = marked(
        model, "HISTORY: arthroplasty?\r\nFINDINGS:\r\nLarge  OSTEOPHYTES and narrowing."
    )
    assert class_index == 0
    assert "Large  OSTEOPHYTES" in said
    assert "narrowing" in said
    assert denied == []


def test_what_is_denied_is_marked_as_denied(model: TextModel) -> None:
    class_index, _said, denied = marked(model, "Impression: No fracture, no osteophytes.")
    assert class_index == 1
    assert any("fracture" in each for each in denied)


def test_history_and_the_other_knee_are_not_marked(model: TextModel) -> None:
    report = (
        "HISTORY: osteophytes.\nFINDINGS: Right knee: total knee arthroplasty.\n"
        "Left knee: narrowing, osteophytes."
    )
    class_index, said, _ = marked(model, report, "R")
    words = marks_of(model, Film(None, report, "p", "R"), "")
    assert class_index == 2
    assert "arthroplasty" in " ".join(said)
    assert all("Left knee" not in report[mark.start : mark.end] for mark in words.marks)
    assert max(mark.end for mark in words.marks) < report.index("Left knee")
    assert min(mark.start for mark in words.marks) > report.index("FINDINGS")


def test_two_classes_are_both_explained() -> None:
    films = [Film(None, SAID[n % 2], str(n), "") for n in range(20)]
    model = train_text(films, np.arange(20) % 2, 2, 10.0)
    for place in (0, 1):
        class_index, said, denied = marked(model, SAID[place])
        assert class_index == place
        assert said or denied


def places(report: str) -> list[tuple[str, str]]:
    """Return each token of a report with the passage it stands for."""
    return [(each.text, report[each.start : each.end]) for each in read(report).tokens()]


def test_words_of_an_exported_page_lie_where_they_stand_in_it() -> None:
    report = "<p>FINDINGS:</p>\\.br\\Large&nbsp;<b>osteophytes</b> &amp; d&eacute;fects."
    assert places(report) == [
        ("large", "Large"),
        ("osteophytes", "osteophytes"),
        ("défects", "d&eacute;fects"),
        (".", "."),
    ]


def test_an_ampersand_that_stands_for_itself_moves_no_word() -> None:
    words = [each for each in places("Spurs &\rnarrowing &kept.") if each[0] != "."]
    assert words == [("spurs", "Spurs"), ("narrowing", "narrowing"), ("kept", "kept")]


def test_a_grade_in_words_stands_for_the_grade_as_written() -> None:
    report = "FINDINGS: Right: KL grade 3-4, narrowing."
    assert [each for each in places(report) if each[1] == "KL grade 3-4"] == [
        (word, "KL grade 3-4") for word in ("kellgren-lawrence", "grade", "three", "four")
    ]
    assert places(report)[-2:] == [("narrowing", "narrowing"), (".", ".")]


def test_what_was_denied_and_what_was_left_out_is_told(model: TextModel) -> None:
    report = "HISTORY: osteophytes.\nFINDINGS: No fracture. Narrowing on the right. Left knee: TKA."
    shown = marks_of(model, Film(None, report, "p", "R"), "")
    assert [report[start:end] for start, end in shown.denied] == ["fracture"]
    left_out = [report[start:end] for start, end in shown.left_out]
    assert any("HISTORY: osteophytes" in each for each in left_out)
    assert any("TKA" in each for each in left_out)
    assert not any("Narrowing" in each for each in left_out)


def test_passages_are_whole_and_what_a_hedge_leaves_open_is_told(model: TextModel) -> None:
    report = "FINDINGS: No acute fracture. Narrowing cannot be excluded."
    shown = marks_of(model, Film(None, report, "p", ""), "")
    assert [report[start:end] for start, end in shown.denied] == ["acute fracture"]
    assert [report[start:end] for start, end in shown.left_open] == ["Narrowing"]


def test_the_number_of_an_item_is_nothing_that_was_left_out(model: TextModel) -> None:
    report = "FINDINGS: Narrowing.\n\nIMPRESSION:\n1. Narrowing.\n2. Fracture."
    shown = marks_of(model, Film(None, report, "p", ""), "")
    left_out = [report[start:end].strip() for start, end in shown.left_out]
    assert left_out
    assert all("IMPRESSION" in each or "FINDINGS" in each for each in left_out)


def test_a_report_that_is_not_read_is_left_out_whole(model: TextModel) -> None:
    report = "FINDINGS: Gonartrose."
    shown = marks_of(model, Film(None, report, "p", ""), "unknown words")
    assert shown == ReportMarks(None, (), (), (), ((0, len(report)),), "unknown words")


def test_words_that_say_nothing_of_a_joint_are_not_marked() -> None:
    said = [
        "FINDINGS: AP view of the left knee. Narrowing.",
        "FINDINGS: XR of the right knee. Kept.",
    ]
    films = [Film(None, said[n % 2], str(n), "") for n in range(20)]
    model = train_text(films, np.arange(20) % 2, 2, 10.0)
    for report, word in zip(said, ("Narrowing", "Kept"), strict=True):
        _, marks, _ = marked(model, report)
        assert marks == [word]


def test_marks_of_a_rewritten_grade_do_not_touch() -> None:
    said = ["FINDINGS: KL grade 3, osteophytes.", "FINDINGS: KL grade 0. Joint space kept."]
    films = [Film(None, said[n % 2], str(n), "") for n in range(20)]
    model = train_text(films, np.arange(20) % 2, 2, 10.0)
    words = marks_of(model, films[0], "")
    assert any(said[0][mark.start : mark.end].startswith("KL grade 3") for mark in words.marks)
    assert all(a.end < b.start for a, b in itertools.pairwise(words.marks))


@settings(max_examples=200)
@given(st.text("aAİß é.;:,\r\n-'。Findgs&<b>KL3", max_size=80), st.sampled_from(["", "L", "R"]))
def test_every_token_stands_for_a_passage_and_they_follow_each_other(
    report: str, laterality: str
) -> None:
    found = read(report, laterality).tokens()
    assert all(0 <= each.start < each.end <= len(report) for each in found)
    assert all(a.start <= b.start and a.end <= b.end for a, b in itertools.pairwise(found))
    assert " ".join(each.text for each in found) == clean(report, laterality)


@given(st.text("aAé .;:,\n-'Findgs", max_size=80), st.sampled_from(["", "L", "R"]))
def test_where_nothing_is_rewritten_a_token_lies_exactly_where_it_was_found(
    report: str, laterality: str
) -> None:
    found = read(report, laterality).tokens()
    words = [each for each in found if each.text not in ".;:,"]
    assert all(report[each.start : each.end].lower() == each.text for each in words)
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))


def test_a_foreign_letter_after_a_grading_is_no_grade() -> None:
    assert clean("FINDINGS: KL İ. Narrowing.").endswith("narrowing .")
