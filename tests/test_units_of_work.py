"""Who reads waits for nobody; who writes does it one after another."""

import pytest
from conftest import _open
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.db import engine
from app.db.engine import Database, looking_up, read_only
from app.db.people import User


def test_a_reader_does_not_wait_for_a_writer_and_sees_what_is_committed(database: Database) -> None:
    with database.begin() as writer:
        writer.add(User(name="ann", role="reader"))
        writer.flush()
        with read_only(database) as session:
            assert session.scalar(select(func.count(User.id))) == 0
    with read_only(database) as session:
        assert session.scalar(select(func.count(User.id))) == 1


def test_a_write_in_a_unit_of_work_that_only_reads_is_an_error(database: Database) -> None:
    with read_only(database) as session:
        session.add(User(name="ann", role="reader"))
        with pytest.raises(DBAPIError):
            session.flush()
    with database.begin() as session:
        session.add(User(name="ben", role="reader"))
    with read_only(database) as session:
        assert session.scalars(select(User.name)).all() == ["ben"]


def test_what_is_not_committed_after_a_look_up_is_not_kept(database: Database) -> None:
    with looking_up(database) as session:
        assert session.scalar(select(func.count(User.id))) == 0
    with database() as session:
        session.add(User(name="ann", role="reader"))
        session.flush()
    with looking_up(database) as session:
        assert session.scalar(select(func.count(User.id))) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_died_while_it_was_idle_is_replaced(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database() as session:
        died = session.scalar(select(func.pg_backend_pid()))
    for other in _open(database_url):
        with other() as session:
            session.execute(text("SELECT pg_terminate_backend(:died)"), {"died": died})
    monkeypatch.setattr(engine, "TRUSTED_SECONDS", -1)
    with database() as session:
        assert session.scalar(select(func.pg_backend_pid())) != died
