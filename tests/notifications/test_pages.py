"""The bell, the list and the choices, as people and programs use them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from support.web import Web

from app.announcing import LIST_FILLED, LOT_FAILED, announce
from app.db.engine import Database, read_only
from app.db.notifications import Notification
from app.db.people import User
from app.db.tables import now
from app.notifications import rules, service
from app.settings import Settings

BELL = r'class="bell".*?<span class="badge">(\d+\+?)<'


@pytest.fixture
def web(sqlite_database: Database, settings: Settings) -> Web:
    settings.home.mkdir(exist_ok=True)
    return Web(sqlite_database, settings)


def happen(web: Web, times: int, first: int = 1) -> None:
    """Let lots fail, of which admins are told."""
    with web.database.begin() as session:
        for number in range(first, first + times):
            announce(session, LOT_FAILED, lot=number, sweep=1)


def test_the_bell_counts_and_opening_one_leads_there_and_marks_it(web: Web) -> None:
    ada, rosa = web.browser("Ada", "admin"), web.browser("Rosa")
    assert not re.search(BELL, ada.get("/").text, re.S)
    happen(web, 2)
    assert re.findall(BELL, ada.get("/runs").text, re.S) == ["2"]
    assert not re.search(BELL, rosa.get("/").text, re.S)
    shown = ada.get("/notifications").text
    assert shown.index("Lot 2 failed its audit") < shown.index("Lot 1 failed its audit")
    opened = ada.post("/notifications/1/open")
    assert (opened.status_code, opened.headers["location"]) == (303, "/acceptance")
    assert re.findall(BELL, ada.get("/notifications").text, re.S) == ["1"]
    assert rosa.post("/notifications/2/open").status_code == 404, "it is somebody else's"
    assert "Lot" not in rosa.get("/notifications").text


def test_all_that_was_shown_is_marked_and_nothing_that_came_since(web: Web) -> None:
    ada = web.browser("Ada", "admin")
    happen(web, 120)
    page = ada.get("/notifications").text
    assert re.findall(BELL, page, re.S) == ["99+"]
    [newest] = re.findall(r'name="up_to" value="(\d+)"', page)
    happen(web, 1, first=121)
    assert ada.post("/notifications/read", data={"up_to": newest}).status_code == 303
    assert re.findall(BELL, ada.get("/").text, re.S) == ["1"]
    numbers, address = [], "/notifications"
    while address:
        page = ada.get(address).text
        numbers += re.findall(r"Lot (\d+) failed", page)
        address = next(iter(re.findall(r"/notifications\?before=\d+", page)), "")
    assert numbers == [str(number) for number in range(121, 0, -1)]


def test_who_is_no_admin_any_more_is_shown_nothing_that_only_admins_are_told(web: Web) -> None:
    ada, program = web.browser("Ada", "admin"), web.program("Ada", "notifications")
    happen(web, 2)
    with web.database.begin() as session:
        session.execute(update(User).where(User.name == "Ada").values(role="reader"))
        announce(session, LIST_FILLED, worklist="seed")
    page = ada.get("/notifications").text
    assert ("Lot" in page, re.findall(BELL, page, re.S)) == (False, ["1"])
    assert [each["topic"] for each in program.get("/api/v1/notifications").json()] == [LIST_FILLED]
    assert ada.post("/notifications/1/open").status_code == 404
    assert program.post("/api/v1/notifications/1/read").status_code == 404
    assert program.post("/api/v1/notifications/read", json={"up_to": 3}).json() == {"marked": 1}


def test_each_chooses_what_to_be_told(web: Web) -> None:
    rosa = web.browser("Rosa")
    assert rosa.get("/notifications/choices").text.count(" checked") == 2
    form = {"in_app": ["list.assigned"]}
    assert rosa.post("/notifications/choices", data=form).status_code == 303
    assert rosa.get("/notifications/choices").text.count(" checked") == 1
    refused = rosa.post("/notifications/choices", data={"in_app": ["lot.failed"]})
    assert refused.status_code == 422
    with web.database.begin() as session:
        announce(session, LIST_FILLED, worklist="seed")
        assert session.scalar(select(func.count()).select_from(Notification)) == 0


def test_a_program_lists_and_marks_its_persons_own(web: Web) -> None:
    web.person("Ada", "admin")
    program = web.program("Ada", "notifications")
    happen(web, 3)
    listed = program.get("/api/v1/notifications?most=2").json()
    assert [each["text"] for each in listed] == ["Lot 3 failed its audit", "Lot 2 failed its audit"]
    assert listed[0] | {"created_at": ""} == {
        "id": 3,
        "topic": "lot.failed",
        "text": "Lot 3 failed its audit",
        "page": "/acceptance",
        "data": {"lot": 3, "sweep": 1},
        "created_at": "",
        "read_at": None,
    }
    assert program.post("/api/v1/notifications/3/read").json()["read_at"]
    unread = program.get("/api/v1/notifications?unread=true&before=3").json()
    assert [each["id"] for each in unread] == [2, 1]
    assert program.post("/api/v1/notifications/read", json={"up_to": 2}).json() == {"marked": 2}
    assert program.get("/api/v1/notifications?unread=true").json() == []
    others = web.program("Rosa", "notifications")
    assert others.get("/api/v1/notifications").json() == []
    assert others.post("/api/v1/notifications/3/read").status_code == 404


def test_it_is_said_in_each_persons_own_language(web: Web) -> None:
    ada = web.browser("Ada", "admin")
    happen(web, 1)
    ada.post("/profile", data={"theme": "dark", "language": "zh_Hans"})
    assert "批次 1 未通过抽检" in ada.get("/notifications").text


def test_what_is_old_or_too_much_goes(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "KEPT_OF_A_PERSON", 3)
    monkeypatch.setattr(rules, "FORGOTTEN_AT_ONCE", 2)
    web.person("Ada", "admin")
    happen(web, 9)
    with web.database.begin() as session:
        ages = update(Notification).where(Notification.id == 9)
        session.execute(ages.values(created_at=now() - rules.KEPT - timedelta(days=1)))
    service.forget(web.database)
    with read_only(web.database) as session:
        left = session.scalars(select(Notification.id).order_by(Notification.id)).all()
    assert left == [6, 7, 8]
