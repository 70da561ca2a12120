"""What a report denies, what it says and what it leaves open are three different words."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.reports import clean, read
from models.reports.text import terms

MARK = re.compile(r"(?:(?<=^)|(?<=[\s'(/，度见无])|(?<=[,;] ))([-+?])([^\W\d_]+)")
PREFIX = {"-": "not_", "+": "", "?": "maybe_"}
SENTENCES = [
    line
    for line in Path(__file__).with_name("denials.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_word_is_denied_said_or_left_open(sentence: str) -> None:
    marked = [(sign, word.lower()) for sign, word in MARK.findall(sentence)]
    assert marked
    said = terms(clean(f"FINDINGS: {MARK.sub(lambda found: found[2], sentence)}"))
    for sign, word in marked:
        for letter in word if word > "\u3400" else [word]:
            found = [
                each for each in said if each in {prefix + letter for prefix in PREFIX.values()}
            ]
            assert set(found) == {PREFIX[sign] + letter}


@pytest.mark.parametrize(
    ("report", "degree", "certainty"),
    [
        ("No fracture. Severe narrowing.", ["", "severe"], ["", ""]),
        ("No mild or severe narrowing.", [""], [""]),
        ("Possible mild narrowing.", ["mild"], ["possible"]),
        ("Fracture cannot be excluded.", [""], ["possible"]),
        ("Minimal narrowing, moderate osteophytes.", ["moderate"], [""]),
        ("Schwere Gonarthrose, kein Erguss.", ["severe"], [""]),
    ],
)
def test_a_statement_holds_its_largest_degree_and_how_sure_it_is(
    report: str, degree: list[str], certainty: list[str]
) -> None:
    found = read(f"FINDINGS: {report}").statements
    assert [each.degree for each in found] == degree
    assert [each.certainty for each in found] == certainty


WORDS = ["no", "fracture", "severe", "narrowing", ",", "or", "and", "is not seen", ":", "none"]
WORDS += ["cannot exclude", "but", "with", "of the", "change", "loosening", "is", "."]


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_what_the_structure_denies_the_terms_deny(report: str) -> None:
    reading = read(f"FINDINGS: {report}")
    words = [token.text for token in reading.tokens()]
    denied = {
        word
        for word, status in zip(words, reading.denied(), strict=True)
        if status == "not" and word not in ".;:,"
    }
    of_terms = {each.removeprefix("not_") for each in terms(" ".join(words)) if " " not in each}
    assert denied <= of_terms
    assert {f"not_{word}" for word in denied} == {
        each for each in terms(" ".join(words)) if each.startswith("not_") and " " not in each
    }


@given(st.lists(st.sampled_from(["fracture", "effusion", "erosion", "cyst"]), min_size=1))
def test_a_list_of_denials_is_denied_to_its_end(findings: list[str]) -> None:
    said = terms(clean(f"FINDINGS: No {', '.join(findings)} or dislocation. Osteophytes."))
    assert {f"not_{word}" for word in [*findings, "dislocation"]} <= set(said)
    assert not set(findings) & set(said)
    assert "osteophytes" in said
