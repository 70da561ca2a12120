"""A named list is a part of the seed set under a name, read by its people, by a day."""

import re
from datetime import timedelta

from sqlalchemy import select, update
from starlette.testclient import TestClient
from support.web import Web
from support.worklist_rows import add_classes, add_images, list_images

from app.archive import exclusions
from app.db.named_lists import NamedList
from app.db.people import AuditEvent, User
from app.db.reading import WorklistItem
from app.db.tables import now
from app.worklists.assignments import assign
from app.worklists.double_reading import plan

LISTS, NEXT = "/api/v1/images/lists", "/api/v1/worklists/seed/next"


def film(desk: dict) -> int | None:
    return desk["item"] and desk["item"]["film"]["image_id"]


def reads(images: list[int], name: str, **more: object) -> dict[str, object]:
    return {"ids": images, "named": {"name": name} | more}


def test_a_named_list_is_read_by_its_people_until_it_is_ended(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        others, mine = add_images(session, 1, name="a"), add_images(session, 2, name="b")
        list_images(session, "seed", others)
    admin, rosa, ben = web.browser("Admin", "admin"), web.browser("rosa"), web.browser("ben")
    with web.database() as session:
        people = dict(session.execute(select(User.name, User.id)).all())
    day = f"{now().astimezone().date() - timedelta(days=1)}"
    asked = reads(mine, " Hip \n clinic ", people=[people["rosa"]], due=day)
    assert admin.post(LISTS, json=asked).json()["seed"] == 2
    page = admin.get("/worklists").text
    assert "Hip clinic" in page
    assert f"{day}, overdue" in page
    # Her own list by name; nobody else hears of it, and nobody else is given its films.
    first = rosa.get("/").text
    assert "Hip clinic" in first
    assert "0 of 2 read" in first
    assert "Overdue: it was to be" in first
    only = f"{NEXT}?named_list=1"
    read_page = "/reading/seed?named_list=1"
    assert "only the list “Hip clinic”" in rosa.get(read_page).text
    for reader in (ben, admin):
        assert "Hip clinic" not in reader.get("/").text
        assert "Hip clinic" not in reader.get(read_page).text
        assert film(reader.post(only).json()) is None
    assert film(ben.post(NEXT).json()) == others[0]
    assert film(admin.post(NEXT).json()) is None
    desk = rosa.post(only).json()
    assert (film(desk) in mine, desk["remaining"], desk["filtered"]) == (True, 2, True)
    said = {"worklist": "seed", "class_id": 1, "idempotency_key": "a key of its own"}
    address = f"/api/v1/images/{film(desk)}/annotations?named_list=1"
    assert film(rosa.post(address, json=said).json()) in mine
    assert "1 of 2 read" in rosa.get("/").text
    # What she took back stays hers; the list goes to somebody else under another name.
    undone = rosa.post(
        "/api/v1/worklists/seed/undo?named_list=1", json={"idempotency_key": "a key to undo"}
    )
    assert film(undone.json()) == film(desk)
    form = {"name": "Hips", "readers": [people["ben"]], "due": ""}
    assert admin.post("/worklists/named/1", data=form).status_code == 303
    assert "Hips" in ben.get("/").text
    assert "Hips" not in rosa.get("/").text
    for _again in range(2):
        ended = admin.post("/worklists/named/1/end")
    assert ended.status_code == 404
    assert "Hips" not in ben.get("/").text + admin.get("/worklists").text
    assert film(admin.post(NEXT).json()) in mine
    with web.database() as session:
        named = AuditEvent.action.endswith("named list")
        told = session.scalars(select(AuditEvent).where(named).order_by(AuditEvent.id)).all()
    assert [event.action.split()[0] for event in told] == ["make", "change", "end"]
    assert not any("Hip" in str(event.details) for event in told)


def test_every_read_of_its_films_is_of_the_list_and_no_other_film_is(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        locked = add_images(session, 1, split="validation", name="v")
        waits, mine = add_images(session, 1, name="a"), add_images(session, 2, name="b")
        list_images(session, "seed", waits)
        plan(session, "seed", 2, 1, 0)
    admin = web.browser("Admin", "admin")
    put = admin.post(LISTS, json=reads([*locked, *waits, *mine], "Two")).json()
    assert (put["seed"], put["validation"], put["waiting"]) == (2, 1, 1)
    with web.database() as session:
        named = select(WorklistItem.image_id).where(WorklistItem.named_list_id == 1)
        assert sorted(session.scalars(named)) == sorted(mine * 2)
    rosa = web.browser("rosa")

    def has(reads: int) -> bool:
        return f'<td class="number">{reads}</td>' in admin.get("/worklists").text

    assert has(4)
    # The films a plan of double reading adds to later are still of the list.
    with web.database.begin() as session:
        plan(session, "seed", 3, 1, 0)
    assert has(6)
    # A reader is told of those that are theirs: nobody reads a film twice.
    assert "0 of 2 read" in rosa.get("/").text
    taken = film(rosa.post(f"{NEXT}?named_list=1").json())
    said = {"worklist": "seed", "class_id": 1, "idempotency_key": "a key of its own"}
    rosa.post(f"/api/v1/images/{taken}/annotations?named_list=1", json=said)
    assert "1 of 2 read" in rosa.get("/").text
    mine.remove(taken)
    # One that is excluded for a while comes back to it.
    with web.database.begin() as session:
        by = session.query(User).where(User.name == "Admin").one()
        exclusions.exclude(session, mine, exclusions.Why("quality"), by)
    assert "1 of 1 read" not in rosa.get("/").text, "nothing of it waits for her"
    with web.database.begin() as session:
        exclusions.take_back(session, mine, by)
    assert "1 of 2 read" in rosa.get("/").text


def test_a_list_of_people_who_may_not_read_the_seed_set_any_more_is_everybodys(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        mine = add_images(session, 2)
    admin, rosa, ben = web.browser("Admin", "admin"), web.browser("rosa"), web.browser("ben")
    with web.database() as session:
        people = dict(session.execute(select(User.name, User.id)).all())
    admin.post(LISTS, json=reads(mine, "Hips", people=[people["rosa"]]))
    assert film(ben.post(NEXT).json()) is None
    given = {"readers": [people["ben"]]}
    assert admin.post("/worklists/seed/assignment", data=given).status_code == 303
    assert "0 of 2 read" in ben.get("/").text
    assert film(ben.post(NEXT).json()) in mine
    assert "Hips" not in rosa.get("/").text
    named = admin.get("/worklists").text.partition("named-title")[2]
    assert "everybody" in named.partition("<details>")[0]


def test_a_list_that_cannot_be_is_refused_and_puts_no_film_anywhere(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        first, second = add_images(session, 1, name="a"), add_images(session, 1, name="b")
    admin = web.browser("Admin", "admin")
    assert admin.post(LISTS, json=reads(first, "Hips")).status_code == 200
    for name, more in (
        ("Hips", {}),
        (" ", {}),
        ("h" * 81, {}),
        ("Knees", {"due": "soon"}),
        ("Knees", {"people": [999]}),
    ):
        assert admin.post(LISTS, json=reads(second, name, **more)).status_code == 422
    # Nothing of these goes to the seed list any more.
    refused = admin.post(LISTS, json=reads(first, "Knees"))
    assert "nobody has read" in refused.json()["do"]
    assert admin.post(LISTS, json=reads(second, "Knees")).json()["seed"] == 1
    with web.database() as session:
        knees = session.scalars(select(NamedList.id).where(NamedList.name == "Knees")).one()
    assert admin.post(f"/worklists/named/{knees}", data={"name": "Hips"}).status_code == 422
    assert admin.post("/worklists/named/999", data={"name": "Legs"}).status_code == 404
    # A list that its people may not read would be nobody's; one with too few is said to be so.
    web.browser("rosa"), web.browser("ben")
    with web.database.begin() as session:
        people = dict(session.execute(select(User.name, User.id)).all())
        by = session.get_one(User, people["Admin"])
        assign(session, "seed", [people["ben"]], "", by)
        plan(session, "seed", 2, 1, 0)
    form = {"name": "Knees", "readers": [people["rosa"]]}
    refused = admin.post(f"/worklists/named/{knees}", data=form)
    assert "assigned, and not to all" in refused.text
    assert "asks for 2 readers" in admin.get("/worklists").text
    form["readers"] = [people["ben"]]
    assert admin.post(f"/worklists/named/{knees}", data=form).status_code == 303
    assert admin.get("/worklists").text.count("asks for 2 readers") == 2
    for worklist in ("validation", "audit", "review"):
        asked = admin.post(f"/api/v1/worklists/{worklist}/next?named_list=1")
        assert (asked.status_code, asked.json()["do"]) == (422, "Clear the filter.")


def test_what_waits_for_a_reader_is_counted_without_the_lists_of_others(web: Web) -> None:
    with web.database.begin() as session:
        add_classes(session)
        sizes = {"all": 2, "rosas": 3, "anybodys": 4, "bens": 5, "ended": 6}
        films = {name: add_images(session, size, name=name) for name, size in sizes.items()}
        list_images(session, "seed", films.pop("all"))
        plan(session, "seed", 2, 1, 0)  # each film is read twice
    admin, rosa, ben = web.browser("Admin", "admin"), web.browser("rosa"), web.browser("ben")
    with web.database() as session:
        ids = dict(session.execute(select(User.name, User.id)).all())
    people = {"rosas": [ids["rosa"]], "bens": [ids["ben"]], "ended": [ids["ben"]]}
    for name, images in films.items():
        admin.post(LISTS, json=reads(images, name, people=people.get(name, [])))
    assert admin.post("/worklists/named/4/end").status_code == 303

    def counted(reader: TestClient) -> set[int]:
        """What the badge, the first page, the reading room and its progress say."""
        first = reader.get("/").text
        [badge] = re.findall(r'>Read <span class="badge">(\d+)<', first)
        [seed] = re.findall(r'class="big">(\d+)</span>\s*<a [^>]*href="/reading/seed"', first)
        known = reader.get("/api/v1/worklists/seed/progress").json()
        remaining = reader.post(NEXT).json()["remaining"]
        return {int(badge), int(seed), known["total"], known["left"], remaining}

    assert counted(rosa) == {2 * (2 + 3 + 4 + 6)}
    assert counted(ben) == {2 * (2 + 4 + 5 + 6)}
    assert counted(admin) == {2 * (2 + 4 + 6)}
    assert admin.post(f"{NEXT}?named_list=1").json()["remaining"] == 0
    # Where all that waits is others' to read, nothing waits.
    with web.database.begin() as session:
        of_rosa = select(WorklistItem.id).where(WorklistItem.named_list_id == 1)
        others = update(WorklistItem).where(WorklistItem.id.not_in(of_rosa))
        session.execute(others.values(done=True))
        list_images(session, "validation", add_images(session, 1, split="validation", name="v"))
    assert ben.get("/reading", follow_redirects=False).headers["location"] == "/reading/validation"
    assert rosa.get("/reading", follow_redirects=False).headers["location"] == "/reading/seed"
    end = ben.post(NEXT).json()
    assert (end["item"], end["remaining"], end["elsewhere"]) == (None, 0, {"validation": 1})
