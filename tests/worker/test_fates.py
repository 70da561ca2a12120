"""What becomes of each file and report: it arrives, was there, or is put aside with a reason."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

from files import bad_films
from sqlalchemy import select
from support.deliveries import NUMBER, fates, film, manifest, write
from support.import_runs import picture

from app.db.archive import QuarantinedFile, Study
from app.db.engine import Database
from app.db.learning import Run

Import = Callable[..., Run]


def reasons(database: Database) -> list[str]:
    with database() as session:
        return list(session.scalars(select(QuarantinedFile.what).order_by(QuarantinedFile.path)))


def test_every_file_found_has_one_fate(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    listed = manifest(
        place / "listed", "file,patient_id", "1.png,1", "2.png,2", "copy.png,1", "gone.png,3"
    )
    (listed / "gone.png").unlink()
    (listed / "copy.png").write_bytes((listed / "1.png").read_bytes())
    picture(listed / "not listed.png", next(NUMBER))
    loose = write(place / "loose", film(), film())
    for number, source in enumerate(sorted(loose.glob("*.dcm"))[:1] * 2):
        (loose / f"copy {number}.dcm").write_bytes(source.read_bytes())
    for number in range(2):
        (loose / f"bad {number}.dcm").write_text("no film")
    with ZipFile(place / "packed.zip", "w") as packed:
        packed.writestr("film.dcm", bad_films.as_file(film()))
        packed.writestr("bad.dcm", "no film")

    run = imports(place)
    #  listed: 2 new, 1 copy, 1 missing; loose: 2 new, 2 copies, 2 bad; packed: 1 new, 1 bad
    assert fates(run) == (5, 3, 4)
    assert run.result["not_listed"] == 1
    assert fates(imports(place)) == (0, 8, 4)


def test_a_copy_that_a_manifest_gives_to_somebody_else_is_put_aside(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    folder = manifest(place, "file,patient_id", "1.png,1", "2.png,2")
    (folder / "2.png").write_bytes((folder / "1.png").read_bytes())
    assert fates(imports(folder)) == (1, 0, 1)
    assert "is the same film and is another patient's" in reasons(sqlite_database)[0]


def test_a_film_of_the_same_name_is_put_aside_and_a_new_header_is_not_a_new_film(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    first = film(SOPInstanceUID="1.7", StudyInstanceUID="1.7.1")
    other = film(SOPInstanceUID="1.7", StudyInstanceUID="1.7.1")
    imports(write(place / "1", first))
    assert fates(imports(write(place / "2", other))) == (0, 0, 1)
    assert "Image 1 has the same name" in reasons(sqlite_database)[0]
    first.PatientName = "Doe^Janet"
    assert fates(imports(write(place / "3", first))) == (0, 1, 0)
    first.PatientID = "4712"
    assert fates(imports(write(place / "4", first))) == (0, 0, 1)


def test_reports_are_matched_by_accession_number_and_the_rest_is_listed_until_it_is(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    place.mkdir()
    table = place / "reports.csv"
    table.write_text("accession_number;report\nA1;One.\nA2;Two.\nA3;Three.\n")
    films = [film(AccessionNumber="A1", PatientID="1"), film(AccessionNumber="A2", PatientID="2")]
    twice = [film(AccessionNumber="A3", PatientID=number) for number in "34"]
    run = imports(write(place / "in", films[0], *twice), reports=table)
    assert (run.result["reports"], run.result["reports_unmatched"]) == (3, 2)
    assert reasons(sqlite_database) == [
        "The report belongs to no study of the archive.",
        "The report's study_id names 2 studies.",
    ]
    run = imports(write(place / "in", films[1]), reports=table)
    assert (run.result["reports_new"], run.result["reports_unmatched"]) == (1, 1)
    with sqlite_database() as session:
        assert set(session.scalars(select(Study.report))) == {"One.", "Two.", None}
        assert "A1" not in "".join(session.scalars(select(QuarantinedFile.path)))
