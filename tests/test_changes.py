"""A change needs a log-in that holds, its CSRF token, and a page of ours that it came from."""

import pytest
from sqlalchemy import update
from support.web import Web
from test_permissions import ADMIN, ANYONE, READER, ROUTES, ask

from app.db.engine import Database
from app.db.people import User
from app.settings import Settings

CHANGES = [(method, path) for method, path in ROUTES if method in ("POST", "PUT", "DELETE")]


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Web:
    """The application, asked by one address as often as it likes."""
    often = {"log_ins_per_address": 1000, "log_ins_per_minute": 1000}
    return Web(sqlite_database, settings.model_copy(update=often))


def test_no_change_is_made_with_a_missing_or_wrong_csrf_token(site: Web) -> None:
    client = site.browser("Admin", ADMIN)
    for method, path in CHANGES:
        if ROUTES[method, path] != ANYONE:
            assert ask(client, method, path, **{"X-CSRF-Token": "wrong"}) == 403, (method, path)
            assert ask(client, method, path, **{"X-CSRF-Token": ""}) == 403, (method, path)


def test_no_change_is_made_from_another_site(site: Web) -> None:
    client = site.browser("Admin", ADMIN)
    for method, path in CHANGES:
        assert ask(client, method, path, Origin="https://evil.example") == 403, (method, path)
        assert ask(client, method, path, **{"Sec-Fetch-Site": "cross-site"}) == 403, (method, path)
        assert ask(client, method, path, Origin="null") == 403, (method, path)


def test_a_deactivated_person_is_out_at_once(site: Web) -> None:
    client = site.browser("Reader", READER)
    assert client.get("/").status_code == 200
    with site.database.begin() as session:
        session.execute(update(User).values(active=False))
    assert client.get("/").status_code == 303
