"""A report is shown whole, cut at its marks, and a suggestion says why it came to review."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.acceptance.unlike import KINDS
from app.db.archive import Image, Report, Study
from app.db.learning import PseudoLabel
from app.db.reading import Annotation
from app.db.tables import now
from app.imports import reports
from app.reading.rules import annotate
from app.reading.suggestions import pieces, suggestion
from app.reading.worklists import lease_next


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


def test_a_pseudo_label_made_on_an_earlier_report_says_so_and_marks_nothing(database):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        (image,) = add_images(session, 1)
        label = session.get_one(PseudoLabel, add_sweep(session, [image])[0])
        study = session.get_one(Study, session.get_one(Image, image).study_id)
        reports.put(session, study, "Joint space kept.", None)
        label.report_version, label.words = 1, {"class_id": 1, "marks": [(0, 5, False)]}
        session.flush()
        assert suggestion(session, image, reader).report[0].mark == "said"
        reports.put(session, study, "No: narrowed.", None)
        said = suggestion(session, image, reader)
    assert [(piece.text, piece.mark) for piece in said.report] == [("No: narrowed.", "")]
    assert said.reasons[-1] == (
        "The pseudo-label was made on an earlier report (version 1); version 2 is shown."
    )


def test_a_label_names_the_report_that_was_there_when_the_image_was_drawn(database):
    moment = now()
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        images = add_images(session, 3)
        list_images(session, "seed", images)
        for image in images:
            study = session.get_one(Study, session.get_one(Image, image).study_id)
            for number, text in enumerate("AB"):
                reports.put(session, study, text, None)
                came = moment + timedelta(seconds=10 * number)
                session.scalars(
                    select(Report).where(Report.study_id == study.id, Report.version == number + 1)
                ).one().at = came
        session.flush()
        for number, (decided, looked) in enumerate([(12, 1), (12, 5), (5, 7)]):
            at = moment + timedelta(seconds=decided)
            image = lease_next(session, reader, "seed", 300, at)
            annotate(session, reader, image, "seed", 1, 1000 * looked, f"key {number}", at)
        made_on = session.scalars(select(Annotation.report_version).order_by(Annotation.id)).all()
    assert made_on == [2, 1, 0]


def test_what_a_film_is_unlike_in_is_said_in_place_of_how_sure_the_labeler_is(database):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        images = add_images(session, 5)
        labels = add_sweep(session, images)
        for label, kind in zip(labels, ("", *KINDS), strict=True):
            session.get_one(PseudoLabel, label).unlike = kind
        session.flush()
        reasons = [suggestion(session, image, reader).reasons for image in images]
    assert "not sure enough" in reasons[0][0]
    assert all(len(each) == 1 and "not sure" not in each[0] for each in reasons[1:])
    assert len({each[0] for each in reasons}) == 5
