"""The label set: set up before the first import, changed later without harm."""

import pytest
from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.archive import LabelClass
from app.db.learning import PseudoLabel, Run
from app.db.reading import Annotation
from app.db.tables import now
from app.errors import Conflict, Refused
from app.export.tables import EXPORTS
from app.imports.rules import ensure_classes
from app.labels import label_set
from app.labels.classes import classes, every_class
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.reading.suggestions import suggestion
from app.review.rules import decide
from app.worklists.items import lease_next


@pytest.fixture
def admin(web: Web):
    """A browser of an admin, and what the page of classes holds after a form was sent."""
    browser = web.browser("ada", "admin")

    def send(path: str, **fields: object):
        return browser.post(f"/classes{path}", data=fields)

    return send


def test_a_label_set_is_set_up_before_the_first_import(web: Web, admin) -> None:
    assert "normal\nabnormal\narthroplasty" in web.browser("ada", "admin").get("/classes").text
    assert admin("/set-up", names="grade 0\n\n grade 1 \ngrade 1").status_code == 422
    assert admin("/set-up", names="one").status_code == 422
    assert admin("/set-up", names="none\ngrade 1\ngrade 2\ngrade 3\ngrade 4").status_code == 303
    assert admin("/set-up", names="a\nb").status_code == 422, "there is one already"
    with web.database.begin() as session:
        by_name = {each.name: each.id for each in classes(session)}
    assert admin(f"/{by_name['grade 2']}/up").status_code == 303
    assert admin(f"/{by_name['grade 4']}/remove").status_code == 303
    changed = {"name": "no arthrosis", "description": "Joint space kept.", "colour": 7}
    assert admin(f"/{by_name['none']}", **changed).status_code == 303
    wanted = ["no arthrosis", "grade 2", "grade 1", "grade 3"]
    with web.database.begin() as session:
        assert ensure_classes(session) == wanted, "an import makes no others"
        first = classes(session)[0]
    assert (first.colour, first.description, first.key) == (7, "Joint space kept.", 1)


def test_names_and_order_stay_once_something_has_learned_them(session) -> None:
    ids, (reader,) = add_classes(session), add_readers(session, 1, role="admin")
    add_images(session, 1)
    assert label_set.freedom(session) == label_set.Freedom(names=True, remove=False)
    with pytest.raises(Conflict, match="there are films"):
        label_set.remove(session, ids[2], reader)
    label_set.change(session, ids[2], "prosthesis", "", 0, reader)
    session.add(Run(kind="train_labeler", status="succeeded"))
    session.flush()
    for act in (
        lambda: label_set.change(session, ids[2], "implant", "", 0, reader),
        lambda: label_set.move_up(session, ids[2], reader),
    ):
        with pytest.raises(Conflict, match="models or runs use"):
            act()
    label_set.change(session, ids[2], "prosthesis", "Any implant.", 3, reader)


def test_two_classes_are_left_at_least(session) -> None:
    ids, (admin,) = add_classes(session), add_readers(session, 1, role="admin")
    label_set.offer(session, ids[1], False, admin)
    with pytest.raises(Refused, match="at least"):
        label_set.offer(session, ids[0], False, admin)


def test_a_class_retired_under_a_readers_hands_is_refused_in_words_and_nothing_is_lost(
    session,
) -> None:
    ids, (reader,) = add_classes(session), add_readers(session, 1)
    images = add_images(session, 2)
    list_images(session, "seed", images)
    held = lease_next(session, reader, "seed", 300, now())
    label_set.offer(session, ids[1], False, reader)
    assert [each.key for each in classes(session)] == [1, 3], "the other keys stay"
    hold = Hold(reader, held, "seed")
    with pytest.raises(Conflict, match="is retired"):
        annotate(session, hold, Decision(ids[1], "key 1 of it", now(), 900))
    assert lease_next(session, reader, "seed", 300, now()) == held, "still in the reader's hands"
    annotate(session, hold, Decision(ids[0], "key 2 of it", now(), 900))
    assert session.scalars(select(Annotation.class_id)).all() == [ids[0]]


def test_a_suggestion_of_a_retired_class_is_shown_and_cannot_be_approved(session) -> None:
    ids, (reader,) = add_classes(session), add_readers(session, 1)
    [pseudo] = add_sweep(session, add_images(session, 1))
    image = lease_next(session, reader, "review", 300, now())
    label_set.offer(session, ids[1], False, reader)
    assert suggestion(session, image, reader).class_id == ids[1]
    assert every_class(session)[1].retired
    with pytest.raises(Conflict, match="is retired"):
        decide(session, reader, pseudo, "approve", Decision(None, "approve it", now(), 900))
    decide(session, reader, pseudo, "correct", Decision(ids[0], "correct it", now(), 900))


def test_a_class_added_after_a_sweep_has_the_probability_zero_there(session) -> None:
    ids, (reader,) = add_classes(session), add_readers(session, 1)
    images = add_images(session, 1)
    add_sweep(session, images)
    added = label_set.add(session, "fracture", reader)
    shown = suggestion(session, images[0], reader)
    assert shown.probabilities == dict(zip([*ids, added.id], [0.3, 0.6, 0.1, 0], strict=True))
    [row] = EXPORTS["pseudo-labels"][1](session)
    assert row["probabilities"]["fracture"] == 0
    assert [(each.role, each.classes) for each in label_set.unaware(session)] == [
        ("labeler", ["fracture"])
    ]
    assert len(session.scalars(select(PseudoLabel.probabilities)).one()) == 3, "as it was kept"
    assert session.get_one(LabelClass, added.id).added_at is not None


def test_more_than_nine_classes_are_offered(web: Web, admin) -> None:
    wanted = [f"class {number}" for number in range(1, 13)]
    assert admin("/set-up", names="\n".join(wanted)).status_code == 303
    with web.database.begin() as session:
        list_images(session, "seed", add_images(session, 1))
    page = web.browser("rosa").get("/reading/seed").text
    assert page.count('data-class="') == 12
    assert "More classes" in page
