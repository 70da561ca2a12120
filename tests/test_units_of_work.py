"""Who reads waits for nobody; who writes does it one after another."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.db.engine import Database, read_only
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
