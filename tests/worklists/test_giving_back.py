"""What a reader leaves goes to the others at once, and no decision is lost by it."""

import pytest
from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_sweep, list_images

from app.db.engine import Database
from app.db.learning import PseudoLabel
from app.db.people import AuditEvent
from app.db.reading import Annotation, Lease
from app.db.tables import now
from app.review import grid
from app.settings import Settings

NEXT, GIVE_BACK = "/api/v1/worklists/seed/next", "/api/v1/leases/give-back"


@pytest.fixture
def web(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Web:
    """Two images to read, and six in review in pages of 4: four of class 2, two of class 1."""
    monkeypatch.setattr(grid, "PAGE", 4)
    settings.home.mkdir(exist_ok=True)
    with database.begin() as session:
        classes = add_classes(session)
        images = add_images(session, 10)
        list_images(session, "seed", images[:2])
        labels = add_sweep(session, images[4:])
        for label in labels[4:]:
            session.get_one(PseudoLabel, label).class_id = classes[0]
    return Web(database, settings)


def film(desk: dict) -> int | None:
    return desk["item"] and desk["item"]["film"]["image_id"]


def label(browser, image: int, key: str = "a key of its own"):
    said = {"worklist": "seed", "class_id": 1, "idempotency_key": key}
    return browser.post(f"/api/v1/images/{image}/annotations", json=said)


def ids(page: dict) -> set[int]:
    return {tile["pseudo_label_id"] for tile in page["tiles"]}


def in_hands(web: Web) -> int:
    """How many leases keep anybody from anything."""
    with web.database() as session:
        return len(session.scalars(select(Lease).where(Lease.expires_at > now())).all())


def test_a_film_given_back_is_the_next_readers(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    desk = rosa.post(NEXT).json()
    left = {"worklist": "seed", "leased_until": desk["leased_until"]}
    assert rosa.post(GIVE_BACK, json=left).status_code == 204
    assert film(ben.post(NEXT).json()) == film(desk)
    refused = label(rosa, film(desk))
    assert (refused.status_code, refused.json()["what"][:10]) == (409, "This image")


def test_a_label_that_was_on_its_way_when_the_page_was_left_counts(web: Web):
    rosa = web.browser("rosa")
    desk = rosa.post(NEXT).json()
    rosa.post(GIVE_BACK, json={"worklist": "seed"})
    assert label(rosa, film(desk)).status_code == 201
    with web.database() as session:
        assert session.scalars(select(Annotation.image_id)).all() == [film(desk)]


def test_a_page_opened_since_keeps_what_it_has_leased(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    first = rosa.post(NEXT).json()
    second = rosa.post(NEXT).json()
    assert film(first) == film(second)
    rosa.post(GIVE_BACK, json={"worklist": "seed", "leased_until": first["leased_until"]})
    assert film(ben.post(NEXT).json()) != film(second)
    rosa.post(GIVE_BACK, json={"worklist": "seed", "leased_until": second["leased_until"]})
    assert in_hands(web) == 1


def test_nobody_gives_back_what_another_holds(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    until = rosa.post(NEXT).json()["leased_until"]
    assert ben.post(GIVE_BACK, json={"worklist": "seed", "leased_until": until}).status_code == 204
    assert in_hands(web) == 1
    assert ben.post(GIVE_BACK, json={"worklist": "everything"}).status_code == 422
    no_zone = {"worklist": "seed", "leased_until": "2026-01-01T00:00:00"}
    assert ben.post(GIVE_BACK, json=no_zone).status_code == 422


def test_a_reader_holds_one_page_of_the_grid_however_many_are_asked_for(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    second = rosa.post("/api/v1/grid/2/page").json()
    assert (len(second["tiles"]), in_hands(web)) == (4, 4)
    first = rosa.post("/api/v1/grid/1/page").json()
    assert (len(first["tiles"]), in_hands(web)) == (2, 2)
    assert ids(ben.post("/api/v1/grid/2/page").json()) == ids(second)
    assert ben.post("/api/v1/grid/1/page").json()["tiles"] == []
    assert in_hands(web) == 2
    assert ids(rosa.post("/api/v1/grid/2/page").json()) == ids(second)


def test_a_batch_of_the_page_left_counts_where_nobody_else_was_given_it(web: Web):
    rosa = web.browser("rosa")
    second = rosa.post("/api/v1/grid/2/page").json()
    rosa.post("/api/v1/grid/1/page")
    decisions = [{"pseudo_label_id": each, "decision": "approve"} for each in sorted(ids(second))]
    batch = {"decisions": decisions, "idempotency_key": "a key of its own"}
    assert rosa.post("/api/v1/grid/2/decisions", json=batch).json()["lost"] == 0
    assert in_hands(web) == 0


def test_a_page_of_the_grid_goes_back_when_it_is_left(web: Web):
    rosa = web.browser("rosa")
    until = rosa.post("/api/v1/grid/2/page").json()["leased_until"]
    rosa.post(NEXT)
    assert rosa.post(GIVE_BACK, json={"worklist": "grid", "leased_until": until}).is_success
    assert in_hands(web) == 1


def test_who_logs_out_leaves_nothing_behind(web: Web):
    for leave in ("/logout", "/api/v1/logout"):
        rosa = web.browser("rosa")
        rosa.post(NEXT)
        rosa.post("/api/v1/grid/2/page")
        rosa.post(leave)
        assert in_hands(web) == 0


def test_an_admin_sees_who_holds_what_and_gives_it_back(web: Web):
    rosa, admin = web.browser("rosa"), web.browser("Admin", "admin")
    assert "hands" not in admin.get("/worklists").text
    desk = rosa.post(NEXT).json()
    rosa.post("/api/v1/grid/2/page")
    page = admin.get("/worklists").text
    assert "Grid 4, Seed set 1" in page
    action = next(part for part in page.split('"') if part.startswith("/worklists/hands/"))
    assert admin.post(action).headers["location"] == "/worklists"
    assert in_hands(web) == 0
    assert "hands" not in admin.get("/worklists").text
    with web.database() as session:
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "release")).one()
        assert event.details == {"images": 5}
    assert label(rosa, film(desk)).status_code == 201
    assert admin.post("/worklists/hands/999/give-back").status_code == 404
