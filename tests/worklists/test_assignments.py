"""A worklist that is assigned to people is theirs alone, by a day."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app.db.engine import Database
from app.db.people import AuditEvent, User
from app.db.reading import Annotation
from app.db.tables import now
from app.errors import Refused
from app.settings import Settings
from app.worklists.assignments import assign, assigned
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

NEXT = "/api/v1/worklists/seed/next"


@pytest.fixture
def web(database: Database, settings: Settings) -> Web:
    """Three images to read, and two in review."""
    settings.home.mkdir(exist_ok=True)
    with database.begin() as session:
        add_classes(session)
        images = add_images(session, 5)
        list_images(session, "seed", images[:3])
        add_sweep(session, images[3:])
    return Web(database, settings)


def person(web: Web, name: str) -> int:
    with web.database() as session:
        return session.scalars(select(User.id).where(User.name == name)).one()


def film(desk: dict) -> int | None:
    return desk["item"] and desk["item"]["film"]["image_id"]


def test_an_assigned_list_is_read_by_those_people_alone_until_an_admin_changes_it(web: Web):
    rosa, ben, admin = web.browser("rosa"), web.browser("ben"), web.browser("Admin", "admin")
    day = f"{now().astimezone().date() - timedelta(days=1)}"
    in_hand = film(ben.post(NEXT).json())
    form = {"readers": [person(web, "rosa")], "due": day}
    answer = admin.post("/worklists/seed/assignment", data=form)
    assert answer.headers["location"] == "/worklists"
    page = admin.get("/worklists").text
    assert f"{day}, overdue" in page
    # What ben has in hand still counts; nothing follows.
    said = {"worklist": "seed", "class_id": 1, "idempotency_key": "a key of its own"}
    desk = ben.post(f"/api/v1/images/{in_hand}/annotations", json=said).json()
    assert (film(desk), desk["for_others"], desk["remaining"]) == (None, True, 2)
    assert desk["elsewhere"] == {"review": 2}
    assert film(admin.post(NEXT).json()) is None
    assert "Seed set" not in ben.get("/").text
    assert "Overdue: it was to be read by" in rosa.get("/").text
    assert rosa.get("/reading").headers["location"] == "/reading/seed"
    mine = film(rosa.post(NEXT).json())
    assert mine not in (None, in_hand)
    assert admin.post("/worklists/seed/assignment", data={}).status_code == 303
    assert film(ben.post(NEXT).json()) not in (None, mine)
    with web.database() as session:
        assert session.scalars(select(Annotation.image_id)).all() == [in_hand]
        events = session.scalars(
            select(AuditEvent.details).where(AuditEvent.action == "assign worklist")
        ).all()
    assert events == [{"people": [person(web, "rosa")], "due": day}, {"people": [], "due": None}]


def test_ones_own_lists_come_first_and_badges_leave_out_what_is_others(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    mine, others = person(web, "rosa"), person(web, "ben")
    with web.database.begin() as session:
        by = session.get_one(User, others)
        assign(session, "review", [mine], "2100-01-31", by)
    page = rosa.get("/").text
    assert page.index('href="/review">Start') < page.index('href="/reading/seed">Start')
    assert "To be read by 2100-01-31." in page
    assert 'class="badge">2<' in page.replace("\n", "")
    assert "Review <span" not in ben.get("/").text
    assert ben.post("/api/v1/worklists/review/next").json()["for_others"]
    assert ben.post("/api/v1/grid/1/page").json()["tiles"] == []


def test_a_list_of_people_who_may_no_longer_log_in_is_everybodys(database: Database):
    with database.begin() as session:
        add_classes(session)
        readers = add_readers(session, 3)
        list_images(session, "seed", add_images(session, 2))
        by = session.get_one(User, readers[0])
        plan(session, "seed", 2, 1, 0)
        assign(session, "seed", readers[:1], "", by)
        assert assigned(session, now())["seed"].readers == 2  # more than are named
        assign(session, "seed", readers[:2], "", by)
        assert assigned(session, now())["seed"].readers == 0
        assert lease_next(session, readers[2], "seed", 60, now()) is None
        for reader in readers[:2]:
            session.get_one(User, reader).active = False
        session.flush()
        assert assigned(session, now()) == {}
        assert lease_next(session, readers[2], "seed", 60, now()) is not None


def test_only_who_may_log_in_is_named_and_only_a_day_is_a_day(web: Web):
    admin = web.browser("Admin", "admin")
    rosa = web.person("rosa", "reader").id
    gone = web.person("ben", "reader").id
    with web.database.begin() as session:
        session.get_one(User, gone).active = False
    with web.database() as session:
        by = session.get_one(User, rosa)
        with pytest.raises(Refused):
            assign(session, "seed", [rosa, gone], "", by)
    for form in ({"readers": ["999"]}, {"readers": [rosa], "due": "soon"}, {"readers": ["0"]}):
        assert admin.post("/worklists/seed/assignment", data=form).status_code == 422
    assert admin.post("/worklists/none/assignment", data={"readers": [rosa]}).status_code == 422
    with web.database() as session:
        assert assigned(session, now()) == {}
