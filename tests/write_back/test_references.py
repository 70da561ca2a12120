"""What a film is called in the PACS is kept where an admin has set a key, and read by that one."""

from pathlib import Path

import pytest
from files import bad_films
from pydicom.uid import SecondaryCaptureImageStorage
from sqlalchemy import select
from support.import_runs import run_import
from support.peers import written
from write_back.conftest import SECRET

from app import errors
from app.backup.commands import write_backup
from app.db.archive import Image
from app.db.engine import Database
from app.db.people import User
from app.db.privacy import HeldFilm
from app.db.write_back import PacsReference
from app.imports import held
from app.pacs.seal import Seal, seal_of
from app.removal import doing
from app.settings import Settings

NAMES = {
    "StudyInstanceUID": "1.2.3.4",
    "SeriesInstanceUID": "1.2.3",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1",
    "PatientID": "4711",
    "PatientName": "Müller^Jane",
    "PatientBirthDate": "19500102",
    "StudyDate": "20240131",
    "AccessionNumber": "A-77",
}
TELLING = (b"ller^Jane", b"1.2.3.4.5.", b"19500102", b"A-77")


def films(folder: Path) -> Path:
    """Two films, one of which is held, and one that lacks a UID."""
    said = {key: value for key, value in NAMES.items() if key != "SOPClassUID"}
    said |= {"SpecificCharacterSet": "ISO_IR 100"}
    for number in (1, 2, 3):
        film = bad_films.good(SOPInstanceUID=f"1.2.3.4.5.{number}", **said)
        if number == 2:
            film.SOPClassUID = SecondaryCaptureImageStorage
        if number == 3:
            film.SeriesInstanceUID = ""
        film.PixelData = bytes([number]) + film.PixelData[1:]
        written(folder / f"{number}.dcm", film)
    return folder


def rows(database: Database) -> dict[str, PacsReference]:
    with database() as session:
        return {row.source_digest: row for row in session.scalars(select(PacsReference))}


def digest_of(database: Database, table: type[Image] | type[HeldFilm]) -> str:
    with database() as session:
        return session.scalars(select(table.source_digest).order_by(table.id)).all()[0]


def test_names_are_kept_with_a_key_alone_and_opened_with_it_alone(
    sqlite_database: Database, settings: Settings, keyed: Settings, tmp_path: Path
) -> None:
    database = sqlite_database
    folder = films(tmp_path / "in")
    run = run_import(database, settings, paths=[folder])
    assert (run.result["imported"], run.result["held"]) == (3, 1)
    assert rows(database) == {}

    again = run_import(database, keyed, paths=[folder])
    assert again.result["already_there"] == 3
    kept = rows(database)
    film, screen = digest_of(database, Image), digest_of(database, HeldFilm)
    assert set(kept) == {film, screen}
    seal = seal_of(keyed)
    assert seal is not None
    assert seal.opened(film, kept[film].sealed) == NAMES | {"SOPInstanceUID": "1.2.3.4.5.1"}
    for wrong in (
        lambda: seal.opened(screen, kept[film].sealed),
        lambda: Seal(b"6" * 64).opened(film, kept[film].sealed),
    ):
        with pytest.raises(errors.Refused, match="another key"):
            wrong()

    write_backup(settings, tmp_path / "backup", lambda _: None)
    left = [path for path in settings.home.rglob("*") if path.is_file()]
    for path in [*left, tmp_path / "backup"]:
        assert not any(mark in path.read_bytes() for mark in TELLING), path

    run_import(database, keyed, paths=[folder])
    assert {row.sealed for row in rows(database).values()} == {row.sealed for row in kept.values()}
    changed = keyed.model_copy(update={"write_back_key": str(tmp_path / "another.key")})
    Path(changed.write_back_key).write_text("7" * 64)
    run_import(database, changed, paths=[folder])
    assert {row.key_name for row in rows(database).values()} == {Seal(b"7" * 64).name}


def test_names_go_with_the_film(database: Database, keyed: Settings, tmp_path: Path) -> None:
    folder = films(tmp_path / "in")
    run_import(database, keyed, paths=[folder])
    film, screen = digest_of(database, Image), digest_of(database, HeldFilm)
    assert set(rows(database)) == {film, screen}
    with database.begin() as session:
        admin = User(name="Admin", role="admin")
        session.add(admin)
        session.flush()
        number = admin.id
        held.leave_out(session, session.scalars(select(HeldFilm.id)).one(), number)
    assert set(rows(database)) == {film}
    run_import(database, keyed, paths=[folder])
    assert set(rows(database)) == {film}
    with database() as session:
        images = session.scalars(select(Image.id).where(Image.source_digest == film)).all()
    doing.remove(database, keyed, "image", images, "consent", number)
    assert rows(database) == {}


@pytest.mark.parametrize(
    ("where", "holds", "said"),
    [
        ("elsewhere/missing", None, "cannot be read"),
        ("elsewhere/short", "5" * 31, "fewer than 32 bytes"),
        ("home/inside", SECRET, "lies in the home folder"),
    ],
)
def test_a_key_that_is_none_keeps_an_import_from_beginning(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    where: str,
    holds: str | None,
    said: str,
) -> None:
    path = tmp_path / where
    path.parent.mkdir(exist_ok=True)
    if holds is not None:
        path.write_text(holds)
    wrong = settings.model_copy(update={"write_back_key": str(path)})
    run = run_import(sqlite_database, wrong, paths=[films(tmp_path / "in")])
    assert run.status == "failed"
    assert run.failure is not None
    assert said in run.failure["what"]
    assert run.failure["where"] == "CONDYLE_WRITE_BACK_KEY"
    assert run.failure["do"]
