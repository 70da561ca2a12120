"""A person sees where they are logged in, and ends it; an admin ends anybody's."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient
from support.audit_log import events_of
from support.web import PASSWORD, Web

from app import log_ins
from app.accounts import devices
from app.db.people import LogIn, User
from app.db.tables import now

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)
ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What does not depend on the kind of database."""


def log_in(web: Web, name: str, agent: str) -> TestClient:
    """Log in as a browser does, by its form."""
    client = web.anonymous()
    client.headers["User-Agent"] = agent
    assert client.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
    with web.database() as session:
        row = session.get_one(LogIn, log_ins.digest(client.cookies["condyle"]))
    client.headers["X-CSRF-Token"] = row.csrf_token
    return client


@pytest.fixture
def rosa(web: Web) -> TestClient:
    """Rosa's browser."""
    web.settings.home.mkdir(exist_ok=True)
    web.person("Rosa", "reader")
    return log_in(web, "Rosa", FIREFOX)


def listed(client: TestClient, everybody: bool = False) -> dict[str, dict]:
    answer = client.get("/api/v1/log-ins", params={"everybody": everybody})
    assert answer.status_code == 200
    return {each["device"]: each for each in answer.json()}


def test_a_person_sees_own_log_ins_and_ends_another(web: Web, rosa: TestClient) -> None:
    phone = log_in(web, "Rosa", IPHONE)
    web.browser("Ben")
    found = listed(rosa)
    assert set(found) == {"Firefox, Windows", "Safari, iOS"}
    assert found["Firefox, Windows"]["here"]
    assert not found["Safari, iOS"]["here"]
    assert {each["address"] for each in found.values()} == {"testclient"}
    page = rosa.get("/access").text
    assert "Safari, iOS" in page
    assert "this one" in page
    end = f"/access/log-ins/{found['Safari, iOS']['reference']}/end"
    assert end in page
    assert rosa.post(end).headers["location"] == "/access"
    assert phone.get("/profile").headers["location"].startswith("/login")
    assert rosa.get("/profile").status_code == 200
    assert rosa.post(end).status_code == 404
    with web.database() as session:
        ended = events_of(session)[-1]
    assert (ended.action, ended.details["log_in"]) == (
        "end log-in",
        found["Safari, iOS"]["reference"],
    )


@ONCE
def test_a_person_ends_all_others_at_once(web: Web, rosa: TestClient) -> None:
    others = [log_in(web, "Rosa", agent) for agent in (IPHONE, EDGE)]
    ben = web.browser("Ben")
    assert rosa.post("/access/log-ins/end-others").status_code == 303
    assert [each.get("/profile").status_code for each in others] == [303, 303]
    assert rosa.get("/profile").status_code == ben.get("/profile").status_code == 200


def test_an_admin_ends_anybodys_and_a_reader_nobody_elses(web: Web, rosa: TestClient) -> None:
    admin, ben = web.browser("Ada", "admin"), web.browser("Ben")
    assert ben.get("/api/v1/log-ins?everybody=true").status_code == 403
    assert "Firefox, Windows" in admin.get("/people/access").text
    reference = listed(admin, everybody=True)["Firefox, Windows"]["reference"]
    assert ben.delete(f"/api/v1/log-ins/{reference}").status_code == 404
    assert rosa.get("/profile").status_code == 200
    answer = admin.post(f"/access/log-ins/{reference}/end", data={"back": "everybody"})
    assert answer.headers["location"] == "/people/access"
    assert rosa.get("/profile").status_code == 303
    with web.database() as session:
        # When somebody was here last is still known.
        assert session.scalars(select(User.seen_at).where(User.name == "Rosa")).one()


def test_what_has_ended_is_not_listed(web: Web, rosa: TestClient) -> None:
    phone = log_in(web, "Rosa", IPHONE)
    here = LogIn.token_digest == log_ins.digest(rosa.cookies["condyle"])
    with web.database.begin() as session:
        long_ago = now() - web.settings.idle - timedelta(minutes=1)
        session.execute(update(LogIn).where(~here).values(seen_at=long_ago))
    assert set(listed(rosa)) == {"Firefox, Windows"}
    assert phone.get("/profile").status_code == 303
    with web.database.begin() as session:
        late = {"seen_at": now(), "expires_at": now() - timedelta(seconds=1)}
        session.execute(update(LogIn).where(~here).values(**late))
    assert set(listed(rosa)) == {"Firefox, Windows"}


@ONCE
def test_a_program_that_has_logged_in_is_named_by_itself(web: Web, rosa: TestClient) -> None:
    program = web.anonymous()
    program.headers["User-Agent"] = "curl/8.14.1"
    credentials = {"name": "Rosa", "password": PASSWORD}
    token = program.post("/api/v1/login", json=credentials).json()["token"]
    program.headers["Authorization"] = f"Bearer {token}"
    assert set(listed(program)) == {"Firefox, Windows", "curl"}
    reference = listed(program)["Firefox, Windows"]["reference"]
    assert program.delete(f"/api/v1/log-ins/{reference}").status_code == 204
    assert rosa.get("/profile").status_code == 303


def test_browsers_and_systems_are_named() -> None:
    assert devices.named(EDGE) == "Edge, Windows"
    assert devices.named("") == ""
    assert len(devices.named("x" * 300)) == 40
