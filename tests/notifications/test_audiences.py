"""Who is told of what: by one table, in the transaction in which it happens, and nobody else."""

import re
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from registry.test_promotion import version
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from support.worklist_rows import add_classes, add_images, list_images

from app import announcing
from app.announcing import LIST_FILLED, RUN_ENDED, TOPICS, announce, offered
from app.archive.put_back import put_back
from app.audiences import nobody
from app.db.named_lists import NamedList
from app.db.notifications import Notification
from app.db.people import User
from app.db.reading import Annotation
from app.db.tables import now
from app.labels.reference import rebuild_reference
from app.notifications import choices, rules, words
from app.registry import rules as registry
from app.runs import rules as runs
from app.worklists import assignments, by_hand, named_lists
from app.worklists.queues import WorklistName

ROOT = Path(__file__).parents[2]
SAMPLE = {"run": 7, "kind": "sweep", "status": "failed", "worklist": "seed", "named_list": None,
          "due": None, "lot": 3, "sweep": 2, "model": 5, "group": "labeler", "stop": 1}  # fmt: skip
People = dict[str, User]


def told(session: Session) -> list[tuple[str, str, str]]:
    """Who was told what, in which words, in order; what was asked for is forgotten."""
    found = []
    for person in session.scalars(select(User)).all():
        shown = rules.listed(session, person)
        found += [(person.name, each.topic, each.sentence) for each in shown]
    session.execute(Notification.__table__.delete())
    return sorted(set(found))


