"""A report is masked by what its study's films say, whichever of the two comes first."""

from pathlib import Path

from files import bad_films
from sqlalchemy import select, update
from support.command_line import run_command
from support.import_runs import run_import

from app.db.archive import Study
from app.db.engine import Database
from app.db.privacy import KnownName
from app.settings import Settings

CELLS = "study_id,report\n1.2.3.4,JANE DOE seen by Watson; KL 3\n"


def film(path: Path, number: int, **attributes: object) -> None:
    dataset = bad_films.good(SOPInstanceUID=f"1.2.{number}", **attributes)
    path.write_bytes(bad_films.as_file(dataset))


def report(database: Database) -> str | None:
    with database() as session:
        return session.scalars(select(Study.report)).one()


def test_a_report_that_comes_with_or_after_its_films_is_masked(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "1.dcm", 1)
    run_import(database, settings, paths=[tmp_path / "1.dcm"])
    (tmp_path / "reports.csv").write_text(CELLS)
    run_import(database, settings, paths=[tmp_path / "1.dcm"], reports=tmp_path / "reports.csv")
    assert report(database) == "[name] [name] seen by Watson; KL 3"
    film(tmp_path / "2.dcm", 2, ReferringPhysicianName="WATSON^JOHN")
    run_import(database, settings, paths=[tmp_path / "2.dcm"])
    assert report(database) == "[name] [name] seen by [name]; KL 3"
    with database() as session:
        kept = " ".join(session.scalars(select(KnownName.digest)))
    assert kept
    assert "doe" not in kept.lower()


def test_reports_of_an_earlier_release_are_masked_by_a_command(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    film(tmp_path / "1.dcm", 1)
    run_import(sqlite_database, settings, paths=[tmp_path / "1.dcm"])
    with sqlite_database.begin() as session:
        session.execute(update(Study).values(report="Jane Doe, 12.03.2019, KL 3"))
    done = run_command(settings, "mask-reports")
    assert "1 reports were changed." in done.output
    assert report(sqlite_database) == "[name] [name], [date], KL 3"
