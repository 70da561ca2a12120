"""People who may be told something."""

import pytest
from sqlalchemy.orm import Session

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
