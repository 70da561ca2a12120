"""What "decide and give me the next" asks of the database: few statements, each by an index."""

from collections.abc import Iterator

import pytest
from sqlalchemy import event, update
from starlette.testclient import TestClient
from support.web import Web
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images

from app import badges
from app.db.engine import Database, read_only
from app.db.named_lists import NamedList, NamedListReader
from app.db.people import User
from app.db.reading import WorklistItem
from app.worklists.items import remaining

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
    browser.post("/api/v1/worklists/seed/next")
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


def test_a_decision_and_the_next_film_take_fourteen_statements(
    database: Database, reader: TestClient, statements: Statements
) -> None:
    statements.clear()
    decide(reader)
    locks = [sql for sql, _ in statements if sql.endswith("FOR NO KEY UPDATE")]
    assert len(locks) == (0 if database.kw["bind"].dialect.name == "sqlite" else 2)
    assert len(statements) - len(locks) == 14, "\n".join(sql for sql, _ in statements)


def plans(database: Database, statements: Statements) -> list[list[str]]:
    """The steps SQLite would take for each of the statements."""
    with read_only(database) as session:
        connection = session.connection()
        return [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
            for sql, values in list(statements)
        ]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_row_is_found_by_an_index_also_without_statistics(
    database: Database, reader: TestClient, statements: Statements
) -> None:
    statements.clear()
    decide(reader)
    for step in [step for plan in plans(database, statements) for step in plan]:
        assert not step.startswith(("SCAN annotation", "SCAN image", "SCAN worklist_item"))
        assert not step.startswith("SEARCH annotation USING INDEX sq"), "all withdrawals"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_filter_of_review_passes_over_is_passed_over_in_the_index(
    web: Web, database: Database, statements: Statements
) -> None:
    with web.database.begin() as session:
        add_classes(session)
        add_sweep(session, add_images(session, 5))
    reader = web.browser("rosa")
    statements.clear()
    asked = "site=Rome&view=AP&class_id=1&least=0.1&most=0.9&why=unsure"
    assert reader.post(f"/api/v1/worklists/review/next?{asked}").json()["item"] is None
    found = zip([sql for sql, _ in statements], plans(database, statements), strict=False)
    by_statement = {sql: [step for step in plan if "pseudo_label" in step] for sql, plan in found}
    assert not [step for steps in by_statement.values() for step in steps if "SCAN" in step]
    first = next(
        steps for sql, steps in by_statement.items() if sql.startswith("INSERT INTO lease")
    )
    queue = "SEARCH pseudo_label USING COVERING INDEX ix_pseudo_label_queue"
    assert first == [f"{queue} (sweep_id=? AND status=?)"]


def with_a_list_of_others(database: Database) -> User:
    """Put three reads of a colleague's named list before one that is everybody's."""
    with database.begin() as session:
        me, colleague = (session.get_one(User, each) for each in add_readers(session, 2))
        images = add_images(session, 4)
        list_images(session, "seed", images)
        session.add(NamedList(name="theirs"))
        session.flush()
        session.add(NamedListReader(named_list_id=1, reader_id=colleague.id))
        theirs = update(WorklistItem).where(WorklistItem.image_id != images[-1])
        session.execute(theirs.values(named_list_id=1))
    return me


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_count_passes_over_no_read_of_others_also_without_statistics(
    database: Database, statements: Statements
) -> None:
    me = with_a_list_of_others(database)
    statements.clear()
    with read_only(database) as session:
        assert (badges.of(session, me).read, remaining(session, "seed", me.id)) == (1, 1)
    for plan in plans(database, statements):
        steps = "\n".join(plan)
        assert "ix_worklist_item_unnamed (worklist=? AND done=?)" in steps
        assert "ix_worklist_item_named (named_list_id=? AND done=?)" in steps
        assert "TEMP B-TREE" not in steps
        assert "SCAN worklist_item" not in steps


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_a_reader_holds_on_the_grid_is_found_by_the_leases(
    web: Web, database: Database, statements: Statements
) -> None:
    with web.database.begin() as session:
        add_classes(session)
        add_sweep(session, add_images(session, 5))
    reader = web.browser("rosa")
    statements.clear()
    assert len(reader.post("/api/v1/grid/2/page").json()["tiles"]) == 5
    [held, *_] = [each for each in statements if each[0].startswith("SELECT lease_1.image_id")]
    [plan] = plans(database, [held])
    assert plan[0] == "SEARCH lease_1 USING INDEX ix_lease_reader_id (reader_id=?)"
    assert not [step for step in plan if "ix_pseudo_label" in step], "all that is in review"
