"""Tokens of programs: made with a password, shown once, and ended in every way they can end."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from support.audit_log import events_of
from support.web import PASSWORD, Web
from support.worklist_rows import add_classes, add_images, list_images

from app import log_ins
from app.accounts import tokens
from app.audit.chain import check
from app.db import Table
from app.db.engine import Database
from app.db.people import ApiToken, User
from app.db.reading import Sight
from app.db.tables import now
from app.runs import routes as runs
from app.settings import Settings

FORM = {"name": "nightly import", "scopes": ["films", "reading"], "days": 30, "password": PASSWORD}
BODY = {"name": "by program", "scopes": ["films"], "days": 7, "password": PASSWORD}


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Web:
    """The application, for what does not depend on the kind of database."""
    return Web(sqlite_database, settings)


def shown_on(page: str) -> str:
    """Return the token that a page shows."""
    found = re.search(r'value="(condyle_[\w-]{43})"', page)
    assert found is not None
    return found[1]


def with_token(site: Web, token: str) -> TestClient:
    client = site.anonymous()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def works(client: TestClient) -> bool:
    answer = client.get("/api/v1/guideline")
    assert answer.status_code in (200, 401)
    return answer.status_code == 200


def all_rows(site: Web) -> str:
    with site.database() as session:
        return "\n".join(
            str(tuple(row))
            for table in Table.metadata.sorted_tables
            for row in session.execute(select(table))
        )


def test_a_token_is_made_with_the_password_shown_once_and_kept_as_a_digest(web: Web) -> None:
    rosa = web.browser("Rosa")
    made = rosa.post("/access/tokens", data=FORM)
    assert made.status_code == 200
    token = shown_on(made.text)
    assert works(with_token(web, token))
    assert token not in rosa.get("/access").text
    assert "nightly import" in rosa.get("/access").text
    assert token.removeprefix("condyle_") not in all_rows(web)
    assert log_ins.digest(token) in all_rows(web)


def test_a_program_makes_lists_and_revokes_tokens_with_a_log_in(site: Web) -> None:
    rosa = site.browser("Rosa")
    made = rosa.post("/api/v1/tokens", json=BODY)
    assert made.status_code == 201
    program = with_token(site, made.json()["token"])
    (listed,) = rosa.get("/api/v1/tokens").json()
    assert (listed["state"], listed["scopes"], listed["last_used_at"]) == (
        "active",
        ["films"],
        None,
    )
    assert made.json()["token"] not in str(listed)
    assert works(program)
    (used,) = rosa.get("/api/v1/tokens").json()
    assert used["last_used_at"] is not None
    assert used["last_used_from"] == "testclient"
    assert rosa.delete(f"/api/v1/tokens/{listed['reference']}").status_code == 204
    assert not works(program)
    assert rosa.delete(f"/api/v1/tokens/{listed['reference']}").status_code == 204
    assert rosa.get("/api/v1/tokens").json()[0]["state"] == "revoked"
    assert rosa.get("/api/v1/tokens?everybody=true").status_code == 403


def test_what_nobody_can_have_is_refused_and_no_token_is_made(site: Web) -> None:
    rosa = site.browser("Rosa")
    for where, wrong in (
        ("password", "not the right one"),
        ("scopes", ["films", "runs"]),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("days", 0),
        ("days", 367),
        ("name", " "),
    ):
        answer = rosa.post("/api/v1/tokens", json=BODY | {where: wrong})
        assert answer.status_code == 422, wrong
        assert where in answer.json()["where"]
        page = rosa.post("/access/tokens", data=FORM | {where: wrong})
        assert page.status_code == 422, wrong
        assert "condyle_" not in page.text
    with site.database() as session:
        assert session.scalars(select(ApiToken)).all() == []


def test_nobody_has_more_tokens_than_one_may_have(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_LIVE", 1)
    rosa = web.browser("Rosa")
    first = rosa.post("/api/v1/tokens", json=BODY).json()
    assert rosa.post("/api/v1/tokens", json=BODY).status_code == 409
    rosa.delete(f"/api/v1/tokens/{first['reference']}")
    assert rosa.post("/api/v1/tokens", json=BODY).status_code == 201


def test_the_pages_take_no_token_and_a_cookie_keeps_its_rules(site: Web) -> None:
    program = site.program("Rosa", "films", "reading")
    assert program.get("/profile").headers["location"].startswith("/login")
    assert program.post("/profile", data={"theme": "light"}).status_code == 303
    with site.database() as session:
        assert session.scalars(select(User.theme)).one() == "dark"
    # A program sends no CSRF token; a browser that has a cookie must.
    assert program.put("/api/v1/keys", json={"keys": {}}).status_code not in (401, 403)
    rosa = site.browser("Rosa")
    del rosa.headers["X-CSRF-Token"]
    assert rosa.put("/api/v1/keys", json={"keys": {}}).status_code == 403
    # A token that is wrong is not made good by a cookie beside it.
    rosa.headers["Authorization"] = "Bearer condyle_wrong"
    assert rosa.get("/api/v1/keys").status_code == 401


def test_a_token_in_the_address_is_refused_in_words(site: Web) -> None:
    program = site.program("Rosa", "films")
    token = program.headers["Authorization"].removeprefix("Bearer ")
    for client, path in ((program, "/api/v1/guideline"), (site.anonymous(), "/profile")):
        for name, value in (("access_token", "x"), ("Token", token), ("q", token)):
            answer = client.get(path, params={name: value})
            assert answer.status_code == 422
            assert token not in answer.text
            assert "must not be in the address" in answer.text


def expire(web: Web) -> None:
    with web.database.begin() as session:
        session.execute(update(ApiToken).values(expires_at=now() - timedelta(minutes=1)))


def deactivate(web: Web) -> None:
    admin = web.browser("Ada", "admin")
    with web.database() as session:
        rosa = session.scalars(select(User.id).where(User.name == "Rosa")).one()
    admin.post(f"/people/{rosa}/deactivate")
    admin.post(f"/people/{rosa}/activate")


def change_password(web: Web) -> None:
    new = "quite another secret"
    form = {"current": PASSWORD, "password": new, "repeated": new}
    assert web.browser("Rosa").post("/password", data=form).status_code == 303


def revoke_by_admin(web: Web) -> None:
    admin = web.browser("Ada", "admin")
    listed, *_ended = admin.get("/api/v1/tokens?everybody=true").json()
    assert listed["person"] == "Rosa"
    assert html.escape(listed["name"]) in admin.get("/people/access").text
    address = f"/access/tokens/{listed['reference']}/revoke"
    assert web.browser("Ben").post(address).status_code == 404
    answer = admin.post(address, data={"back": "everybody"})
    assert answer.headers["location"] == "/people/access"


def test_a_token_ends_with_its_time_its_person_an_admins_word_or_its_password(web: Web) -> None:
    for end in (expire, deactivate, revoke_by_admin, change_password):
        program = web.program("Rosa", "films")
        assert works(program)
        end(web)
        assert not works(program), end


def test_a_token_of_somebody_who_is_inactive_is_dead(site: Web) -> None:
    program = site.program("Ada", "runs", role="admin")
    token = program.headers["Authorization"].removeprefix("Bearer ")
    assert runs._still_admin(site.database, site.settings, token)
    with site.database.begin() as session:
        session.execute(update(User).values(active=False))
    assert program.get("/api/v1/runs/1").status_code == 401
    assert not runs._still_admin(site.database, site.settings, token)


def test_use_is_not_written_down_with_every_request(web: Web) -> None:
    program = web.program("Rosa", "films")
    works(program)
    with web.database.begin() as session:
        seen = now() - tokens.tokens.SEEN_EVERY / 2
        session.execute(update(ApiToken).values(seen_at=seen, seen_from=""))
    works(program)
    with web.database.begin() as session:
        assert session.scalars(select(ApiToken.seen_from)).one() == ""
        session.execute(update(ApiToken).values(seen_at=now() - timedelta(minutes=2)))
    works(program)
    with web.database() as session:
        assert session.scalars(select(ApiToken.seen_from)).one() == "testclient"


def test_the_audit_log_names_the_token_and_so_does_the_activity(web: Web) -> None:
    admin = web.browser("Ada", "admin")
    made = admin.post("/api/v1/tokens", json=BODY | {"name": "to R", "scopes": ["export"]}).json()
    program = with_token(web, made["token"])
    assert program.get("/api/v1/export/labels").status_code == 200
    assert program.get("/api/v1/runs/1").status_code == 403
    admin.post(f"/access/tokens/{made['reference']}/revoke")
    with web.database() as session:
        said = [
            (each.action, each.subject, each.via, each.log_in == made["reference"])
            for each in events_of(session)
        ]
    named = f"token {made['reference']}"
    assert ("make token", named, "page", False) in said
    assert ("export", "labels", "token", True) in said
    assert ("refuse", "GET /api/v1/runs/{run_id}", "token", True) in said
    assert ("revoke token", named, "page", False) in said
    assert made["token"] not in all_rows(web)
    assert check(web.database).broken is None
    page = admin.get("/activity").text
    assert "by the token to R" in page
    assert 'href="/people/access"' in page
    assert admin.get("/api/v1/activity.csv").text.count("to R") == 2


def test_whoever_exports_by_a_token_reads_no_more_blind(site: Web) -> None:
    with site.database.begin() as session:
        add_classes(session)
        list_images(session, "seed", add_images(session, 1))
    program = site.program("Ada", "export", role="admin")
    assert program.get("/api/v1/export/reads").status_code == 200
    with site.database() as session:
        seen = session.scalars(select(Sight.user_id)).all()
        ada = session.scalars(select(User.id)).one()
    assert set(seen) == {ada}
