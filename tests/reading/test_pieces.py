"""A report is shown whole, cut where the labeler's reading of it changes."""

from hypothesis import given
from hypothesis import strategies as st

from app.reading.pieces import pieces

REPORT = "HISTORY: Fall. No <b>fracture</b>, osteophytes; narrowing possible."
PASSAGES = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda place: tuple(sorted(place)))
)


def place(words: str) -> tuple[int, int]:
    start = REPORT.index(words)
    return start, start + len(words)


def test_each_piece_says_how_it_was_read():
    words = {
        "class_id": 1,
        "marks": [(*place("fracture"), True), (*place("osteophytes"), False)],
        "denied": [place("fracture")],
        "left_open": [place("narrowing possible")],
        "left_out": [place("HISTORY: Fall. ")],
    }
    assert [(piece.text, piece.reading, piece.strong) for piece in pieces(REPORT, words)] == [
        ("HISTORY: Fall. ", "left_out", False),
        ("No <b>", "", False),
        ("fracture", "denied", True),
        ("</b>, ", "", False),
        ("osteophytes", "", True),
        ("; ", "", False),
        ("narrowing possible", "left_open", False),
        (".", "", False),
    ]


def test_what_an_earlier_version_wrote_is_still_shown():
    words = {"class_id": 1, "marks": [[*place("No <b>fracture"), True]]}
    marked = [piece for piece in pieces(REPORT, words) if piece.strong or piece.reading]
    assert [(piece.text, piece.reading) for piece in marked] == [("No <b>fracture", "denied")]


@given(st.text(max_size=40), PASSAGES, PASSAGES, PASSAGES)
def test_the_pieces_are_the_report_whatever_was_read(report, marks, denied, left_out):
    words = {"marks": [(*mark, False) for mark in marks], "denied": denied, "left_out": left_out}
    cut = pieces(report, words)
    assert "".join(piece.text for piece in cut) == report
    assert all(piece.text for piece in cut)


def test_no_report_has_no_pieces():
    assert pieces("", {}) == []