@pytest.mark.parametrize("topic", TOPICS)
def test_whatever_is_declared_is_announced_somewhere_and_has_words_a_page_and_a_line(
    topic: str,
) -> None:
    constant = next(name for name, value in vars(announcing).items() if value == topic)
    code = "".join(path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py"))
    assert re.search(rf"announce\(\s*session,\s*{constant}\b|topic = .*\b{constant}\b", code)
    if TOPICS[topic].told is nobody:
        assert topic not in words.SENTENCES
        return
    routes = "".join(path.read_text("utf-8") for path in (ROOT / "app").rglob("*routes.py"))
    for worklist in get_args(WorklistName):
        sample = SAMPLE | {"worklist": worklist}
        assert words.sentence(topic, sample, {})[0].isupper()
        page = re.sub(rf"(?<=/)(7|(?<=reading/){worklist})$", "{", words.page(topic, sample))
        assert f'@pages.get("{page}' in routes


def test_a_run_is_told_to_whoever_asked_and_to_all_admins_where_it_failed(
    session: Session, people: People
) -> None:
    run = runs.request(session, "evaluate", {}, people["Ada"].id)
    runs.claim(session, run.id, "worker", timedelta(seconds=30))
    runs.finish(session, run.id, "worker", "succeeded")
    assert told(session) == [("Ada", "run.ended", f"Run {run.id} is done: Evaluate")]
    failing = runs.request(session, "evaluate", {}, people["Ada"].id)
    runs.claim(session, failing.id, "worker", timedelta(seconds=30))
    runs.finish(session, failing.id, "worker", "failed")
    sentence = f"Run {failing.id} failed: Evaluate"
    assert told(session) == [(name, "run.ended", sentence) for name in ("Ada", "Ben")]
    stopped = runs.request(session, "evaluate", {}, people["Ada"].id)
    runs.cancel(session, stopped.id, people["Ben"].id)
    assert told(session) == [("Ada", "run.ended", f"Run {stopped.id} was cancelled: Evaluate")]
    own = runs.request(session, "evaluate", {}, people["Ada"].id)
    runs.cancel(session, own.id, people["Ada"].id)
    assert told(session) == [], "their own doing"
    people["Ada"].role = "reader"
    announce(session, RUN_ENDED, run=run.id, kind="evaluate", status="succeeded")
    people["Ada"].role = "admin"
    assert told(session) == [], "what only admins may know"


def test_a_list_that_fills_is_told_to_its_people_once_until_they_look(
    session: Session, people: People
) -> None:
    add_classes(session)
    images, ada = add_images(session, 4), people["Ada"]
    by_hand.put(session, images[:1], ada, {})
    by_hand.put(session, images[1:2], ada, {})
    rows = session.scalars(select(Notification).order_by("id")).all()
    assert [each.user_id for each in rows] == [people["Rosa"].id, people["Ruth"].id]
    ruth = rules.listed(session, people["Ruth"])
    assert (ruth[0].sentence, ruth[0].page) == ("New films to read: Seed set", "/reading/seed")
    rules.read(session, people["Ruth"], ruth[0].notification_id)
    assignments.assign(session, "seed", [people["Ruth"].id, people["Ben"].id], "2026-12-04", ada)
    by_hand.put(session, images[2:3], ada, {})
    assert [each for each in told(session) if each[0] != "Rosa"] == [
        (name, topic, sentence)
        for name in ("Ben", "Ruth")
        for topic, sentence in (
            ("list.assigned", "A list was assigned to you, to be read by 2026-12-04: Seed set"),
            ("list.filled", "New films to read: Seed set"),
        )
    ]
    assignments.assign(session, "seed", [people["Ruth"].id], "", ada)
    assert told(session) == [], "Ruth had it before"


def test_a_named_list_is_told_to_its_people_by_its_name_while_it_stands(
    session: Session, people: People
) -> None:
    images, ada, rosa = add_images(session, 2), people["Ada"], people["Rosa"]
    by_hand.put(session, images, ada, {}, becomes_named=True)
    number = named_lists.make(session, images, "Hard knees", [rosa.id], "", ada)
    [only] = rules.listed(session, rosa)
    assert only.sentence == "A list was assigned to you: Hard knees"
    assert only.page == f"/reading/seed?named_list={number}"
    assert "Hard" not in session.scalars(select(Notification.data)).one()
    session.execute(update(NamedList).values(ended_at=now()))
    [only] = rules.listed(session, rosa)
    assert only.sentence == "A list was assigned to you, and has ended since"


def test_a_film_that_is_put_back_says_neither_which_it_is_nor_why(
    session: Session, people: People
) -> None:
    normal, *_ = add_classes(session)
    [image], rosa = add_images(session, 1), people["Rosa"]
    list_images(session, "seed", [image])
    read = {"image_id": image, "reader_id": rosa.id, "worklist": "seed", "class_id": normal}
    session.add(Annotation(idempotency_key="k", **read))
    session.execute(update(by_hand.WorklistItem).values(done=True))
    session.flush()
    rebuild_reference(session, image, now())
    put_back(session, image, "doubt", people["Ada"])
    assert {each[1:] for each in told(session)} == {("list.filled", "New films to read: Seed set")}


def test_a_promotion_is_told_to_the_other_admins(session: Session, people: People) -> None:
    made = version(session, "labeler")
    registry.promote(session, made, people["Ada"], "better")
    registry.roll_back(session, "labeler", None)
    back = f"The promotion of model {made} was taken back (labeler)"
    assert told(session) == [
        ("Ada", "model.rolled_back", back),
        ("Ben", "model.promoted", f"Model {made} was promoted (labeler)"),
        ("Ben", "model.rolled_back", back),
    ]


def test_a_reader_is_offered_nothing_that_follows_from_what_was_said() -> None:
    assert offered("reader") == ["list.filled", "list.assigned"]
    assert set(offered("admin")) == set(TOPICS) - {"label.corrected"}


def test_who_does_not_want_to_know_is_not_told_and_nothing_is_that_was_rolled_back(
    session: Session, people: People
) -> None:
    choices.choose(session, people["Rosa"], ["list.assigned"], None)
    choices.choose(session, people["Ruth"], ["list.assigned"], None)
    choices.choose(session, people["Ruth"], ["list.assigned", "list.filled"], None)
    with session.begin_nested() as unit:
        announce(session, LIST_FILLED, worklist="audit")
        unit.rollback()
    assert told(session) == []
    announce(session, LIST_FILLED, worklist="audit")
    assert told(session) == [("Ruth", "list.filled", "New films to read: Audit")]
