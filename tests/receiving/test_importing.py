"""What arrived comes into the archive by an import, once, and waits again where that fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from support import import_runs
from support.peers import Peer, arrived, film
from support.web import Web

from app import errors
from app.db.archive import Image, QuarantinedFile
from app.db.engine import Database
from app.db.learning import Run
from app.db.tables import now
from app.receiving import importing, rules
from app.receiving.place import Place
from app.removal import doing
from app.runs import rules as runs
from app.settings import Settings
from worker import decode_kinds
from worker.reaper import Reaper

Open = Callable[..., Peer]


def finish(database: Database, here: Settings, run: Run) -> Run:
    """Carry an import out, and do what a worker does from time to time."""
    done = import_runs.carry_out(database, here, run.id, decode_kinds.KINDS)
    importing.remove_imported(database, here)
    return done


def files(here: Settings) -> int:
    """How many received films are on the disk."""
    return len(list(Place(here.home).folder.glob("*.dcm")))


def images(database: Database) -> int:
    with database() as session:
        return session.scalar(select(func.count(Image.id))) or 0


def standing(database: Database) -> tuple[int, ...]:
    """How many wait, are being imported, and are put aside."""
    with database() as session:
        return tuple(rules.standing(session))[:3]


def test_what_arrived_is_imported_and_leaves_and_is_known_again(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    database = sqlite_database
    peer = open_receiver(database)
    films = [film(tmp_path / f"{number}.dcm", number) for number in (1, 2)]
    assert peer.run("storescu", *films).returncode == 0
    assert standing(database) == (2, 0, 0)
    run = importing.start_import(database, here, None)
    assert standing(database) == (0, 2, 0)
    with pytest.raises(errors.Conflict):
        importing.start_import(database, here, None)
    assert finish(database, here, run).result["imported"] == 2
    assert (images(database), files(here), standing(database)) == (2, 0, (0, 0, 0))
    assert peer.run("storescu", *films).returncode == 0
    assert (files(here), standing(database)) == (0, (0, 0, 0))
    doing.take_back(database, here, run.id, None)
    with database.begin() as session:
        removal = session.scalars(select(Run.id).where(Run.kind == "remove")).one()
    import_runs.carry_out(database, here, removal, decode_kinds.KINDS)
    assert images(database) == 0
    assert peer.run("storescu", *films).returncode == 0
    assert (files(here), standing(database)) == (2, (2, 0, 0))


def test_films_of_an_import_that_did_not_succeed_wait_again(
    database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(database)
    assert peer.run("storescu", film(tmp_path / "a.dcm", 1)).returncode == 0
    run = importing.start_import(database, here, None)
    with database.begin() as session:
        runs.cancel(session, run.id)
    importing.remove_imported(database, here)
    assert (files(here), standing(database)) == (1, (1, 0, 0))
    assert importing.start_import(database, here, None).parameters["paths"]


def test_the_import_judges_what_was_let_in_and_what_is_half_or_no_film(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    web = Web(sqlite_database, here)
    admin = web.browser("Admin", "admin")
    peer = open_receiver(sqlite_database)
    versions = [
        film(tmp_path / "a.dcm", 1),
        film(tmp_path / "another header.dcm", 1, StationName="X"),
        film(tmp_path / "another picture.dcm", 1, PixelData=bytes(64 * 48 * 2)),
        film(tmp_path / "another.dcm", 1, StationName="Y"),
        film(tmp_path / "half an object.dcm", 2, PixelData=bytes(64 * 48)),
        film(tmp_path / "no radiograph.dcm", 3, Modality="US"),
    ]
    assert peer.run("storescu", *versions).returncode == 0
    assert standing(sqlite_database) == (3, 0, 3)
    page = admin.get("/arrivals").text
    assert "Put aside" in page
    assert "PACS1" in page
    numbers = [row.id for row in arrived(sqlite_database)]
    for number in numbers[1:3]:
        assert admin.post(f"/arrivals/{number}/let-in").status_code == 303
    assert admin.post(f"/arrivals/{numbers[3]}/remove").status_code == 303
    assert admin.post(f"/arrivals/{numbers[3]}/remove").status_code == 404
    assert standing(sqlite_database) == (5, 0, 0)
    answer = admin.post("/arrivals/import")
    with sqlite_database() as session:
        run = session.scalars(select(Run)).one()
    assert answer.headers["location"] == f"/runs/{run.id}"
    result = finish(sqlite_database, here, run).result
    assert [result[name] for name in ("imported", "already_there", "quarantined")] == [1, 1, 3]
    with sqlite_database() as session:
        reasons = " ".join(session.scalars(select(QuarantinedFile.what)))
    for reason in ("is another film", "modality is US", "pixels"):
        assert reason in reasons
    assert files(here) == 0


def test_films_are_imported_as_they_arrive_where_an_admin_says_so(
    database: Database,
    here: Settings,
    open_receiver: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = Web(database, here).browser("Admin", "admin")
    peer = open_receiver(database)
    reaper = Reaper(database, here, list)
    assert peer.run("storescu", film(tmp_path / "a.dcm", 1)).returncode == 0

    def started() -> list[str]:
        reaper.see_to_arrivals()
        with database() as session:
            return list(session.scalars(select(Run.status).order_by(Run.id)))

    monkeypatch.setattr(importing, "QUIET", importing.QUIET * 0)
    assert started() == []
    assert admin.post("/arrivals/settings", data={"alone": "true"}).status_code == 303
    monkeypatch.setattr(importing, "QUIET", importing.LONGEST_WAIT)
    assert started() == []  # more films of the series may follow
    monkeypatch.setattr(importing, "QUIET", importing.QUIET * 0)
    assert started() == ["queued"]
    with database.begin() as session:
        runs.cancel(session, 1)
    assert started() == ["cancelled"]  # nothing starts by itself until an import has succeeded
    assert "did not succeed" in admin.get("/arrivals").text
    assert admin.post("/arrivals/import").status_code == 303
    with database.begin() as session:
        session.execute(
            update(Run).where(Run.id == 2).values(status="succeeded", finished_at=now())
        )
    assert peer.run("storescu", film(tmp_path / "b.dcm", 2)).returncode == 0
    assert started() == ["cancelled", "succeeded", "queued"]


def test_films_that_are_on_another_machine_are_not_lost(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database)
    assert peer.run("storescu", film(tmp_path / "a.dcm", 1)).returncode == 0
    elsewhere: Any = here.model_copy(update={"home": tmp_path / "elsewhere"})
    with pytest.raises(errors.Refused, match="home folder"):
        importing.start_import(sqlite_database, elsewhere, None)
    importing.remove_imported(sqlite_database, elsewhere)
    assert (files(here), standing(sqlite_database)) == (1, (1, 0, 0))
