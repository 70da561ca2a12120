"""Of a form, what was ticked or filled in is read with its label, and nothing else."""

import pytest

from models.reports.sections import said


def read(report: str) -> list[str]:
    return [line for section in said(report) for line in section.text.text.split("\n") if line]


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        ("Spurs: [ ] none [x] small [ ] large", ["Spurs: small"]),
        ("Effusion ( ) yes (X) no\nSpurs (x) yes ( ) no", ["Effusion: no", "Spurs: yes"]),
        ("Gap ☐ kept ☑ narrow ☐ gone", ["Gap: narrow"]),
        ("Gap: kept [ ] narrow [x] gone [ ]", ["Gap: narrow"]),
        (
            "Spurs\n[ ] none\n[x] small\nEffusion:\n☒ none\n☐ big",
            ["Spurs: small", "Effusion: none"],
        ),
        ("Spurs: [x] none [ ] small. Effusion: [ ] none [x] big", ["Spurs: none. Effusion: big"]),
        ("Spurs: [x] medial [x] lateral [ ] patellar", ["Spurs: medial, lateral"]),
        ("[x] Effusion\n[ ] Fracture\n[x] Spurs", ["Effusion", "Spurs"]),
        ("Effusion [x]\nFracture [ ]", ["Effusion"]),
        ("Spurs: _x_ none ___ small", ["Spurs: none"]),
        ("Spurs: none\nEffusion: small", ["Spurs: none", "Effusion: small"]),
    ],
)
def test_what_is_ticked_stays_with_its_label(report: str, lines: list[str]) -> None:
    assert read(report) == lines


@pytest.mark.parametrize(
    "field",
    [
        "Gap: ____",
        "Gap: ***",
        "Gap: [ ]",
        "Gap: [none/mild/severe]",
        "Gap: [select one]",
        "Gap: {mild/severe:1234}",
        "Gap: Click or tap here to enter text.",
        "Gap: [ ] kept [ ] narrow",
        "The gap measures ___ mm.",
    ],
)
def test_what_nobody_filled_in_says_nothing(field: str) -> None:
    assert read(f"{field}\nAlignment: neutral") == ["Alignment: neutral"]


def test_stars_around_a_sentence_stress_it() -> None:
    assert read("IMPRESSION: *** SEVERE WEAR ***") == ["SEVERE WEAR"]


def test_a_mask_is_no_empty_field() -> None:
    assert read("Compared with [date] the gap is narrower.") == [
        "Compared with [date] the gap is narrower."
    ]


@pytest.mark.parametrize(
    "table",
    [
        "Spurs\tnone\nEffusion\tsmall",
        "Spurs        none\nEffusion     small",
        "Spurs.......none\nEffusion....small",
        "| Spurs | none |\n|---|---|\n| Effusion | small |",
        "<table><tr><td>Spurs</td><td>none</td></tr><tr><td>Effusion</td><td>small</td></tr></table>",
    ],
)
def test_a_row_of_a_table_is_a_label_and_its_value(table: str) -> None:
    assert read(table) == ["Spurs: none", "Effusion: small"]


def test_a_table_with_a_column_for_each_knee_names_the_knee_in_each_row() -> None:
    assert read("FINDINGS:\n\tRight\tLeft\nSpurs\tnone\tlarge") == [
        "Right Spurs: none",
        "Left Spurs: large",
    ]
