"""A process says that it can serve only while what it stands on answers."""

import socket
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from sqlalchemy import text
from support.servers import free_port
from support.web import Web

from app.db.engine import Database, open_database
from app.imaging.stores import open_store
from app.metrics.readiness import OK, SILENT, Readiness, is_ready, look
from app.settings import Settings

ALL_WELL = {"database": OK, "schema": OK, "broker": OK, "store": OK}


@pytest.fixture
def frozen() -> Iterator[str]:
    """A broker that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def looked(database: Database, settings: Settings) -> dict[str, str]:
    """What is found."""
    return dict(look(database, settings, open_store(settings)))


def test_it_is_ready_where_everything_answers(web: Web, redis: str) -> None:
    with_redis = web.settings.model_copy(update={"broker_url": redis})
    assert looked(web.database, with_redis) == ALL_WELL
    answer = web.anonymous().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "looks": ALL_WELL}


def test_it_is_not_ready_on_the_schema_of_another_release(web: Web) -> None:
    with web.database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = web.anonymous().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["looks"] == ALL_WELL | {"schema": "is of another release"}
    assert web.anonymous().get("/healthz").status_code == 200


def test_a_database_that_is_away_is_named(settings: Settings) -> None:
    settings.home.mkdir()
    away = open_database(f"postgresql+psycopg://condyle@127.0.0.1:{free_port()}/none")
    found = looked(away, settings)
    assert found == ALL_WELL | {"database": SILENT, "schema": "is not known"}
    assert not is_ready(found)


def test_a_broker_that_is_away_or_frozen_is_named(
    sqlite_database: Database, settings: Settings, frozen: str
) -> None:
    for address in (frozen, f"redis://127.0.0.1:{free_port()}/0"):
        chosen = settings.model_copy(update={"broker_url": address})
        assert looked(sqlite_database, chosen) == ALL_WELL | {"broker": SILENT}


def test_a_store_that_is_away_is_named(
    sqlite_database: Database, settings: Settings, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = settings.model_copy(update={"store_url": bucket})
    assert looked(sqlite_database, chosen) == ALL_WELL
    settings.home.rename(settings.home.with_name("gone"))
    assert looked(sqlite_database, chosen)["store"] == "cannot be written to"
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert looked(sqlite_database, chosen)["store"] == SILENT


def test_who_asks_while_something_hangs_does_not_wait() -> None:
    readiness, hangs, inside = Readiness(), Event(), Event()

    def hang() -> dict[str, str]:
        inside.set()
        hangs.wait(60)
        return ALL_WELL

    looking = Thread(target=readiness.ask, args=[hang])
    looking.start()
    assert inside.wait(60)
    assert not is_ready(readiness.ask(lambda: ALL_WELL))
    hangs.set()
    looking.join()
    assert readiness.ask(lambda: {"database": SILENT}) == ALL_WELL  # looked a moment ago
