"""The grid over HTTP: what a program, or the page, sends and gets."""

from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_sweep

from app.db.archive import Rendition
from app.imaging.storage import Store


def furnish(web: Web) -> list[int]:
    with web.database.begin() as session:
        classes = add_classes(session)
        add_sweep(session, add_images(session, 3))
    return classes


def test_a_page_is_leased_decided_and_taken_back(web: Web):
    classes = furnish(web)
    reader = web.browser("Rosa")
    grid = reader.post(f"/api/v1/grid/{classes[1]}/page").json()
    decisions = [
        {"pseudo_label_id": tile["pseudo_label_id"], "decision": "approve"}
        for tile in grid["tiles"]
    ]
    body = {"decisions": decisions, "milliseconds": 900, "idempotency_key": "a key of its own"}
    after = reader.post(f"/api/v1/grid/{classes[1]}/decisions", json=body).json()
    assert (after["tiles"], after["undoable"], after["lost"]) == ([], 3, 0)
    undone = reader.post("/api/v1/grid/undo", json={"idempotency_key": "another key"}).json()
    assert undone["tiles"] == grid["tiles"]
    nothing = reader.post("/api/v1/grid/undo", json={"idempotency_key": "a third key"})
    assert (nothing.status_code, nothing.json()["what"]) == (409, "There is no batch to undo.")


def test_a_class_that_is_none_is_refused_in_words(web: Web):
    furnish(web)
    reader = web.browser("Rosa")
    assert (
        reader.post("/api/v1/grid/99/page").json()["what"]
        == "There is no such class in this project."
    )
    assert reader.get("/review/grid/99").status_code == 404
    assert reader.get("/review/grid").headers["location"] == "/review/grid/2"


def test_a_thumbnail_is_kept_for_ever_and_nothing_else_of_the_store_is_one(web: Web):
    furnish(web)
    store = Store(web.settings.home / "store")
    with web.database.begin() as session:
        rendition = session.scalars(select(Rendition).where(Rendition.kind == "model")).first()
        rendition.digest = store.put(b"a picture")
    reader = web.browser("Rosa")
    answer = reader.get(f"/api/v1/thumbnails/{rendition.digest}")
    assert answer.content == b"a picture"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    report = store.put(b"somebody's DICOM file")
    assert reader.get(f"/api/v1/thumbnails/{report}").status_code == 404
    assert reader.get("/api/v1/thumbnails/..").status_code == 404
