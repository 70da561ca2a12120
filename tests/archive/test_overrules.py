"""An admin's word against a label: it decides, it is no read, and it never meets blind reads."""

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app.db.engine import read_only
from app.db.people import AuditEvent
from app.db.reading import Annotation, Overrule, ReferenceLabel, WorklistItem
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.removal import doing
from app.worklists.items import lease_next


@pytest.fixture
def images(web: Web) -> list[int]:
    """Two development films and one of validation, each read as normal by one of two readers."""
    with web.database.begin() as session:
        classes = add_classes(session)
        readers = add_readers(session, 2)
        films = add_images(session, 2)
        locked = add_images(session, 1, split="validation", name="v")
        for worklist, listed in (("seed", films), ("validation", locked)):
            list_images(session, worklist, listed)
            for _each in listed:
                image = lease_next(session, readers[0], worklist, 300, now())
                said = Decision(classes[0], f"{worklist} {image}", now(), 9)
                annotate(session, Hold(readers[0], image, worklist), said)
    return films + locked


def state(browser: TestClient, image: int) -> str:
    found: str = browser.get(f"/api/v1/images/{image}/history").json()["state"]
    return found


def overrule(browser: TestClient, image: int, class_id: int | None, seen: str) -> int:
    said = {"class_id": class_id, "reason": "osteophytes", "seen": seen}
    return browser.post(f"/api/v1/images/{image}/overrule", json=said).status_code


def label(web: Web, image: int) -> tuple[int, str] | None:
    with read_only(web.database) as session:
        found = session.get(ReferenceLabel, image)
        return found and (found.class_id, found.basis)


def test_the_word_decides_until_the_reads_may_again(web: Web, images: list[int]) -> None:
    admin, image = web.browser("Ada", "admin"), images[0]
    assert admin.get("/api/v1/images?limit=9").json()["counts"]["basis"]["single_read"] == 3
    assert overrule(admin, image, 2, state(admin, image)) == 204
    assert label(web, image) == (2, "overruled")
    shown = admin.get("/api/v1/images?basis=overruled").json()["images"]
    assert [(one["image_id"], one["label"], one["given_by"]) for one in shown] == [
        (image, "abnormal", ["Ada"])
    ]
    assert overrule(admin, image, None, state(admin, image)) == 204
    assert label(web, image) == (1, "single_read")
    with read_only(web.database) as session:
        assert len(session.scalars(select(Annotation.id)).all()) == 3
        assert session.scalars(select(Overrule.class_id).order_by(Overrule.id)).all() == [2, None]
        events = select(AuditEvent.details).where(AuditEvent.action == "overrule label")
        assert "osteophytes" not in str(session.scalars(events).all())


def test_of_two_admins_the_second_is_told_and_overrules_nothing_unseen(
    web: Web, images: list[int]
) -> None:
    ada, bob, image = web.browser("Ada", "admin"), web.browser("Bob", "admin"), images[0]
    seen = state(ada, image)
    assert overrule(ada, image, 2, seen) == 204
    assert overrule(ada, image, 2, seen) == 204  # the same once more changes nothing
    assert overrule(bob, image, 3, seen) == 409
    assert label(web, image) == (2, "overruled")
    assert overrule(bob, image, 3, state(bob, image)) == 204
    assert label(web, image) == (3, "overruled")


def test_labels_that_measure_and_films_nobody_read_are_not_overruled(
    web: Web, images: list[int]
) -> None:
    admin = web.browser("Ada", "admin")
    with web.database.begin() as session:
        unread = add_images(session, 1, name="new")[0]
        item = select(WorklistItem).where(WorklistItem.image_id == images[1])
        session.scalars(item).one().calibration = True
    for image in (images[1], images[2], unread):
        assert overrule(admin, image, 2, state(admin, image)) == 422
    seen = state(admin, images[0])
    assert overrule(admin, images[0], 1, seen) == 422  # it has this label
    assert overrule(admin, images[0], 99, seen) == 404
    doing.remove(web.database, web.settings, "image", [images[0]], "consent", None)
    assert overrule(admin, images[0], 2, seen) == 409


def test_a_film_put_back_is_read_by_somebody_else_and_the_word_stays(
    web: Web, images: list[int]
) -> None:
    admin, image = web.browser("Ada", "admin"), images[0]
    back = f"/api/v1/images/{image}/put-back"
    assert admin.post(back, json={"reason": "doubt"}).status_code == 204
    assert admin.post(back, json={"reason": "doubt"}).status_code == 409
    assert overrule(admin, image, 2, state(admin, image)) == 204
    with web.database.begin() as session:
        open_reads = select(WorklistItem).where(WorklistItem.done.is_(False))
        assert [(one.image_id, one.turn) for one in session.scalars(open_reads)] == [(image, 2)]
        first = session.scalars(select(Annotation.reader_id)).first()
    second = web.person("Cleo", "reader").id
    with web.database.begin() as session:
        assert lease_next(session, first, "seed", 300, now()) is None
        assert lease_next(session, second, "seed", 300, now()) == image
        annotate(session, Hold(second, image, "seed"), Decision(1, "again", now(), 9))
    assert label(web, image) == (2, "overruled")
