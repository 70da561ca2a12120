"""What is kept of a report and a film to tell archives apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.traits import film_traits, report_traits

REPORT = "FINDINGS: Joint space preserved.\n\nIMPRESSION: Normal knee."


def test_words_are_told_from_headings_and_headings_from_words() -> None:
    traits = report_traits(REPORT)
    assert traits["words"] == {"joint", "space", "preserved", "normal", "knee"}
    assert {"heading FINDINGS:", "heading IMPRESSION:"} <= traits["layout"]


@pytest.mark.parametrize(
    "other",
    [
        REPORT.replace("FINDINGS", "OBSERVATIONS"),
        REPORT.lower(),
        REPORT.replace("\n\n", "~"),
        REPORT.replace("FINDINGS: Joint", "- [x] Joint"),
        REPORT.replace(" preserved.", "\npreserved."),
        r"{\rtf1 " + REPORT + "}",
        "|".join(REPORT.split()),
    ],
)
def test_the_same_words_laid_out_otherwise_have_another_layout(other: str) -> None:
    assert report_traits(other)["layout"] != report_traits(REPORT)["layout"]


def test_numbers_and_dates_are_no_traits() -> None:
    reports = [f"Exam {n}/{n}/20{n}: pain for {n} months.\nNormal." for n in (10, 11)]
    assert report_traits(reports[0]) == report_traits(reports[1])


def test_a_missing_report_is_a_trait() -> None:
    assert report_traits(None) == report_traits("") == {"layout": {"no report"}}


@given(st.text(max_size=400))
def test_any_text_has_traits(report: str) -> None:
    traits = report_traits(report)
    assert traits["layout"]
    assert all(isinstance(trait, str) for found in traits.values() for trait in found)


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_film_has_traits(pixels: np.ndarray) -> None:
    assert len(film_traits(pixels, {})["film"]) >= 10


def test_another_machine_and_another_grey_are_other_traits() -> None:
    film = np.random.default_rng(0).integers(40, 200, (200, 160)).astype(np.uint8)
    own = film_traits(film, {"Manufacturer": "A", "view": "AP"})["film"]
    assert film_traits(film, {"Manufacturer": "B", "view": "AP"})["film"] ^ own == {
        "Manufacturer A",
        "Manufacturer B",
    }
    for other in (film // 2, film[::2, ::2].repeat(2, 0).repeat(2, 1), film[:, :80]):
        assert film_traits(other, {"Manufacturer": "A", "view": "AP"})["film"] != own
