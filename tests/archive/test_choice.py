"""Images chosen by a search or one by one: what lists get them, and what a table says of them."""

import csv
import io

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from support.archive_rows import furnish, read
from support.web import Web, csrf_of
from support.worklist_rows import add_images, add_readers

from app.archive.choice import Choice
from app.blindness import is_known_to
from app.db.archive import Image, Patient
from app.db.engine import read_only
from app.db.people import AuditEvent, User
from app.db.reading import WorklistItem
from app.errors import Refused
from app.removal import doing
from app.worklists import by_hand

LISTS, EXPORT = "/api/v1/images/lists", "/api/v1/images/export"
NOTHING = dict.fromkeys(("seed", "validation", "waiting", "read", "gone", "excluded"), 0)


@pytest.fixture
def admin(web: Web) -> TestClient:
    """An admin's browser before forty furnished images."""
    with web.database.begin() as session:
        furnish(session)
    return web.browser("Ada", "admin")


def waiting(web: Web, worklist: str) -> set[int]:
    with read_only(web.database) as session:
        items = select(WorklistItem.image_id).where(WorklistItem.worklist == worklist)
        return set(session.scalars(items.where(WorklistItem.done.is_(False))))


def rows_of(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer)))


def test_all_that_fit_a_search_go_to_the_list_of_their_split(web: Web, admin: TestClient) -> None:
    with web.database.begin() as session:
        add_images(session, 4, name="new")
    choice = {"wanted": {"label": ["none"], "predicted": ["none"]}}
    asked = admin.get("/api/v1/images", params=choice["wanted"] | {"limit": 200}).json()
    fitting = {image["image_id"]: image["split"] for image in asked["images"]}
    before = waiting(web, "seed") | waiting(web, "validation")
    planned = admin.post(f"{LISTS}/preview", json=choice).json()
    assert waiting(web, "seed") | waiting(web, "validation") == before
    put = admin.post(LISTS, json=choice).json()
    assert put == planned
    assert put["images"] == len(fitting) == put["seed"] + put["validation"] > 0
    for worklist, split in (("seed", "development"), ("validation", "validation")):
        of_split = {image for image, own in fitting.items() if own == split}
        assert of_split <= waiting(web, worklist)
        assert put[worklist] == len(of_split)
    with read_only(web.database) as session:
        chosen = WorklistItem.image_id.in_(list(fitting))
        assert not session.scalar(select(WorklistItem.id).where(chosen, WorklistItem.calibration))
        events = select(AuditEvent).where(AuditEvent.action == "list chosen films")
        told = [event.details for event in session.scalars(events)]
    assert sum(each["images"] for each in told) == len(fitting)
    assert all(each["search"] == choice["wanted"] for each in told)


def test_asked_again_nothing_is_put_twice(web: Web, admin: TestClient) -> None:
    with web.database.begin() as session:
        images = add_images(session, 4, per_patient=2, name="new")
    first = admin.post(LISTS, json={"ids": images}).json()
    again = admin.post(LISTS, json={"ids": images}).json()
    assert first == NOTHING | {"images": 4, "seed": 4}
    assert again == NOTHING | {"images": 4, "waiting": 4}


def test_what_was_read_or_waits_is_left_out_whatever_was_said(web: Web, admin: TestClient) -> None:
    with web.database.begin() as session:
        labelled, unusable, free = add_images(session, 3, name="new")
        reader = add_readers(session, 1, role="admin")[0]
        read(session, reader, labelled, 1, "labelled")
        read(session, reader, unusable, None, "unusable")
    put = admin.post(LISTS, json={"ids": [labelled, unusable, free]}).json()
    assert put == NOTHING | {"images": 3, "seed": 1, "read": 2}
    assert free in waiting(web, "seed")


