"""How log-ins end: by a new one, by a new password, unused, and with all that hangs on them."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from starlette.testclient import TestClient
from support.web import PASSWORD, Web, csrf_of

from app import log_ins
from app.accounts import attempts
from app.db.people import AuditEvent, FailedLogIns, LogIn, User
from app.db.tables import now
from app.runs import routes as runs

NEW = "quite another secret"
CREDENTIALS = {"name": "Reader", "password": PASSWORD}


def with_token(site: Web, token: str) -> TestClient:
    """Return a program that sends a token."""
    client = site.anonymous()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def token_of(client: TestClient) -> str:
    """Return the token in a browser's cookie."""
    token: str = client.cookies["condyle"]
    return token


def test_a_new_log_in_in_the_same_browser_ends_the_old_one(web: Web) -> None:
    web.person("Reader", "reader")
    client = web.anonymous()
    client.post("/login", data=CREDENTIALS)
    old = token_of(client)
    assert with_token(web, old).get("/api/v1/keys").status_code == 200
    client.post("/login", data={**CREDENTIALS, "password": "not the right one"})
    assert with_token(web, old).get("/api/v1/keys").status_code == 200
    client.post("/login", data=CREDENTIALS)
    assert with_token(web, old).get("/api/v1/keys").status_code == 401
    assert with_token(web, token_of(client)).get("/api/v1/keys").status_code == 200


def test_a_program_that_logs_in_again_ends_the_token_it_sends(web: Web) -> None:
    web.person("Reader", "reader")
    first = web.anonymous().post("/api/v1/login", json=CREDENTIALS).json()["token"]
    second = with_token(web, first).post("/api/v1/login", json=CREDENTIALS).json()["token"]
    assert with_token(web, first).get("/api/v1/keys").status_code == 401
    assert with_token(web, second).get("/api/v1/keys").status_code == 200


def test_a_log_in_that_nobody_uses_ends(web: Web) -> None:
    client = web.browser("Reader")
    unused = timedelta(minutes=web.settings.idle_minutes)
    with web.database.begin() as session:
        session.execute(update(LogIn).values(seen_at=now() - unused + timedelta(minutes=5)))
    assert client.get("/").status_code == 200
    with web.database.begin() as session:
        seen = session.scalars(select(LogIn.seen_at)).one()
        assert now() - seen < log_ins.SEEN_EVERY
        session.execute(update(LogIn).values(seen_at=now() - unused - timedelta(minutes=1)))
    assert client.get("/").status_code == 303
    assert client.get("/api/v1/keys").status_code == 401


def test_a_log_in_in_use_is_not_written_down_with_every_request(web: Web) -> None:
    client = web.browser("Reader")
    with web.database.begin() as session:
        before = session.scalars(select(LogIn.seen_at)).one()
    client.get("/")
    with web.database.begin() as session:
        assert session.scalars(select(LogIn.seen_at)).one() == before


def test_everybody_changes_their_own_password_and_is_logged_out_elsewhere(web: Web) -> None:
    here, elsewhere = web.browser("Reader"), web.browser("Reader")
    before = token_of(here)
    assert "Current password" in here.get("/password").text
    form = {"current": PASSWORD, "password": NEW, "repeated": NEW}
    changed = here.post("/password", data=form)
    assert (changed.status_code, changed.headers["location"]) == (303, "/password?changed=true")
    assert "Your password has been changed" in here.get("/password?changed=true").text
    assert elsewhere.get("/").status_code == 303
    assert with_token(web, before).get("/api/v1/keys").status_code == 401
    fresh = web.anonymous()
    assert fresh.post("/login", data=CREDENTIALS).status_code == 401
    assert fresh.post("/login", data={"name": "Reader", "password": NEW}).status_code == 303


