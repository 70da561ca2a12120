"""What "decide and give me the next" asks of the database: few statements, each by an index."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient
from web import Web
from worklist_rows import add_classes, add_images, list_images

from app.db.engine import Database, read_only

Statements = list[tuple[str, object]]
"""SQL as the driver gets it, with its values."""


@pytest.fixture
def statements(database: Database) -> Iterator[Statements]:
    """What is sent to the database from now on."""
    sent: Statements = []
    engine = database.kw["bind"]

    def note(_connection, _cursor, statement, values, *_rest) -> None:
        sent.append((" ".join(statement.split()), values))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def reader(web: Web) -> TestClient:
    """A reader with the first of five images, one a patient, in hands."""
    with web.database.begin() as session:
        add_classes(session)
        list_images(session, "seed", add_images(session, 5))
    browser = web.browser("rosa")
    browser.get("/api/v1/worklists/seed/next")
    return browser


def decide(reader: TestClient) -> None:
    body = {
        "worklist": "seed",
        "class_id": 1,
        "milliseconds": 800,
        "idempotency_key": "a key of its own",
    }
    answer = reader.post("/api/v1/images/1/annotations", json=body).json()
    assert answer["item"]["film"]["image_id"] == 2
    assert [film["image_id"] for film in answer["upcoming"]] == [3, 4, 5]
    assert (answer["remaining"], answer["read_today"], answer["seconds_per_image"]) == (4, 1, 0.8)


def test_a_decision_and_the_next_film_take_a_dozen_statements(
    database: Database, reader: TestClient, statements: Statements
) -> None:
    statements.clear()
    decide(reader)
    locks = [sql for sql, _ in statements if sql.endswith("FOR NO KEY UPDATE")]
    assert len(locks) == (0 if database.kw["bind"].dialect.name == "sqlite" else 2)
    assert len(statements) - len(locks) == 12, "\n".join(sql for sql, _ in statements)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_row_is_found_by_an_index_also_without_statistics(
    database: Database, reader: TestClient, statements: Statements
) -> None:
    statements.clear()
    decide(reader)
    with read_only(database) as session:
        for sql, values in list(statements):
            explained = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)
            for step in [row[3] for row in explained]:
                assert not step.startswith(("SCAN annotation", "SCAN image", "SCAN worklist_item"))
                assert not step.startswith("SEARCH annotation USING INDEX sq"), "all withdrawals"
