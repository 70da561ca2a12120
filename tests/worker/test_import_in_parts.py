"""An import in parts: by however many workers, in whatever order, the archive is the same."""

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from files import bad_films
from sqlalchemy import func, inspect, select, update
from sqlalchemy.orm import Session
from support.both_knees import dicom as film_of_both
from support.databases import ON_BOTH
from support.deliveries import film, manifest, write
from support.import_runs import archive, assert_every_stored_file_is_whole, carry_out

from app.db import clock
from app.db.archive import (
    Image,
    Patient,
    PatientIdentity,
    QuarantinedFile,
    Rendition,
    Report,
    Study,
)
from app.db.engine import Database, open_database
from app.db.learning import Run
from app.db.privacy import HeldFilm, KnownName
from app.db.work import DecodedBatch, ImportTally, Part
from app.runs import rules as runs
from app.settings import Settings
from worker import decode_kinds, import_files, parts, progress
from worker.decode_files import FileDecoder
from worker.table import tasks_of

KINDS = decode_kinds.KINDS
NO_CONTENT = {"id", "run_id", "at", "imported_at", "held_at"}
"""Columns that say when and in which row, and not what."""
OWNERS = (Patient, PatientIdentity, Study, Report, KnownName, Image, Rendition)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of five files, two of them together, so that few files make many."""
    monkeypatch.setattr(import_files, "BATCH", 2)
    monkeypatch.setattr(import_files, "PART", 5)
    monkeypatch.setattr(import_files, "LEAST_PARTS", 1)


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files whose fate depends on which of them comes first, spread over many parts."""
    place = tmp_path_factory.mktemp("delivery")
    for number in range(1, 4):
        patient = {"PatientID": f"{number}", "InstitutionName": "North", "PatientSex": "F"}
        for year in (1940, 1940, 1950):  # the last contradicts the others
            write(place / f"{year}-{number}", film(PatientBirthDate=f"{year}0101", **patient))
    one = film(PatientID="7", StudyInstanceUID="1.8")
    same_picture = film(PatientID="7", StudyInstanceUID="1.8", SOPInstanceUID=one.SOPInstanceUID)
    same_picture.PixelData, same_picture.SeriesDescription = one.PixelData, "sent again"
    other_picture = film(PatientID="7", StudyInstanceUID="1.8", SOPInstanceUID=one.SOPInstanceUID)
    for folder, each in (("m", one), ("n", same_picture), ("o", other_picture)):
        write(place / folder, each)
        (place / f"copies/of {folder}.dcm").parent.mkdir(exist_ok=True)
        (place / f"copies/of {folder}.dcm").write_bytes(bad_films.as_file(each))
    write(place / "p", film(BurnedInAnnotation="YES"), film(PatientID="ANONYMOUS"))
    film_of_both(place / "p/both.dcm", ImageLaterality="B")
    (place / "p/bad.dcm").write_text("no film")
    (place / "copies/bad.dcm").write_text("no film")
    header = "file,patient_id,study_id,image_id,laterality,site,report,label"
    for name, reports in (("q", ("First.", "")), ("r", ("Second.", "Third."))):
        lines = (f"{n}.png,P{n},S{n},I{n},L,Rome,{said},normal" for n, said in enumerate(reports))
        folder = manifest(place / name, header, *lines, "gone.png,P9,S9,I9,L,Rome,,")
        (folder / "gone.png").unlink()
    shutil.copy(place / "q/1.png", place / "r/1.png")
    with ZipFile(place / "packed.zip", "w") as packed:
        packed.writestr("1.dcm", bad_films.as_file(film(PatientID="8")))
        packed.writestr("2.dcm", bad_films.as_file(one))
    return place


def asked(database: Database, folder: Path, **parameters: Any) -> int:
    with database.begin() as session:
        wanted = {"paths": [str(folder)], "rng": 0, **parameters}
        return runs.request(session, "import", wanted).id


def by_workers(database: Database, settings: Settings, run_id: int, count: int) -> Run:
    """Carry out an import by so many workers at a time, which take its parts in any order."""
    progress.execute(database, settings, run_id, KINDS)
    with database() as session:
        waiting = list(session.scalars(select(Part.id).where(Part.run_id == run_id)))
    assert len(waiting) > count
    random.Random(count).shuffle(waiting)
    with ThreadPoolExecutor(count) as workers:
        list(
            workers.map(
                lambda part: parts.execute(database, settings, part, tasks_of(KINDS)), waiting
            )
        )
    progress.execute(database, settings, run_id, KINDS)
    with database() as session:
        return runs.find(session, run_id)


def content(database: Database, run: Run, settings: Settings) -> dict[str, Any]:
    """All that an import has written, in no order: rows by what they hold, not by number."""
    with database() as session:
        names = _names(session)
        tables = {
            table.__tablename__: sorted(
                _plain(row, names) for row in session.scalars(select(table))
            )
            for table in (*OWNERS, HeldFilm, QuarantinedFile)
        }
        said = sorted(line.text for line in runs.log_of(session, run.id))
    files = sorted(path.name for path in (settings.home / "store").glob("??/??/*"))
    return {**tables, "result": run.result, "log": said, "store": files}