@pytest.mark.parametrize(
    "form",
    [
        {"current": "not the right one", "password": NEW, "repeated": NEW},
        {"current": PASSWORD, "password": NEW, "repeated": NEW + "x"},
        {"current": PASSWORD, "password": "password1234", "repeated": "password1234"},
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    web: Web, form: dict[str, str]
) -> None:
    client = web.browser("Reader")
    answer = client.post("/password", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert client.get("/").status_code == 200
    assert web.anonymous().post("/login", data=CREDENTIALS).status_code == 303


@pytest.mark.usefixtures("long_locks")
def test_the_old_password_cannot_be_tried_out_on_the_page_that_changes_it(web: Web) -> None:
    client = web.browser("Reader")
    form = {"current": "not the right one", "password": NEW, "repeated": NEW}
    for _ in range(attempts.FREE_FAILURES + 1):
        client.post("/password", data=form)
    assert client.post("/password", data={**form, "current": PASSWORD}).status_code == 422
    with web.database.begin() as session:
        assert session.scalars(select(FailedLogIns.failures)).one() == attempts.FREE_FAILURES + 1
        failed = select(func.count()).where(AuditEvent.action == "fail to change password")
        assert session.scalar(failed) == attempts.FREE_FAILURES + 2


def test_logging_out_empties_the_cache_and_keeps_a_decision_that_was_not_sent(web: Web) -> None:
    client = web.browser("Reader")
    answer = client.post("/logout")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert 'condyle=""' in answer.headers["set-cookie"]


def log_out(site: Web, client: TestClient) -> None:
    assert client.post("/logout").status_code == 303


def deactivate(site: Web, client: TestClient) -> None:
    with site.database.begin() as session:
        session.execute(update(User).values(active=False))


def demote(site: Web, client: TestClient) -> None:
    with site.database.begin() as session:
        session.execute(update(User).values(role="reader"))


def leave_unused(site: Web, client: TestClient) -> None:
    with site.database.begin() as session:
        long_ago = now() - site.settings.idle - timedelta(minutes=1)
        session.execute(update(LogIn).values(seen_at=long_ago))


def run_out(site: Web, client: TestClient) -> None:
    with site.database.begin() as session:
        session.execute(update(LogIn).values(expires_at=now() - timedelta(minutes=1)))


def change_password(site: Web, client: TestClient) -> None:
    form = {"current": PASSWORD, "password": NEW, "repeated": NEW}
    assert client.post("/password", data=form).status_code == 303


@pytest.mark.parametrize(
    "end", [log_out, deactivate, demote, leave_unused, run_out, change_password]
)
def test_a_stream_ends_with_the_log_in(
    web: Web, end: Callable[[Web, TestClient], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "POLL_SECONDS", 0.01)
    admin = web.browser("Admin", "admin")
    run_id = admin.post("/api/v1/runs", json={"kind": "sweep"}).json()["id"]
    watcher = web.anonymous()
    watcher.cookies.set("condyle", token_of(admin))
    began, states = threading.Event(), []
    look = runs._look

    def look_and_tell(*asked: Any) -> Any:
        began.set()
        return look(*asked)

    monkeypatch.setattr(runs, "_look", look_and_tell)

    def follow() -> None:
        answer = watcher.get(f"/api/v1/runs/{run_id}/events")
        lines = [line for line in answer.text.splitlines() if line.startswith("data:")]
        states.extend(json.loads(line[5:])["status"] for line in lines)

    thread = threading.Thread(target=follow)
    thread.start()
    assert began.wait(60)
    end(web, admin)
    thread.join(60)
    assert not thread.is_alive()
    assert states == ["queued"]


def test_following_a_run_does_not_keep_a_log_in_from_ending(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = web.browser("Admin", "admin")
    run_id = admin.post("/api/v1/runs", json={"kind": "sweep"}).json()["id"]
    admin.post(f"/api/v1/runs/{run_id}/cancel")
    seen = now() - log_ins.SEEN_EVERY * 2
    with web.database.begin() as session:
        session.execute(update(LogIn).values(seen_at=seen))
    assert admin.get(f"/api/v1/runs/{run_id}/events").status_code == 200
    with web.database.begin() as session:
        assert session.scalars(select(LogIn.seen_at)).one() == seen
    assert web.browser("Reader").get(f"/api/v1/runs/{run_id}/events").status_code == 403


def test_the_form_of_the_password_carries_the_token_of_the_log_in(web: Web) -> None:
    client = web.browser("Reader")
    page = client.get("/password").text
    del client.headers["X-CSRF-Token"]
    form = {"current": PASSWORD, "password": NEW, "repeated": NEW}
    assert client.post("/password", data=form).status_code == 403
    assert client.post("/password", data={**form, "csrf_token": csrf_of(page)}).status_code == 303
