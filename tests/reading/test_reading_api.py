"""Worklists, labels and pixels as a program sees them."""

import cv2
import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from support.web import Web
from support.worklist_rows import add_classes, add_images, list_images

from app.db.archive import Rendition
from app.db.engine import Database
from app.db.reading import Annotation
from app.imaging.storage import Store
from app.settings import Settings


@pytest.fixture
def web(sqlite_database: Database, settings: Settings) -> Web:
    """Three images of one study on the seed worklist; the first one's pixels are in the store."""
    png = cv2.imencode(".png", np.arange(400, dtype=np.uint16).reshape(20, 20))[1].tobytes()
    with sqlite_database.begin() as session:
        add_classes(session)
        images = add_images(session, 3, per_patient=3)
        list_images(session, "seed", images)
        rendition = session.scalars(select(Rendition).order_by(Rendition.id)).first()
        assert rendition
        rendition.digest = Store(settings.home / "store").put(png)
    return Web(sqlite_database, settings)


def label(client: TestClient, key: str = "a key of its own", **values: object):
    body = {"worklist": "seed", "class_id": 1, "milliseconds": 800, "idempotency_key": key}
    return client.post("/api/v1/images/1/annotations", json=body | values)


def test_next_describes_the_film_what_follows_and_what_is_left(web: Web):
    desk = web.browser("rosa").post("/api/v1/worklists/seed/next").json()
    assert desk["item"]["film"]["image_id"] == 1
    assert desk["item"]["film"]["window_width"] == 4096
    assert [film["image_id"] for film in desk["item"]["others"]] == [2, 3]
    assert [film["image_id"] for film in desk["upcoming"]] == [2, 3]
    assert (desk["remaining"], desk["uncounted"], desk["read_today"]) == (3, False, 0)
    assert desk["item"]["suggestion"] is None
    assert "report" not in str(desk).lower()


def test_a_label_is_answered_with_the_next_film(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    rosa.post("/api/v1/worklists/seed/next")
    assert ben.post("/api/v1/worklists/seed/next").json()["item"]["film"]["image_id"] == 2
    answer = label(rosa)
    assert answer.status_code == 201
    assert answer.json()["item"]["film"]["image_id"] == 3
    assert answer.json()["read_today"] == 1


def test_the_readers_own_pace_is_the_median_of_today(web: Web):
    rosa = web.browser("rosa")
    desk = rosa.post("/api/v1/worklists/seed/next").json()
    assert desk["seconds_per_image"] is None
    for image, milliseconds in ((1, 900), (2, 4000), (3, None)):
        body = {"worklist": "seed", "class_id": 1, "milliseconds": milliseconds}
        body |= {"idempotency_key": f"key of {image}"}
        desk = rosa.post(f"/api/v1/images/{image}/annotations", json=body).json()
    assert (desk["read_today"], desk["seconds_per_image"]) == (3, 2.45)


def test_a_label_for_another_readers_image_is_a_conflict_in_words(web: Web):
    rosa, ben = web.browser("rosa"), web.browser("ben")
    rosa.post("/api/v1/worklists/seed/next")
    answer = label(ben)
    assert answer.status_code == 409
    assert answer.json()["what"].startswith("This image was given to another reader")
    assert answer.json()["where"] == "image 1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"worklist": "review"},
        {"milliseconds": -1},
        {"idempotency_key": "short"},
        {"class_id": "normal"},
    ],
)
def test_a_malformed_label_changes_nothing(web: Web, wrong: dict[str, object]):
    rosa = web.browser("rosa")
    rosa.post("/api/v1/worklists/seed/next")
    assert label(rosa, **wrong).status_code == 422
    with web.database() as session:
        assert session.scalars(select(Annotation.id)).all() == []


def test_pixels_may_be_kept_for_ever_only_under_their_own_digest(web: Web):
    rosa = web.browser("rosa")
    film = rosa.get("/api/v1/images/1").json()
    answer = rosa.get(film["pixels"])
    assert answer.headers["content-type"] == "image/png"
    assert "private" in answer.headers["cache-control"]
    assert "immutable" in answer.headers["cache-control"]
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert (pixels == np.arange(400).reshape(20, 20)).all()
    plain = rosa.get("/api/v1/images/1/pixels")
    assert plain.headers["cache-control"] == "private, no-cache"
    known = {"If-None-Match": plain.headers["etag"]}
    assert rosa.get("/api/v1/images/1/pixels", headers=known).status_code == 304


def test_missing_pixels_and_missing_images_are_said_in_words(web: Web):
    rosa = web.browser("rosa")
    assert rosa.get("/api/v1/images/99/pixels").status_code == 404
    with web.database.begin() as session:
        viewer = Rendition.image_id == 2, Rendition.kind == "viewer"
        session.scalars(select(Rendition).where(*viewer)).one().digest = "0" * 64
    answer = rosa.get("/api/v1/images/2/pixels")
    assert answer.status_code == 404
    assert "missing from the store" in answer.json()["what"]


def test_read_goes_to_the_worklist_that_is_most_urgent(web: Web):
    rosa = web.browser("rosa")
    assert rosa.get("/reading").headers["location"] == "/reading/seed"
    with web.database.begin() as session:
        list_images(session, "audit", [3])
    assert rosa.get("/reading").headers["location"] == "/reading/audit"
