"""A suggestion says why a film came to review, and marks only the report it was made on."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.acceptance.unlike import KINDS
from app.db.archive import Image, Report, Study
from app.db.learning import PseudoLabel
from app.db.reading import Annotation
from app.db.tables import now
from app.imports import reports
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.reading.suggestions import suggestion
from app.worklists.items import lease_next


def test_a_near_copy_is_called_one(database):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        image, copy = add_images(session, 2)
        labels = add_sweep(session, [image, copy])
        session.get_one(PseudoLabel, labels[1]).near_copy = True
        session.flush()
        said = {each: suggestion(session, each, reader).reasons for each in (image, copy)}
    expected = "It is nearly identical to another film in review."
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
        assert suggestion(session, image, reader).report[0].strong
        reports.put(session, study, "No: narrowed.", None)
        said = suggestion(session, image, reader)
    assert [(piece.text, piece.strong) for piece in said.report] == [("No: narrowed.", False)]
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
            annotate(
                session,
                Hold(reader, image, "seed"),
                Decision(1, f"key {number}", at, 1000 * looked),
            )
        made_on = session.scalars(select(Annotation.report_version).order_by(Annotation.id)).all()
    assert made_on == [2, 1, 0]


def test_what_a_film_is_unlike_in_is_said_in_place_of_how_sure_the_labeler_is(database):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        images = add_images(session, 1 + len(KINDS))
        labels = add_sweep(session, images)
        for label, kind in zip(labels, ("", *KINDS), strict=True):
            session.get_one(PseudoLabel, label).unlike = kind
        session.flush()
        reasons = [suggestion(session, image, reader).reasons for image in images]
    assert "not sure enough" in reasons[0][0]
    assert all(len(each) == 1 and "not sure" not in each[0] for each in reasons[1:])
    assert len({each[0] for each in reasons}) == 1 + len(KINDS)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("nothing", "it does not mention a knee"),
        ("other knee", "it describes only the other knee"),
        ("unknown words", "the labeler does not know enough of its words"),
    ],
)
def test_a_report_that_was_not_read_is_told_with_the_reason(database, why, said):
    with database.begin() as session:
        (reader,), _ = add_readers(session, 1), add_classes(session)
        (image,) = add_images(session, 1)
        label = session.get_one(PseudoLabel, add_sweep(session, [image])[0])
        label.not_read, label.guessed = why, True
        session.flush()
        reasons = suggestion(session, image, reader).reasons
    assert reasons[0] == f"Its report was not read: {said}."
    assert "neither a report nor the image" in reasons[1]
    assert len(reasons) == 2