def test_a_film_removed_meanwhile_is_counted_as_gone(web: Web, admin: TestClient) -> None:
    with web.database.begin() as session:
        stays, goes = add_images(session, 2, name="new")
    doing.remove(web.database, web.settings, "image", [goes], "mistake", None)
    assert admin.post(LISTS, json={"ids": [stays, goes]}).json() == (
        NOTHING | {"images": 1, "seed": 1, "gone": 1}
    )
    refused = admin.post(LISTS, json={"ids": [goes]})
    assert refused.status_code == 422
    assert "in the archive any more" in refused.json()["what"]


def test_a_search_that_finds_nothing_and_too_many_numbers_are_refused(
    web: Web, admin: TestClient
) -> None:
    for path in (LISTS, f"{LISTS}/preview", EXPORT):
        refused = admin.post(path, json={"wanted": {"site": ["nowhere"]}})
        assert (refused.status_code, refused.json()["what"]) == (422, "No image fits.")
        assert admin.post(path, json={"ids": list(range(1, 10_002))}).status_code == 422
        assert admin.post(path, json={"ids": [True]}).status_code == 422
        assert admin.post(path, json={"wanted": {"side": -0.8}}).status_code == 422


def test_more_films_than_readers_manage_are_not_listed_at_once(session: Session) -> None:
    with pytest.raises(Refused, match="at a time"):
        by_hand.sort(session, range(1, by_hand.AT_MOST + 2))


def test_the_table_holds_exactly_what_is_chosen(admin: TestClient) -> None:
    wanted = {"site": ["north", "south"], "split": ["development"]}
    found = admin.get("/api/v1/images", params=wanted | {"limit": 200}).json()["images"]
    numbers = [image["image_id"] for image in found]
    choice = {"wanted": wanted, "but": numbers[:2]}
    answer = admin.post(EXPORT, json=choice)
    assert answer.headers["content-type"].startswith("text/csv")
    assert [int(row["number"]) for row in rows_of(answer.text)] == sorted(numbers[2:])
    picked = admin.post(EXPORT, json={"ids": numbers[:3], "wanted": wanted})
    assert [int(row["number"]) for row in rows_of(picked.text)] == sorted(numbers[:3])
    by_key = admin.post(EXPORT, json={"wanted": {"q": found[0]["image_key"]}})
    assert [row["image_id"] for row in rows_of(by_key.text)] == [found[0]["image_key"]]
    form = {"csrf_token": csrf_of(admin.get("/archive").text)}
    form["choice"] = Choice.model_validate(choice).model_dump_json()
    assert admin.post("/archive/export", data=form).text == answer.text


def test_the_table_tells_nothing_of_what_is_read_blind(web: Web, admin: TestClient) -> None:
    page = {
        image["image_id"]: image for image in admin.get("/api/v1/images?limit=200").json()["images"]
    }
    rows = rows_of(admin.post(EXPORT, json={}).text)
    assert len(rows) == len(page) == 40
    told = ("label", "basis", "given_by", "predicted", "confidence", "status", "conflict")
    for row in rows:
        shown = page[int(row["number"])]
        assert row["label"] == (shown["label"] or "")
        if shown["blind"]:
            assert not any(row[name] for name in told)
    assert {shown["blind"] for shown in page.values()} == {True, False}


def test_whose_labels_left_in_a_table_is_known_to_whoever_took_it(
    web: Web, admin: TestClient
) -> None:
    with read_only(web.database) as session:
        films = select(Image.id).join(Patient).where(Image.site == "north").order_by(Image.id)
        labelled, other = session.scalars(films).all()[:2]
    assert admin.post(EXPORT, json={"ids": [labelled]}).status_code == 200
    with read_only(web.database) as session:
        ada = session.scalar(select(User.id).where(User.name == "Ada"))
        assert session.scalar(select(is_known_to(ada, labelled)))
        assert not session.scalar(select(is_known_to(ada, other)))
        events = select(AuditEvent.details).where(AuditEvent.action == "export")
        assert session.scalars(events).all() == [{"images": 1, "picked": 1}]
