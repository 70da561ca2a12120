"""The archive's page: what it says, and that nothing is told of what is read blind."""

from sqlalchemy import select
from support.archive_rows import furnish, read
from support.web import Web
from support.worklist_rows import add_readers

from app.blindness import is_known_to
from app.db.engine import read_only
from app.db.people import User


def test_nothing_is_told_of_what_is_read_blind(web: Web) -> None:
    with web.database.begin() as session:
        images = furnish(session)
        reader = add_readers(session, 1, role="admin")[0]
        hidden, open_image = images[6], images[9]
        read(session, reader, hidden, 1, "hidden")
    admin = web.browser("Ada", "admin")
    every = admin.get("/api/v1/images?limit=200").json()["images"]
    of = {image["image_id"]: image for image in every}
    assert of[hidden]["blind"]
    told = ("label", "basis", "predicted", "confidence", "status", "given_by", "scores")
    assert not any(of[hidden][name] for name in told)
    assert of[open_image]["given_by"] == ["reader 0"]
    for value in ("1", "2", "none"):
        found = admin.get(f"/api/v1/images?label={value}").json()["images"]
        assert hidden not in {image["image_id"] for image in found}


def test_whose_label_was_shown_is_known_to_the_admin_and_no_other_is(web: Web) -> None:
    with web.database.begin() as session:
        images = furnish(session)
    admin = web.browser("Ada", "admin")
    admin.get(f"/archive?q={images[0]}")
    with read_only(web.database) as session:
        ada = session.scalar(select(User.id).where(User.name == "Ada"))
        known = [image for image in images if session.scalar(select(is_known_to(ada, image)))]
    assert known == [images[0]]


def test_the_page_says_what_is_there_and_leads_on(web: Web) -> None:
    with web.database.begin() as session:
        furnish(session)
    admin = web.browser("Ada", "admin")
    page = admin.get("/archive?site=north&site=&sort=sure&show=table").text
    assert "of 40" in page
    assert "/archive?sort=sure&amp;show=table&amp;site=north" in page  # without the unknown site
    assert "No image matches." in admin.get("/archive?site=nowhere").text
    assert admin.get("/archive?q=" + "+".join(map(str, range(300)))).status_code == 422
    following = admin.get("/api/v1/images?limit=3&sort=unsure").json()["next"]
    asked = following | {"limit": 200, "sort": "unsure"}
    rest = admin.get("/api/v1/images", params=asked).json()
    assert len(rest["images"]) == 37
    assert rest["next"] is None
