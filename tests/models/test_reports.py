"""Awkward reports come down to what they say about the knee on the film."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reports import clean


@pytest.mark.parametrize(
    ("report", "kept", "gone"),
    [
        (
            "HISTORY: osteoarthritis, M17.1\nFINDINGS: Joint space kept.\nIMPRESSION: Normal knee.",
            "joint space kept",
            "osteoarthritis",
        ),
        ("Clinical history: TKA. Findings: no effusion.", "no effusion", "tka"),
        ("INDICATION: pain\nTECHNIQUE: two views\n\nMild narrowing.", "mild narrowing", "views"),
        ("Mild narrowing of the medial compartment.", "mild narrowing", "history"),
        (
            "IMPRESSION:\nSevere osteoarthritis.\n\nElectronically signed by: A. Smith, 3/4/2019",
            "severe osteoarthritis",
            "smith",
        ),
        (
            "FINDINGS: Normal.\nSigned by: Dr. Jones\nADDENDUM: A loose body is seen.",
            "a loose body is seen",
            "jones",
        ),
        ("Findings - Kellgren-Lawrence grade 3, 2 mm.", "kellgren-lawrence grade", "3"),
        ("Anamnese: Sturz\nBefund: Kein Nachweis einer Fraktur.", "kein nachweis", "sturz"),
        ("Indication: douleur\nRésultat: arthrose fémoro-tibiale.", "arthrose", "douleur"),
        ("**FINDINGS:** status post TKA", "status post tka", "findings"),
    ],
)
def test_findings_stay_and_history_signature_and_digits_go(
    report: str, kept: str, gone: str
) -> None:
    assert kept in clean(report)
    assert gone not in clean(report)


def test_a_report_of_history_alone_says_nothing() -> None:
    assert clean("HISTORY: rule out osteoarthritis.") == ""


TWO_KNEES = (
    "FINDINGS:\nRight knee: Severe narrowing. Large osteophytes.\n"
    "Left knee: Normal alignment. No effusion.\nBoth knees: soft tissues unremarkable."
)


def test_two_knees_in_one_report_are_kept_apart() -> None:
    right, left = clean(TWO_KNEES, "R"), clean(TWO_KNEES, "L")
    assert "narrowing" in right
    assert "osteophytes" in right
    assert "alignment" not in right
    assert "no effusion" in left
    assert "osteophytes" not in left
    assert "unremarkable" in right
    assert "unremarkable" in left
    assert "narrowing" in clean(TWO_KNEES)
    assert "alignment" in clean(TWO_KNEES)


def test_a_sentence_about_both_knees_stays_for_each() -> None:
    report = "FINDINGS: The left knee shows more narrowing than the right. Left TKA."
    assert "narrowing" in clean(report, "R")
    assert "tka" not in clean(report, "R")


def test_a_report_about_the_other_side_alone_is_not_thrown_away() -> None:
    assert "narrowing" in clean("FINDINGS: Right knee narrowing.", "L")


@given(st.text(max_size=300), st.sampled_from(["", "L", "R"]))
def test_no_text_breaks_it(report: str, laterality: str) -> None:
    cleaned = clean(report, laterality)
    assert cleaned == cleaned.lower()
    assert not any(character.isdigit() for character in cleaned if character.isascii())
