"""Logging in and out over HTTP: cookies, locks, one-time links, expiry."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from support.web import PASSWORD, Web, csrf_of

from app import log_ins
from app.accounts.logging_in import local_path
from app.db.people import LogIn
from app.db.tables import now

CREDENTIALS = {"name": "Reader", "password": PASSWORD}


def test_the_right_password_opens_the_page_that_was_wanted(web: Web) -> None:
    web.person("Reader", "reader")
    client = web.anonymous()
    refused = client.get("/review?from=mail")
    assert refused.headers["location"] == "/login?next=/review%3Ffrom%3Dmail"
    entered = client.post("/login", data={**CREDENTIALS, "next": "/review?from=mail"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/review?from=mail")
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/").status_code == 200


def test_the_database_holds_no_token_that_opens_anything(web: Web) -> None:
    web.person("Reader", "reader")
    client = web.anonymous()
    client.post("/login", data=CREDENTIALS)
    with web.database.begin() as session:
        kept = session.scalars(select(LogIn)).one()
    assert client.cookies["condyle"] not in (kept.token_digest, kept.csrf_token)
    assert log_ins.digest(client.cookies["condyle"]) == kept.token_digest


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(web: Web) -> None:
    web.person("Reader", "reader")
    client = web.anonymous()
    wrong = client.post("/api/v1/login", json={**CREDENTIALS, "password": "no"})
    unknown = client.post("/api/v1/login", json={"name": "Nobody", "password": "no"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.headers["content-type"] == "application/problem+json"


def test_logging_out_ends_the_session_on_the_server(web: Web) -> None:
    client = web.browser("Reader")
    cookie = client.cookies["condyle"]
    page = client.get("/").text
    del client.headers["X-CSRF-Token"]
    assert client.post("/logout", data={"csrf_token": csrf_of(page)}).status_code == 303
    client.cookies.set("condyle", cookie)
    assert client.get("/").status_code == 303


def test_a_log_in_ends_by_itself(web: Web) -> None:
    client = web.browser("Reader")
    with web.database.begin() as session:
        session.execute(update(LogIn).values(expires_at=now() - timedelta(seconds=1)))
    assert client.get("/").status_code == 303


def test_a_program_uses_a_token_and_needs_no_csrf(web: Web) -> None:
    web.person("Admin", "admin")
    client = web.anonymous()
    answer = client.post("/api/v1/login", json={"name": "admin", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    assert client.post("/api/v1/uploads", headers=headers).status_code == 201
    assert client.post("/api/v1/logout", headers=headers).status_code == 204
    assert client.post("/api/v1/uploads", headers=headers).status_code == 401


def test_the_cookie_is_bound_to_the_host_where_there_is_tls(web: Web) -> None:
    web.person("Reader", "reader")
    web.app.state.settings = web.settings.model_copy(update={"public_url": "https://knees.example"})
    cookie = web.anonymous().post("/login", data=CREDENTIALS).headers["set-cookie"]
    assert cookie.startswith("__Host-condyle=")
    assert "; Secure" in cookie


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\n/b"]
)
def test_the_log_in_page_never_leads_to_another_site(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"
    assert local_path("/runs/3?x=1") == "/runs/3?x=1"
