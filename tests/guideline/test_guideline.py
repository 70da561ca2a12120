"""The guideline: versions that never change, examples that nobody reads, reads that name it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.web import Web, csrf_of
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.people import User
from app.db.reading import Annotation, WorklistItem
from app.db.tables import now
from app.errors import Conflict, NotFound, Refused
from app.guideline.page import published
from app.guideline.rules import Draft, Example, draft_of, publish
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

LEASE = 300
RULES = Draft("Read the whole film.", {}, [], "First version.")


@pytest.fixture
def reading(session):
    """An admin, two readers, three classes, and four images on the seed worklist."""
    add_readers(session, 1, "admin")
    readers, classes = add_readers(session, 2), add_classes(session)
    images = add_images(session, 4)
    list_images(session, "seed", images)
    return session.scalar(select(User).where(User.role == "admin")), readers, classes, images


def label(session, reader, class_id, at=None, milliseconds=0):
    at = at or now()
    image = lease_next(session, reader, "seed", LEASE, at)
    decision = Decision(class_id, f"{reader} {image} {at}", at, milliseconds)
    annotate(session, Hold(reader, image, "seed"), decision)
    return image


def test_a_version_says_what_was_written_and_is_never_changed(session, reading):
    admin, (ann, _), (normal, abnormal, _), _ = reading
    image = label(session, ann, abnormal)
    first = Draft("All films.", {normal: "No osteophyte.", abnormal: ""}, [], "First.")
    assert publish(session, first, 0, admin) == 1
    example = Example(image, abnormal, "The spur at the margin.")
    second = Draft("All films.", {normal: "No osteophyte."}, [example], "An example.")
    assert publish(session, second, 1, admin) == 2
    assert draft_of(session, 1) == Draft("All films.", {normal: "No osteophyte."}, [], "First.")
    assert draft_of(session, 2) == second
    shown = published(session, 2)
    assert [(rule.name, len(rule.examples)) for rule in shown.classes] == [
        ("normal", 0),
        ("abnormal", 1),
    ]


def test_who_publishes_from_an_old_page_is_told_so_and_overwrites_nothing(session, reading):
    admin, *_ = reading
    publish(session, RULES, 0, admin)
    with pytest.raises(Conflict, match="published meanwhile"):
        publish(session, Draft("Something else."), 0, admin)
    assert draft_of(session, 1).text == RULES.text


@pytest.mark.parametrize("draft", [Draft(), Draft(" ".strip(), {1: ""})])
def test_a_guideline_that_says_nothing_is_not_published(session, reading, draft):
    admin, *_ = reading
    with pytest.raises(Refused, match="guideline is empty"):
        publish(session, draft, 0, admin)


def test_what_changes_nothing_is_no_new_version(session, reading):
    admin, *_ = reading
    publish(session, RULES, 0, admin)
    with pytest.raises(Refused, match="same as version"):
        publish(session, Draft(RULES.text, {}, [], "Again."), 1, admin)


def test_a_film_that_somebody_may_still_read_blind_is_no_example(session, reading):
    admin, (ann, _), (normal, abnormal, _), images = reading
    plan(session, "seed", 2, 1.0, 0)
    read_once = label(session, ann, normal)
    with pytest.raises(Refused, match="without knowing its label"):
        publish(session, Draft("A", {}, [Example(read_once, normal)]), 0, admin)
    with pytest.raises(Refused, match="without knowing its label"):
        publish(session, Draft("A", {}, [Example(images[-1], abnormal)]), 0, admin)


def test_an_example_has_the_label_that_it_shows_and_is_no_validation_film(session, reading):
    admin, (ann, _), (normal, abnormal, _), _ = reading
    image = label(session, ann, normal)
    with pytest.raises(Refused, match="is not the class"):
        publish(session, Draft("A", {}, [Example(image, abnormal)]), 0, admin)
    (locked,) = add_images(session, 1, split="validation", name="v")
    with pytest.raises(Refused, match="validation"):
        publish(session, Draft("A", {}, [Example(locked, normal)]), 0, admin)
    with pytest.raises(NotFound):
        publish(session, Draft("A", {}, [Example(4_000_000, normal)]), 0, admin)


def test_an_example_gets_no_further_independent_read(session, reading):
    admin, (ann, _), (normal, *_), _ = reading
    image = label(session, ann, normal)
    publish(session, Draft("A", {}, [Example(image, normal)]), 0, admin)
    plan(session, "seed", 2, 1.0, 0)
    second = select(WorklistItem.image_id).where(WorklistItem.turn == 2)
    listed = set(session.scalars(second))
    assert image not in listed
    assert len(listed) == 3


def test_each_read_names_the_version_that_held_when_the_film_was_drawn(session, reading):
    admin, (ann, _), (normal, *_), _ = reading
    before = label(session, ann, normal)
    publish(session, RULES, 0, admin)
    at = now() + timedelta(seconds=5)
    drawn_before = label(session, ann, normal, at, milliseconds=600_000)
    after = label(session, ann, normal, at)
    named = dict(session.execute(select(Annotation.image_id, Annotation.guideline_version)).all())
    assert named == {before: None, drawn_before: None, after: 1}


def test_an_admin_writes_it_in_the_browser_and_a_reader_opens_it(sqlite_database, settings):
    web = Web(sqlite_database, settings)
    with sqlite_database.begin() as session:
        normal, *_ = add_classes(session)
        (image,) = add_images(session, 1)
        list_images(session, "seed", [image])
        (ann,) = add_readers(session, 1)
        label(session, ann, normal)
        session.execute(update(WorklistItem).values(done=True))
    admin, reader = web.browser("Eva", "admin"), web.browser("Ben")
    assert "No guideline has been published" in reader.get("/guideline").text
    assert reader.get("/api/v1/guideline").json() is None
    page = admin.get(f"/guideline/edit?image_id={image}").text
    assert f'name="example_image" aria-label="Image of example 1" value="{image}"' in page
    form = {
        "csrf_token": csrf_of(page),
        "based_on": "0",
        "text": "Look at both compartments.",
        "rule_class": [str(normal)],
        "rule_text": ["No osteophyte."],
        "example_image": ["twelve", ""],
        "example_class": [str(normal), str(normal)],
        "example_caption": ["Even joint space", ""],
    }
    refused = admin.post("/guideline/edit", data=form)
    assert refused.status_code == 422
    assert "named by the number" in refused.text
    assert "Look at both compartments." in refused.text
    form["example_image"] = [str(image), ""]
    assert admin.post("/guideline/edit", data=form).headers["location"] == "/guideline"
    told = reader.get("/api/v1/guideline").json()
    assert told["version"] == 1
    (film,) = told["classes"][0]["examples"]
    assert film["caption"] == "Even joint space"
    assert "Eva" not in reader.get("/guideline").text
    assert 'data-act="guideline"' in reader.get("/reading/seed").text
