"""The practice set: answers that count nowhere, a score, and a seed set that waits for it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.blindness import is_known_to
from app.db.guideline import GuidelineExample
from app.db.people import User
from app.db.practice import PracticeAnswer, PracticeFilm
from app.db.reading import Annotation, WorklistItem
from app.db.tables import now
from app.errors import Conflict, NotFound, Refused
from app.export.rules import rows
from app.guideline.rules import Draft, Example, publish
from app.labels.decisions import Decision, Hold
from app.practice import films, scores
from app.practice.attempts import answer, next_film
from app.practice.drift import drift
from app.reading.rules import annotate
from app.worklists.double_reading import plan
from app.worklists.items import lease_next


@pytest.fixture
def practice(session):
    """An admin, two readers, three classes, and four seed films that the first reader labelled."""
    add_readers(session, 1, "admin")
    readers, classes = add_readers(session, 2), add_classes(session)
    images = add_images(session, 4)
    list_images(session, "seed", images)
    for number in range(4):
        label(session, readers[0], classes[number % 2])
    return session.scalar(select(User).where(User.role == "admin")), readers, classes, images


def label(session, reader, class_id, at=None):
    at = at or now()
    image = lease_next(session, reader, "seed", 300, at)
    annotate(session, Hold(reader, image, "seed"), Decision(class_id, f"{reader} {image}", at))
    return image


def practise(session, reader, say, at=None):
    """Answer a whole attempt with what `say` makes of the known answer; return the verdicts."""
    told = []
    known = films.askable(session)
    while item := next_film(session, reader).item:
        image = item.film.image_id
        told.append(answer(session, reader, image, say(known[image]), at or now()))
    return told


def test_what_is_practised_is_no_read_anywhere(session, practice):
    admin, (_, ben), (normal, *_), images = practice
    films.add(session, images, admin)
    before = session.scalars(select(Annotation.id)).all(), list(rows(session, "reads"))
    practise(session, ben, lambda _known: normal)
    assert (session.scalars(select(Annotation.id)).all(), list(rows(session, "reads"))) == before
    assert list(rows(session, "labels")) == list(rows(session, "labels"))


def test_who_was_told_the_label_is_not_handed_the_film_blind(session, practice):
    admin, (_, ben), (normal, *_), images = practice
    films.add(session, images[:2], admin)
    practise(session, ben, lambda _known: normal)
    known = [session.scalar(select(is_known_to(ben, image))) for image in images]
    assert known == [True, True, False, False]
    # Nor is a film of the set listed for a second, independent read.
    plan(session, "seed", 2, 1.0, 0)
    second = select(WorklistItem.image_id).where(WorklistItem.turn == 2)
    assert set(session.scalars(second)) == set(images[2:])
    # Once out of the set it is, for others than who practised on it.
    for image in images[:2]:
        films.remove(session, image, admin)
    plan(session, "seed", 2, 1.0, 0)
    given = {label(session, ben, normal), label(session, ben, normal)}
    assert given == set(images[2:])
    assert lease_next(session, ben, "seed", 300, now()) is None


def test_an_attempt_is_scored_by_class_and_may_be_repeated(session, practice):
    admin, (_, ben), (normal, abnormal, _), images = practice
    films.add(session, images, admin)
    films.set_terms(session, 3, False, admin)
    verdicts = practise(session, ben, lambda _known: normal)
    assert sorted(each.right for each in verdicts) == [False, False, True, True]
    assert {each.known for each in verdicts if not each.right} == {"abnormal"}
    practise(session, ben, lambda known: known)
    last, first = scores.scores(session, ben)
    assert [(each.name, each.right, each.of) for each in first.classes] == [
        ("normal", 2, 2),
        ("abnormal", 0, 2),
    ]
    # Clopper & Pearson: 2 of 4.
    assert first.whole.interval == pytest.approx((0.0676, 0.9324), abs=1e-4)
    assert (first.passed, last.passed) == (False, True)
    assert [each.passed for each in scores.people(session)] == [False, True]
    wrong = scores.wrong_answers(session, first.attempt)
    assert {(each.said, each.known) for each in wrong} == {("normal", "abnormal")}
    assert {each.image_id for each in wrong} == {images[1], images[3]}
    assert abnormal != normal


def test_the_first_answer_of_a_film_stays_and_an_answer_without_a_class_is_wrong(session, practice):
    admin, (_, ben), (normal, *_), images = practice
    films.add(session, images[:2], admin)
    image = next_film(session, ben).item.film.image_id
    assert not answer(session, ben, image, None, now()).right
    again = answer(session, ben, image, films.askable(session)[image], now())
    assert (again.right, again.class_id) == (False, None)
    with pytest.raises(Conflict, match="not asked"):
        answer(session, ben, images[3], normal, now())
    with pytest.raises(NotFound, match="no such class"):
        answer(session, ben, image, 4_000, now())


def test_a_film_that_may_still_be_read_or_is_shown_elsewhere_is_not_practised_on(session, practice):
    admin, (_, ben), (normal, *_), images = practice
    (locked,) = add_images(session, 1, split="validation", name="v")
    with pytest.raises(Refused, match="validation"):
        films.add(session, [locked], admin)
    with pytest.raises(NotFound):
        films.add(session, [4_000_000], admin)
    (unread,) = add_images(session, 1, name="u")
    with pytest.raises(Refused, match="no label"):
        films.add(session, [unread], admin)
    films.add(session, images, admin)
    publish(session, Draft("A", {}, [Example(images[0], normal)]), 0, admin)
    opened = WorklistItem.image_id == images[2]
    session.execute(update(WorklistItem).where(opened).values(done=False))
    assert set(films.askable(session)) == {images[1], images[3]}
    assert [each.asked for each in films.chosen(session)] == [False, False, True, True]
    films.remove(session, images[0], admin)
    with pytest.raises(Refused, match="guideline"):
        films.add(session, images[:1], admin)
    assert session.scalars(select(GuidelineExample.image_id)).all() == images[:1]
    assert next_film(session, ben).item.of == 2


def test_a_draw_takes_so_many_of_each_class_and_the_same_seed_takes_the_same(session, practice):
    admin, _, _, images = practice
    with pytest.raises(Refused, match="films in the practice set"):
        films.set_terms(session, 1, True, admin)
    assert films.draw(session, 1, 7, admin) == 2
    first = set(session.scalars(select(PracticeFilm.image_id)))
    for image in first:
        films.remove(session, image, admin)
    films.draw(session, 1, 7, admin)
    assert set(session.scalars(select(PracticeFilm.image_id))) == first
    films.draw(session, 5, 7, admin)
    assert set(films.askable(session)) == set(images)
    with pytest.raises(Refused, match="how many"):
        films.set_terms(session, None, True, admin)


def test_the_rule_beside_the_known_answer_is_the_guidelines(session, practice):
    admin, (_, ben), (normal, abnormal, _), images = practice
    films.add(session, images[:2], admin)
    publish(session, Draft("", {normal: "No osteophyte.", abnormal: "A spur."}), 0, admin)
    told = practise(session, ben, lambda _known: normal)
    assert {each.known: each.rule.text for each in told} == {
        "normal": "No osteophyte.",
        "abnormal": "A spur.",
    }
    assert set(session.scalars(select(PracticeAnswer.guideline_version))) == {1}


def test_the_seed_set_opens_after_passing_and_stays_open_to_admins(sqlite_database, settings):
    web = Web(sqlite_database, settings)
    with sqlite_database.begin() as session:
        normal, abnormal, _ = add_classes(session)
        images, more = add_images(session, 2), add_images(session, 2, name="q")
        list_images(session, "seed", images + more)
        (ann,) = add_readers(session, 1)
        for class_id in (normal, abnormal):
            label(session, ann, class_id)
    admin, ben = web.browser("Eva", "admin"), web.browser("Ben")
    added = admin.post("/practice/set", data={"images": f"{images[0]}, {images[1]}"})
    assert added.status_code == 303
    refused = admin.post("/practice/set", data={"images": "knees"})
    assert (refused.status_code, "numbers of their images" in refused.text) == (422, True)
    asked = admin.post("/practice/terms", data={"needed": "2", "required": "true"})
    assert asked.status_code == 303
    closed = ben.get("/reading/seed")
    assert (closed.status_code, closed.headers["location"]) == (303, "/practice")
    assert ben.post("/api/v1/worklists/seed/next").status_code == 409
    assert admin.post("/api/v1/worklists/seed/next").status_code == 200
    assert ben.get("/api/v1/practice").json()["required"] is True
    known = {images[0]: normal, images[1]: abnormal}
    while item := ben.post("/api/v1/practice/next").json()["item"]:
        said = {"image_id": item["film"]["image_id"], "class_id": known[item["film"]["image_id"]]}
        assert ben.post("/api/v1/practice/answers", json=said).json()["right"]
    assert ben.post("/api/v1/worklists/seed/next").json()["item"]
    (ben_now,) = (
        each for each in admin.get("/api/v1/practice/people").json() if each["name"] == "Ben"
    )
    assert (ben_now["passed"], ben_now["last"]["whole"]["right"]) == (True, 2)


def test_a_readers_drift_is_by_month_and_leaves_out_what_is_merely_remembered(session, practice):
    admin, (ann, ben), (normal, *_), images = practice
    films.add(session, images, admin)
    start = now()
    # Ann has labelled these films just now: a day later, she says of two what she said before.
    practise(session, ann, lambda _known: normal, start + timedelta(hours=1))
    assert drift(session) == []
    practise(session, ann, lambda _known: normal, start + timedelta(days=40))
    practise(session, ben, lambda _known: normal, start)
    practise(session, ben, lambda known: known, start + timedelta(days=40))
    month = f"{start + timedelta(days=40):%Y-%m}"
    found = [(each.name, each.month, each.agreeing, each.of) for each in drift(session)]
    assert found == [("reader 0", month, 4, 4), ("reader 1", month, 2, 4)]
    (own,) = drift(session, ben)
    assert own.interval == pytest.approx((0.0676, 0.9324), abs=1e-4)
