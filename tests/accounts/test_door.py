"""The door of the log-ins: how many come through, and from where, and who is not kept out."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
import uvicorn
from sqlalchemy import delete, func, select, update
from starlette.testclient import TestClient
from support.web import PASSWORD, Web

from app.accounts import attempts, browsers, door
from app.db.people import AuditEvent, FailedLogIns, User
from app.db.tables import now

CREDENTIALS = {"name": "Reader", "password": PASSWORD}
WRONG = {"name": "Reader", "password": "not the right one"}
LIMIT = 3


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "LONGEST_PAUSE", 0)


@pytest.fixture(autouse=True)
def _early_in_a_minute() -> Iterator[None]:
    """Log-ins are counted by the minute of the clock: at its turn, one more comes through."""
    with time_machine.travel(time.time() // 60 * 60 + 1, tick=True):
        yield


@pytest.fixture
def narrow(web: Web) -> Web:
    """A site with a reader, through whose door few come."""
    few = {"log_ins_per_address": LIMIT, "log_ins_per_minute": 2 * LIMIT}
    site = Web(web.database, web.settings.model_copy(update=few))
    site.person("Reader", "reader")
    return site


def visitor(site: Web, address: str) -> TestClient:
    """Return a browser at an address."""
    return TestClient(site.app, follow_redirects=False, client=(address, 50000))


def attempts_of(site: Web) -> int:
    """Return how many log-ins were looked at: each leaves its trace."""
    with site.database.begin() as session:
        return session.scalar(select(func.count()).select_from(AuditEvent)) or 0


def test_an_address_that_asks_too_often_is_sent_away_and_told_when_to_come_back(
    narrow: Web,
) -> None:
    client = visitor(narrow, "203.0.113.7")
    answers = [client.post("/api/v1/login", json=WRONG) for _ in range(LIMIT + 2)]
    assert [each.status_code for each in answers] == [401] * LIMIT + [429] * 2
    assert answers[-1].headers["content-type"] == "application/problem+json"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 120
    page = client.post("/login", data=WRONG)
    assert page.status_code == 429
    assert "Wait a minute" in page.text
    assert attempts_of(narrow) == LIMIT
    assert visitor(narrow, "203.0.113.8").post("/login", data=CREDENTIALS).status_code == 303


def test_one_network_of_ipv6_is_one_address(narrow: Web) -> None:
    for last in range(LIMIT):
        visitor(narrow, f"2001:db8::{last + 1}").post("/login", data=WRONG)
    assert visitor(narrow, "2001:db8::ffff").post("/login", data=WRONG).status_code == 429
    assert visitor(narrow, "2001:db8:0:1::1").post("/login", data=WRONG).status_code == 401


def test_many_addresses_together_have_a_limit_that_a_known_browser_does_not_share(
    narrow: Web,
) -> None:
    known = visitor(narrow, "192.0.2.1")
    assert known.post("/login", data=CREDENTIALS).status_code == 303
    for last in range(1, 2 * LIMIT):
        visitor(narrow, f"198.51.100.{last}").post("/login", data=WRONG)
    assert visitor(narrow, "198.51.100.99").post("/login", data=CREDENTIALS).status_code == 429
    assert known.post("/login", data=CREDENTIALS).status_code == 303


def test_a_link_to_set_a_password_is_not_tried_out_either(narrow: Web) -> None:
    client = visitor(narrow, "203.0.113.7")
    form = {"password": PASSWORD, "repeated": PASSWORD}
    answers = [client.post(f"/welcome/{n}", data=form) for n in range(LIMIT + 1)]
    assert [each.status_code for each in answers] == [404] * LIMIT + [429]
    assert client.post("/password", data=form).status_code == 429


def test_a_full_queue_sends_away_and_an_empty_one_does_not(
    narrow: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_WAITING", -door.THREADS)
    client = visitor(narrow, "203.0.113.7")
    full = client.post("/api/v1/login", json=CREDENTIALS)
    assert full.status_code == 429
    assert int(full.headers["Retry-After"]) == 1
    monkeypatch.undo()
    assert client.post("/api/v1/login", json=CREDENTIALS).status_code == 200


@pytest.mark.usefixtures("long_locks")
def test_strangers_do_not_lock_a_name_for_others(web: Web) -> None:
    web.person("Reader", "reader")
    stranger, reader = visitor(web, "203.0.113.7"), visitor(web, "192.0.2.1")
    for _ in range(attempts.FREE_FAILURES + 1):
        assert stranger.post("/login", data=WRONG).status_code == 401
    assert stranger.post("/login", data=CREDENTIALS).status_code == 401
    assert reader.post("/login", data=CREDENTIALS).status_code == 303


@pytest.mark.usefixtures("long_locks")
def test_a_browser_somebody_logged_in_with_gets_through_at_the_strangers_own_address(
    web: Web,
) -> None:
    web.person("Reader", "reader")
    known, stranger = visitor(web, "203.0.113.7"), visitor(web, "203.0.113.7")
    known.post("/login", data=CREDENTIALS)
    for _ in range(attempts.FREE_FAILURES + 1):
        stranger.post("/login", data=WRONG)
    assert stranger.post("/login", data=CREDENTIALS).status_code == 401
    assert known.post("/login", data=CREDENTIALS).status_code == 303


@pytest.mark.usefixtures("long_locks")
def test_a_known_browser_is_locked_too_when_it_fails_again_and_again(web: Web) -> None:
    web.person("Reader", "reader")
    known = visitor(web, "203.0.113.7")
    known.post("/login", data=CREDENTIALS)
    for _ in range(attempts.FREE_FAILURES + 1):
        known.post("/login", data=WRONG)
    assert known.post("/login", data=CREDENTIALS).status_code == 401


def test_a_browser_known_for_one_person_is_a_stranger_to_another(web: Web) -> None:
    web.person("Reader", "reader")
    web.person("Other", "reader")
    client = visitor(web, "203.0.113.7")
    client.post("/login", data=CREDENTIALS)
    client.post("/login", data={**WRONG, "name": "Other"})
    with web.database.begin() as session:
        assert session.scalars(select(FailedLogIns.source)).one() == "address 203.0.113.7"


def test_the_lock_passes_with_time_and_success_forgets_the_failures(web: Web) -> None:
    reader = web.person("Reader", "reader")
    client = visitor(web, "203.0.113.7")
    for _ in range(attempts.FREE_FAILURES + 1):
        client.post("/login", data=WRONG)
    with web.database.begin() as session:
        session.execute(update(FailedLogIns).values(locked_until=now() - timedelta(minutes=1)))
    assert client.post("/login", data=CREDENTIALS).status_code == 303
    with web.database.begin() as session:
        assert session.scalars(select(FailedLogIns)).all() == []
        failures = select(func.count()).where(AuditEvent.action == "fail to log in")
        assert session.scalar(failures) == attempts.FREE_FAILURES + 1
        assert session.get_one(User, reader.id).active


def test_the_lock_grows_with_each_failure_up_to_a_quarter_of_an_hour() -> None:
    locks = [attempts.lock_after(failures) for failures in range(1, 30)]
    assert not any(locks[: attempts.FREE_FAILURES])
    assert locks == sorted(locks)
    assert locks[-1] == attempts.LONGEST_LOCK


def test_the_cookie_of_a_known_browser_cannot_be_made_up_or_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, other = b"k" * 32, b"o" * 32
    browser = browsers.new_browser().after(3).after(7).after(3)
    assert browser.people == (7, 3)
    cookie = browsers.write(browser, key)
    assert browsers.read(cookie, key) == browser
    assert browsers.read(cookie, other) is None
    assert browsers.read(cookie.replace(".7-3.", ".7-4."), key) is None
    for wrong in ("", ".", "....", "é" * 9, cookie[:-1], cookie + "0"):
        assert browsers.read(wrong, key) is None
    then = time.time() + browsers.DAYS * 24 * 3600 + 1
    monkeypatch.setattr(browsers.time, "time", lambda: then)
    assert browsers.read(cookie, key) is None


def test_the_address_is_the_proxys_word_only_where_uvicorn_trusts_the_proxy(narrow: Web) -> None:
    config = uvicorn.Config(narrow.app, forwarded_allow_ips="192.0.2.9", lifespan="off")
    config.load()
    trusted = TestClient(config.loaded_app, client=("192.0.2.9", 1))  # type: ignore[arg-type]
    claimed = TestClient(config.loaded_app, client=("203.0.113.7", 1))  # type: ignore[arg-type]

    def status(client: TestClient, address: str) -> int:
        return client.post(
            "/api/v1/login", json=WRONG, headers={"X-Forwarded-For": address}
        ).status_code

    assert [status(trusted, "198.51.100.1") for _ in range(LIMIT + 1)] == [401] * LIMIT + [429]
    assert status(trusted, "198.51.100.2") == 401
    assert status(claimed, "198.51.100.3") == 401
    assert status(claimed, "198.51.100.4") == 401
    with narrow.database.begin() as session:
        sources = set(session.scalars(select(FailedLogIns.source)))
        session.execute(delete(FailedLogIns))
    assert sources == {"address 198.51.100.1", "address 198.51.100.2", "address 203.0.113.7"}
