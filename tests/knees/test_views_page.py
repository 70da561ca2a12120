"""The admin's page of views whose films show both knees."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from support.web import Web, csrf_of
from support.worklist_rows import add_images

from app.db.archive import BothKneesView, Image
from app.db.engine import Database
from app.db.people import AuditEvent
from app.knees.views import BothKneesViews, every
from app.settings import Settings


@pytest.fixture
def site(database: Database, settings: Settings) -> Web:
    settings.home.mkdir(exist_ok=True)
    return Web(database, settings)


def named(session: Session) -> list[tuple[str, str]]:
    return [(row.view, row.site) for row in every(session)]


def test_a_view_is_named_once_and_taken_away_again(site: Web):
    admin = site.browser("Admin", "admin")
    token = csrf_of(admin.get("/both-knees").text)
    sent = {"csrf_token": token, "view": " ap ", "site": "Rome"}
    assert admin.post("/both-knees", data=sent).status_code == 303
    again = admin.post("/both-knees", data=sent)
    assert again.status_code == 422
    assert "on the list already" in again.text
    assert admin.post("/both-knees", data=sent | {"site": ""}).status_code == 303
    with site.database() as session:
        assert named(session) == [("AP", ""), ("AP", "Rome")]
        first = session.scalars(select(BothKneesView.id).order_by(BothKneesView.site)).first()
        actions = session.scalars(select(AuditEvent.action)).all()
    page = admin.get("/both-knees").text
    assert "every site" in page
    assert "Rome" in page
    assert admin.post(f"/both-knees/{first}/remove", data=sent).status_code == 303
    assert admin.post(f"/both-knees/{first}/remove", data=sent).status_code == 404
    with site.database() as session:
        assert named(session) == [("AP", "Rome")]
        assert "remove view of both knees" in session.scalars(select(AuditEvent.action)).all()
    assert actions.count("add view of both knees") == 2


@pytest.mark.parametrize("view", ["", "   ", "x" * 65])
def test_a_view_without_a_name_or_with_a_long_one_is_refused(site: Web, view: str):
    admin = site.browser("Admin", "admin")
    token = csrf_of(admin.get("/both-knees").text)
    refused = admin.post("/both-knees", data={"csrf_token": token, "view": view})
    assert refused.status_code == 422
    with site.database() as session:
        assert named(session) == []


def test_the_page_offers_the_views_and_sites_the_archive_has(site: Web):
    with site.database.begin() as session:
        for image_id, view in zip(add_images(session, 2), ("PA FLEXED", ""), strict=True):
            image = session.get_one(Image, image_id)
            image.view, image.site = view, "S-12345678"
    page = site.browser("Admin", "admin").get("/both-knees").text
    assert '<option value="PA FLEXED">' in page
    assert page.count('<option value="S-12345678">') == 1
    assert '<option value="">' not in page


@pytest.mark.parametrize(
    ("laterality", "view", "site", "both"),
    [
        ("B", "", "", True),
        ("B", "LAT", "Oslo", True),
        ("", "AP", "Rome", True),
        ("", "ap ", "Rome", True),
        ("", "AP", "Oslo", False),
        ("L", "AP", "Rome", False),
        ("R", "PA", "", False),
        ("", "PA", "", True),
        ("", "PA", "Oslo", True),
        ("", "", "", False),
    ],
)
def test_a_side_that_is_stated_counts_before_a_view_that_is_named(
    laterality: str, view: str, site: str, both: bool
):
    views = BothKneesViews([("AP", "Rome"), ("PA", "")])
    assert views.show_both(laterality, view, site) == both