def _names(session: Session) -> dict[tuple[str, int], str]:
    """What rows are called that others refer to."""
    found: dict[tuple[str, int], str] = {}
    for table, column in ((Patient, "patient_id"), (Study, "study_id"), (Image, "image_id")):
        rows: Any = session.scalars(select(table))
        found |= {(column, row.id): row.key for row in rows}
    return found


def _plain(row: Any, names: dict[tuple[str, int], str]) -> str:
    values = {each.key: getattr(row, each.key) for each in inspect(type(row)).column_attrs}
    kept = {key: value for key, value in values.items() if key not in NO_CONTENT}
    return repr({key: names.get((key, value), value) if isinstance(value, int) else value
                 for key, value in kept.items()})  # fmt: skip


def home_like(settings: Settings, key: Path) -> Settings:
    """Let pseudonyms be the same in two homes."""
    settings.home.mkdir(exist_ok=True)
    shutil.copy(key, settings.home / key.name)
    return settings


Carried = tuple[Path, dict[str, Any]]


@pytest.fixture(scope="module")
def by_one(
    delivery: Path, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Carried:
    """The key, and what one worker makes of the delivery, part after part."""
    home = tmp_path_factory.mktemp("by-one")
    shutil.copy(migrated_sqlite, home / "condyle.sqlite3")
    settings = Settings(home=home)
    database = open_database(settings.resolved_database_url)
    patch = pytest.MonkeyPatch()
    patch.setattr(import_files, "BATCH", 20)
    patch.setattr(import_files, "PART", 100)
    run = carry_out(database, settings, asked(database, delivery, validation_patients=3), KINDS)
    patch.undo()
    found = content(database, run, settings)
    database.kw["bind"].dispose()
    return home / "pseudonym.key", found


@ON_BOTH
@pytest.mark.parametrize("count", [2, 4])
def test_any_number_of_workers_make_the_same_archive(
    database: Database, settings: Settings, delivery: Path, by_one: Carried, count: int
) -> None:
    key, expected = by_one
    home_like(settings, key)
    run_id = asked(database, delivery, validation_patients=3)
    run = by_workers(database, settings, run_id, count)
    assert run.status == "succeeded", run.failure
    found = content(database, run, settings)
    for place in ("log", "result", *expected):
        mine, theirs = found[place], expected[place]
        if place == "log":
            mine, theirs = (
                [line for line in said if not line.startswith("Shared out")]
                for said in (mine, theirs)
            )
        assert mine == theirs, place
    assert run.result["held"] == 1
    assert run.result["quarantined"] > 5
    with database() as session:
        for table in (Part, DecodedBatch, ImportTally):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert_every_stored_file_is_whole(settings)


@ON_BOTH
def test_a_film_that_takes_down_its_worker_is_put_aside_and_its_part_goes_on(
    database: Database, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = archive(tmp_path / "in", 4)
    run_id, deaths = asked(database, folder), []
    decode = FileDecoder._file

    def deadly(decoder: FileDecoder, listed: Any, digest: str) -> Any:
        if listed.source.name == "3.png":
            deaths.append(digest)
            raise SystemExit
        return decode(decoder, listed, digest)

    monkeypatch.setattr(FileDecoder, "_file", deadly)
    for _ in range(progress.MOST_ATTEMPTS + 1):
        try:
            run = carry_out(database, settings, run_id, KINDS)
        except SystemExit:
            with database.begin() as session:
                running = update(Part).where(Part.status == "running")
                session.execute(running.values(lease_expires_at=clock.after(-1)))
    assert run.status == "succeeded", run.failure
    assert (run.result["imported"], run.result["quarantined"]) == (7, 1)
    # Once among others, then four times alone with nothing done in between.
    assert len(deaths) == progress.MOST_ATTEMPTS
    with database() as session:
        aside = session.scalars(select(QuarantinedFile)).one()
    assert (aside.path, aside.what) == ("3.png", "The file took its worker down, time and again.")


@pytest.mark.parametrize("change", ["taken away", "another film"])
def test_a_file_that_is_changed_while_it_is_imported_is_put_aside(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    change: str,
) -> None:
    folder = write(tmp_path / "in", film(), film())
    run_id = asked(sqlite_database, folder)
    progress.execute(sqlite_database, settings, run_id, KINDS)
    first = min(folder.glob("*.dcm"))
    first.unlink()
    if change == "another film":
        first.write_bytes(bad_films.as_file(film(PatientID="somebody else")))
    run = carry_out(sqlite_database, settings, run_id, KINDS)
    assert (run.result["imported"], run.result["quarantined"]) == (1, 1)
    with sqlite_database() as session:
        what = session.scalars(select(QuarantinedFile.what)).one()
    assert (
        what
        == {
            "taken away": "It cannot be read.",
            "another film": "The file was changed while it was imported.",
        }[change]
    )


def test_a_worker_without_the_files_of_an_import_says_so(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 4)
    run_id = asked(sqlite_database, folder)
    progress.execute(sqlite_database, settings, run_id, KINDS)
    elsewhere = settings.model_copy(update={"home": tmp_path / "elsewhere"})
    elsewhere.home.mkdir()
    run = carry_out(sqlite_database, elsewhere, run_id, KINDS)
    assert run.status == "failed"
    assert run.failure is not None
    assert "no access to the files" in run.failure["what"]
