"""Words are found in reports however they are spelled."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Refused
from app.search.words import LONGEST, SHOWN, folded, looked_for


@pytest.mark.parametrize(
    ("wanted", "report"),
    [
        ("arthroplasty", "TOTAL KNEE ARTHROPLASTY."),
        ("arthroplast", "Zustand nach Arthroplastie."),
        ("prothese", "Prothèse totale du genou gauche."),
        ("prothèse", "PROTHESE EN PLACE"),
        ("total knee", "Status post total\n   knee replacement."),
        ("TKR, prótesis", "Prótesis bien alineada."),
        ("TKR , tka", "S/P TKR."),
        ("假体", "左膝关节假体在位。"),
        ("schraube", "DIE SCHRAUBEN SITZEN."),
        ("groß", "GROSSER ERGUSS"),
        ("effusion", "Large\teﬀusion"),
    ],
)
def test_case_accents_and_spacing_make_no_difference(wanted: str, report: str) -> None:
    assert looked_for(wanted).occur_in(report)


@pytest.mark.parametrize(
    ("wanted", "report"),
    [
        ("tkr", "The patellotkra is normal."),
        ("total knee", "A knee, in total."),
        ("nail", "A snail."),
        ("a.c", "abc"),
    ],
)
def test_what_merely_contains_the_letters_is_not_found(wanted: str, report: str) -> None:
    assert not looked_for(wanted).occur_in(report)


def test_reports_that_deny_the_word_are_left_out_as_they_deny_it() -> None:
    words = looked_for("prosthesis", "no prosthesis, without")
    assert words.occur_in("Prosthesis in place.")
    assert not words.occur_in("No  Prosthesis.")
    assert not words.occur_in("Prosthesis without loosening.")


def test_the_sentence_that_says_it_is_shown_as_it_was_written() -> None:
    report = "Clinical details: pain.\nTotal Knee  Arthroplasty, in place. No effusion."
    assert looked_for("total knee").excerpt(report) == "Total Knee  Arthroplasty, in place."
    long = looked_for("knee").excerpt("Knee " + "x" * 1000)
    assert len(long) <= SHOWN + 2


@pytest.mark.parametrize("nothing", ["", " , ;", "\u0301", "x" * (LONGEST + 1)])
def test_nothing_and_too_much_are_refused(nothing: str) -> None:
    with pytest.raises(Refused):
        looked_for(nothing)


@given(st.text(alphabet="aäàéèçñoö ß-()*+[.\\", min_size=1, max_size=12))
def test_every_report_is_found_by_its_own_words_however_composed(said: str) -> None:
    if not folded(said):
        return
    report = f"Seen: {unicodedata.normalize('NFD', said.upper())} today."
    assert looked_for(unicodedata.normalize("NFC", said)).occur_in(report)
