"""A report is shown whole, cut at its marks, and a suggestion says why it came to review."""

from hypothesis import given
from hypothesis import strategies as st
from worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.db.learning import PseudoLabel
from app.reading.suggestions import pieces, suggestion


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


def test_a_near_copy_is_called_one(database):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        image, copy = add_images(session, 2)
        labels = add_sweep(session, [image, copy])
        session.get_one(PseudoLabel, labels[1]).near_copy = True
        session.flush()
        said = {each: suggestion(session, each, reader).reasons for each in (image, copy)}
    expected = "It is nearly a copy of another film under review."
    assert expected not in said[image]
    assert said[copy] == [*said[image], expected]
