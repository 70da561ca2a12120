"""People who may be told something, and mail servers."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session
from support.mail_servers import Mailbox, closed, mail_server

from app.db.engine import Database
from app.db.people import User


@pytest.fixture
def session(database: Database) -> Session:
    with database.begin() as session:
        yield session


@pytest.fixture
def people(session: Session) -> dict[str, User]:
    """Two admins, two readers, and one of each who may not log in any more."""
    found = {
        name: User(name=name, role=role, active=active)
        for name, role, active in (
            ("Ada", "admin", True),
            ("Ben", "admin", True),
            ("Rosa", "reader", True),
            ("Ruth", "reader", True),
            ("Gone", "admin", False),
            ("Left", "reader", False),
        )
    }
    session.add_all(found.values())
    session.flush()
    return found


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """A server in the house, without TLS."""
    with mail_server(mailbox) as port:
        yield port


@pytest.fixture
def later() -> Iterator[int]:
    """A port at which nobody listens, and where a server of this test can."""
    with closed() as port:
        yield port
