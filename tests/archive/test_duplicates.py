"""Films that are in the archive twice: one is kept, and a leak between the splits is named."""

import pytest
from sqlalchemy import select
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep

from app.archive import duplicates
from app.db.archive import Image, Rendition
from app.db.engine import read_only
from app.db.exclusion import ExcludedImage
from app.db.learning import ModelVersion
from app.db.reading import Annotation
from app.training.seen_films import pack

PATH = "/api/v1/images/duplicates"


@pytest.fixture
def copies(web: Web) -> list[int]:
    """A development film with a read, and the very same picture of a validation patient."""
    with web.database.begin() as session:
        add_classes(session)
        film, other = add_images(session, 2)
        locked = add_images(session, 1, split="validation", name="v")[0]
        for image in (film, locked):
            mine = select(Rendition).where(Rendition.image_id == image, Rendition.kind == "model")
            session.scalars(mine).one().digest = "a" * 64
        reader = add_readers(session, 1)[0]
        said = {"worklist": "seed", "turn": 1, "class_id": 1, "unusable": False}
        session.add(Annotation(image_id=film, reader_id=reader, idempotency_key="k", **said))
        add_sweep(session, [other])
        session.scalars(select(ModelVersion)).one().films = pack([film])
    return [film, locked, other]


def test_the_same_film_in_both_splits_is_named_as_a_leak(web: Web, copies: list[int]) -> None:
    film, locked, other = copies
    admin = web.browser("Ada", "admin")
    told = admin.post(f"{PATH}/preview", json={"ids": [film, locked]}).json()
    assert (told["both_splits"], told["patients"], told["same_picture"]) == (True, 2, True)
    assert (told["keep"], len(told["versions"])) == (locked, 1)
    assert [one["reads"] for one in told["images"]] == [1, 0]
    told = admin.post(f"{PATH}/preview", json={"ids": [film, other]}).json()
    assert (told["both_splits"], told["same_picture"], told["keep"]) == (False, False, film)
    assert admin.post(PATH, json={"ids": [film, locked], "keep": film}).json() == {"images": 1}
    assert kept(web) == {locked: film}
    found = admin.get("/api/v1/images?excluded=duplicate").json()["images"]
    assert [one["image_id"] for one in found] == [locked]
    assert f"Image {film} was kept" in admin.get(f"/images/{locked}/history").text
    again = admin.post(PATH, json={"ids": [film, locked], "keep": film})
    assert again.status_code == 409
    admin.post("/api/v1/images/take-back", json={"ids": [locked]})
    assert kept(web) == {}


def test_an_images_own_page_offers_the_very_same_picture(web: Web, copies: list[int]) -> None:
    film, locked, _other = copies
    admin = web.browser("Ada", "admin")
    page = admin.get(f"/images/{film}/history").text
    assert "The very same picture" in page
    assert f"/images/{locked}/history" in page
    assert admin.post(f"/images/{film}/keep", data={"others": [locked]}).status_code == 303
    page = admin.get(f"/images/{film}/history").text
    assert "The very same picture" not in page
    assert "Excluded as its duplicates" in page
    refused = admin.post(f"/images/{film}/keep", data={"others": [locked]})
    assert refused.status_code == 409


def test_what_cannot_be_one_film_is_refused(web: Web, copies: list[int]) -> None:
    film, locked, other = copies
    admin = web.browser("Ada", "admin")
    with web.database.begin() as session:
        left, right = (session.get_one(Image, image) for image in (film, other))
        left.source_digest = right.source_digest = "one file"
        left.laterality, right.laterality = "L", "R"
    knees = admin.post(f"{PATH}/preview", json={"ids": [film, other]})
    assert (knees.status_code, knees.json()["what"]) == (
        422,
        "Two of these images are the two knees of one film.",
    )
    assert admin.post(f"{PATH}/preview", json={"ids": [film, film]}).status_code == 422
    assert admin.post(f"{PATH}/preview", json={"ids": [film, 999]}).status_code == 409
    assert admin.post(PATH, json={"ids": [film, locked], "keep": other}).status_code == 422
    assert kept(web) == {}
    with read_only(web.database) as session:
        assert duplicates.with_same_picture(session, other) == []


def kept(web: Web) -> dict[int, int | None]:
    with read_only(web.database) as session:
        rows = session.execute(select(ExcludedImage.image_id, ExcludedImage.duplicate_of))
        return dict(rows.all())
