"""A browser, or a program, in front of the real application: what tests of pages and API use."""

import re
from functools import cache

from sqlalchemy import select
from starlette.testclient import TestClient

from app import log_ins
from app.accounts import passwords, tokens
from app.db.engine import Database
from app.db.people import User
from app.main import create_app
from app.settings import Settings

PASSWORD = "a long enough secret"


@cache
def password_hash() -> str:
    """The hash of `PASSWORD`, made once: it is slow on purpose."""
    return passwords.hash_password(PASSWORD)


class Web:
    """The application on a test's database.

    Args:
        database: a migrated database.
        settings: whose home folder exists.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.app = create_app(settings)
        self.app.state.database = database

    def person(self, name: str, role: str) -> User:
        """Add somebody who has set `PASSWORD`."""
        with self.database.begin() as session:
            user = User(name=name, role=role, password_hash=password_hash())
            session.add(user)
        return user

    def anonymous(self) -> TestClient:
        """Return a browser nobody has logged in with."""
        return TestClient(self.app, follow_redirects=False)

    def browser(self, name: str, role: str = "reader") -> TestClient:
        """Return a browser somebody is logged in with; its requests carry the CSRF token."""
        client = self.anonymous()
        with self.database.begin() as session:
            user = session.scalar(select(User).where(User.name == name))
        user = user or self.person(name, role)
        with self.database.begin() as session:
            token, log_in = log_ins.start(session, user, self.settings.session_hours)
        client.cookies.set("condyle", token)
        client.headers["X-CSRF-Token"] = log_in.csrf_token
        return client

    def program(self, name: str, *scopes: str, role: str = "reader", days: int = 1) -> TestClient:
        """Return a program with a token that somebody has made for it: it sends no cookie."""
        with self.database.begin() as session:
            user = session.scalar(select(User).where(User.name == name))
        user = user or self.person(name, role)
        with self.database.begin() as session:
            token, _row = tokens.make(session, user, tokens.Wanted("a program", scopes, days))
        client = self.anonymous()
        client.headers["Authorization"] = f"Bearer {token}"
        return client


def csrf_of(page: str) -> str:
    """Return the CSRF token of a page, as its forms send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]
