"""The page of activity: the audit log in words, for admins."""

import ast
import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from support.audit_log import events_of
from support.web import Web
from support.worklist_rows import add_classes, add_images

from app.activity import rules, words
from app.audit import Event, record, record_all
from app.db.people import User
from app.db.tables import now

ROOT = Path(__file__).parents[2]
RECORDING = {"record", "Event"}


def actions_in_code() -> set[str]:
    """Return every action that is written out where something is recorded."""
    found: set[str] = set()
    for path in (*ROOT.glob("app/**/*.py"), *ROOT.glob("worker/**/*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and len(call.args) > 3:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                choices = ast.walk(call.args[2]) if name in RECORDING else ()
                found |= {
                    each.value
                    for each in choices
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return {each for each in found if not each.endswith(" ")}


def test_every_action_of_the_code_is_called_something_on_the_page() -> None:
    actions = actions_in_code()
    assert {"export", "invite", "release lot", "publish guideline", "log out"} <= actions
    known = {action for kind in words.KINDS for action in words.actions_of(kind)}
    assert actions - known - {" ", "_"} == set()
    assert words.in_words("request sweep") == "Started a run: Sweep"
    assert words.in_words("promote labeler") == "Promoted a labeler"


@pytest.fixture
def busy(web: Web) -> Web:
    """A workspace where two people have done something."""
    admin, rosa = web.person("Ada", "admin"), web.person("Rosa", "reader")
    with web.database.begin() as session:
        classes, images = add_classes(session), add_images(session, 3)
        details = {"worklist": "seed", "class_id": classes[1]}
        record_all(session, rosa.id, [Event("label", f"image {each}", details) for each in images])
        record(
            session, admin.id, "change role", f"person {rosa.id}", before="admin", after="reader"
        )
        record(session, None, "fail lot", "lot 1")
    return web


def test_an_admin_sees_who_did_what_and_finds_it_by_person_kind_and_day(busy: Web) -> None:
    admin = busy.browser("Admin", "admin")
    with busy.database() as session:
        rosa = session.scalars(select(User.id).where(User.name == "Rosa")).one()
    everything = admin.get("/activity").text
    for seen in ("Read a film", "Changed a role", "admin → reader", "Failed a lot", "Image 3"):
        assert seen in everything
    assert everything.index("Failed a lot") < everything.index("Read a film")
    assert 'href="/images/3/history"' in everything
    hers = admin.get("/activity", params={"person": rosa, "kind": ""}).text
    assert hers.count("Read a film") == 3
    assert "<td>Changed a role</td>" not in hers
    assert "Changed a role" in admin.get("/activity?kind=people&person=0&day=").text
    today = now().date()
    assert "Read a film" in admin.get(f"/activity?day={today}").text
    tomorrow = admin.get(f"/activity?day={today + timedelta(days=2)}").text
    assert "Nothing was done that matches." in tomorrow
    assert admin.get("/activity?day=2026-02-31").status_code == 422
    assert admin.get("/activity?kind=nothing").status_code == 422


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (False, True, "no → yes"),
        (None, "reader", "– → reader"),
        (
            {"on": False, "audit_share": 0.05, "words": None},
            {"on": True, "audit_share": 0.05, "words": "knee"},
            "read as they arrive: no → yes; words: – → knee",
        ),
    ],
)
def test_what_changed_is_said_as_people_write_it(
    web: Web, before: object, after: object, shown: str
) -> None:
    with web.database.begin() as session:
        record(session, None, "set reading of arrivals", "arrivals", before=before, after=after)
    with web.database() as session:
        (done,) = rules.page(session, rules.Sought())
    assert done.note == shown


def test_what_was_said_of_a_film_is_not_shown(busy: Web) -> None:
    admin = busy.browser("Admin", "admin")
    for answer in (admin.get("/activity"), admin.get("/api/v1/activity.csv")):
        assert answer.status_code == 200
        assert "abnormal" not in answer.text
        assert "class_id" not in answer.text


def test_the_table_holds_what_the_page_shows_and_is_recorded(busy: Web) -> None:
    admin = busy.browser("Admin", "admin")
    answer = admin.get("/api/v1/activity.csv", params={"kind": "reads"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["person"], row["what"]) for row in rows] == [("Rosa", "Read a film")] * 3
    assert [int(row["event"]) for row in rows] == sorted(
        (int(row["event"]) for row in rows), reverse=True
    )
    with busy.database.begin() as session:
        last = events_of(session)[-1]
    assert (last.action, last.subject, last.details["kind"]) == ("export", "activity", "reads")


def test_pages_follow_each_other_without_a_gap(busy: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "PAGE", 2)
    monkeypatch.setattr(rules, "STEP", 2)
    with busy.database() as session:
        every = [row[0] for row in rules.table(session, rules.Sought())]
        seen: list[int] = []
        while shown := rules.page(session, rules.Sought(), seen[-1] if seen else rules.LATER):
            seen += [each.event_id for each in shown]
    assert seen == every == sorted(every, reverse=True)


def test_a_refusal_is_recorded_once_in_a_while(web: Web) -> None:
    reader = web.browser("Rosa")
    for _ in range(3):
        assert reader.get("/people").status_code == 403
    assert reader.get("/images/999999/history").status_code in (403, 404)
    with web.database.begin() as session:
        refused = [event for event in events_of(session) if event.action == "refuse"]
    assert [event.subject for event in refused if "people" in event.subject] == ["GET /people"]
    assert refused[0].user_id is not None
    assert "Was refused a page" in web.browser("Admin", "admin").get("/activity").text
