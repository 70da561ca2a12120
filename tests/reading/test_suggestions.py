"""A report is shown whole, cut at its marks."""

from hypothesis import given
from hypothesis import strategies as st

from app.reading.suggestions import pieces


def test_the_marks_are_pieces_of_their_own():
    cut = pieces("No fracture. <b>Osteophytes</b>", [(0, 11, True), (16, 27, False)])
    assert [(piece.text, piece.mark) for piece in cut] == [
        ("No fracture", "denied"),
        (". <b>", ""),
        ("Osteophytes", "said"),
        ("</b>", ""),
    ]


@given(st.text(max_size=40), st.lists(st.integers(0, 50), max_size=8, unique=True))
def test_the_pieces_are_the_report_whatever_the_marks(report, places):
    ends = sorted(places)
    marks = [(a, b, False) for a, b in zip(ends[::2], ends[1::2], strict=False)]
    assert "".join(piece.text for piece in pieces(report, marks)) == report


def test_no_report_has_no_pieces():
    assert pieces("", []) == []
