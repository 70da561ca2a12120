"""The second set of reports says what its flags say, and its styles tell nothing of the knees."""

import re
from pathlib import Path

import numpy as np
import pytest

from bench._knees import CLASSES, KNEES, Row, read
from bench.house_styles.forms import hl7, rtf, wrapped
from bench.house_styles.grammar import style
from bench.house_styles.reports import ENGLISH, OTHER_LANGUAGES, dictate, write
from bench.knee_reports import meaning

SAID = ("0", "1", "2", "3", "4", "hedged", "arthroplasty")
STYLES = (*ENGLISH, *OTHER_LANGUAGES)
DECIDING = ("verdict", "finding", "same", "after_denials", "followed_up")


def study(*said: str, sides: str = "LR") -> list[Row]:
    return [{"said": one, "laterality": side} for one, side in zip(said, sides, strict=False)]


def written(films: list[Row], number: int, *styles: str) -> str:
    return dictate(films, np.random.default_rng(number), styles or ENGLISH)


def test_there_are_ten_english_houses() -> None:
    assert len({style(name).form for name in ENGLISH}) >= 8
    assert len(set(ENGLISH)) >= 10
    assert {style(name).language for name in ENGLISH} == {"en"}
    assert "en" not in {style(name).language for name in OTHER_LANGUAGES}


@pytest.mark.parametrize("name", STYLES)
def test_every_gap_of_a_style_is_filled(name: str) -> None:
    texts = []
    for number in range(150):
        for said in SAID:
            films = study(said, SAID[number % len(SAID)])
            texts += [written(films, number, name), written(films[:1], number, name)]
            texts.append(written(study(said, sides=[""]), number, name))
    if style(name).form != "rtf":
        assert not any(mark in text for text in texts for mark in "{}")
    assert len(set(texts)) > 1000
    assert all(text == text.strip() for text in texts)


@pytest.mark.parametrize("name", STYLES)
def test_a_phrase_that_decides_never_fits_two_meanings(name: str) -> None:
    for gap in DECIDING:
        table = style(name).phrases.get(gap, {})
        of: dict[str, set[str]] = {}
        for said in set(SAID) & set(table):
            for phrase in table[said]:
                of.setdefault(phrase, set()).add(meaning({"said": said}))
        assert [phrase for phrase, meanings in of.items() if len(meanings) > 1] == []


@pytest.mark.parametrize("name", STYLES)
def test_no_report_could_be_of_a_knee_of_which_something_else_is_said(name: str) -> None:
    texts = {
        said: {written(study(said), number, name) for number in range(300)}
        for said in ("0", "2", "hedged", "arthroplasty")
    }
    for said in texts:
        for other in set(texts) - {said}:
            assert texts[said].isdisjoint(texts[other])


def test_style_form_and_amendment_are_drawn_before_anything_is_known_of_the_knees() -> None:
    for number in range(200):
        drawn = set()
        for said in SAID:
            films = study(said, said)
            written(films, number)
            amended = {"correction", "side", "addendum"} & set(films[0]["traits"].split())
            drawn.add((films[0]["style"], *sorted(amended - {"correction"})))
        assert len(drawn) == 1


def test_corrections_replace_what_the_report_said() -> None:
    corrected = 0
    for number in range(400):
        films = study("4")
        report = written(films, number, "american")
        if "correction" in films[0]["traits"].split():
            corrected += 1
            above = re.split(r"SUPPLEMENT|ADDENDUM|CORRECT|Correct|AMEND|Erratum", report)
            assert re.search(r"severe|advanced|end-stage|gross|marked|bone-on|florid", report, re.I)
            assert len(above) > 1
    assert 10 < corrected < 45


def test_a_corrected_side_leaves_the_other_side_in_the_report() -> None:
    wrong_side = 0
    for number in range(400):
        films = study("3", sides="R")
        report = written(films, number, "american")
        if "side" in films[0]["traits"].split():
            wrong_side += 1
            assert re.search("left", report, re.I)
            assert re.search("right", report, re.I)
    assert wrong_side > 5


def test_both_knees_have_traits_of_their_own() -> None:
    found = set()
    for number in range(200):
        films = study("3", "0")
        written(films, number)
        assert all("both" in film["traits"].split() for film in films)
        found |= {tuple("correction" in film["traits"].split() for film in films)}
    assert {(True, False), (False, True)} <= found


def test_sentences_are_many() -> None:
    sentences = {
        sentence.strip()
        for number in range(1500)
        for sentence in re.split(
            r"(?<=[.;])\s|\n|//", written(study(SAID[number % 7], "0"), number)
        )
    }
    assert len(sentences) > 1500


def test_lines_are_broken_at_72_columns() -> None:
    text = "There is moderate narrowing of the joint space. " * 6 + "\n\nIMPRESSION: none."
    assert max(len(line) for line in wrapped(text).split("\n")) <= 72
    assert wrapped(text).split() == text.split()


def test_hl7_keeps_what_its_own_marks_would_part() -> None:
    segments = hl7("a | b ~ c\n\nd & e ^ f \\ g\nh").split("\n")
    assert [segment.split("|")[:3] for segment in segments] == [
        ["OBX", "1", "TX"],
        ["OBX", "2", "TX"],
    ]
    assert segments[0].split("|")[5] == "a \\F\\ b \\R\\ c~~d \\T\\ e \\S\\ f \\E\\ g"


def test_rich_text_escapes_what_is_not_ascii() -> None:
    text = rtf("Kellgren–Lawrence {2}\n☒")
    assert text.isascii()
    assert "Kellgren\\'96Lawrence \\{2\\}\\par\n\\u9746?" in text


@pytest.mark.skipif(not KNEES.exists(), reason="the real knees are not on this machine")
def test_the_same_number_writes_the_same_folder_and_without_errors_the_labels(
    tmp_path: Path,
) -> None:
    first = write(tmp_path / "a", 3, 0.0, 0.0, {"9000296"})
    again = write(tmp_path / "b", 3, 0.0, 0.0, {"9000296"})
    assert first.read_text("utf-8") == again.read_text("utf-8")
    rows = read(first)
    assert all(meaning(row) == row["label"] for row in rows)
    assert {row["style"] for row in rows} == set(ENGLISH)
    for name in CLASSES[:2]:
        styles = [row["style"] for row in rows if row["label"] == name]
        assert max(styles.count(one) for one in ENGLISH) < 1.2 * len(styles) / len(ENGLISH)
