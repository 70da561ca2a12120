"""A film that is listed more than once: what its lines say is taken, or put aside, never lost."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from files import bad_films
from sqlalchemy import select
from support.deliveries import fates, film, manifest, write
from support.import_runs import picture

from app.db.archive import Image, LabelClass, QuarantinedFile
from app.db.engine import Database
from app.db.learning import Run

Import = Callable[..., Run]


def reasons(database: Database) -> list[str]:
    with database() as session:
        return list(session.scalars(select(QuarantinedFile.what).order_by(QuarantinedFile.path)))


def labels(database: Database) -> dict[str, str | None]:
    """The given label of each image, by its side."""
    with database() as session:
        rows = select(Image.laterality, LabelClass.name).outerjoin(Image.given_class)
        return dict(session.execute(rows).all())  # type: ignore[arg-type]


def copies(folder: Path, header: str, *lines: str) -> Path:
    """A manifest that lists two files of the same bytes."""
    manifest(folder, header, *lines)
    (folder / "2.png").write_bytes((folder / "1.png").read_bytes())
    return folder


def test_two_copies_listed_left_and_right_are_one_film_of_both_knees(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    lines = (
        "1.png,1,L,normal",
        *(f"{n}.png,{n},,normal" for n in range(3, 60)),
        "2.png,1,R,abnormal",
    )
    copies(place, "file,patient_id,laterality,label", *lines)
    assert fates(imports(place)) == (58, 1, 0)
    knees = labels(sqlite_database)
    assert (knees["L"], knees["R"]) == ("normal", "abnormal")
    assert fates(imports(place)) == (0, 59, 0)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("1.png,1,s,L,", "2.png,1,t,R,"), "of the other knee"),
        (("1.png,1,,L,normal", "2.png,1,,L,abnormal"), "has another label"),
        (("1.png,1,,,normal", "2.png,1,,,abnormal"), "has another label"),
    ],
)
def test_copies_that_contradict_each_other_are_put_aside(
    imports: Import, sqlite_database: Database, place: Path, lines: tuple[str, ...], reason: str
) -> None:
    copies(place, "file,patient_id,study_id,laterality,label", *lines)
    assert fates(imports(place)) == (1, 0, 1)
    assert reason in reasons(sqlite_database)[0]


def test_a_label_that_comes_later_is_taken_and_another_one_is_put_aside(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    for label, fate in ("", (1, 0, 0)), ("normal", (0, 1, 0)), ("abnormal", (0, 0, 1)):
        manifest(place, "file,patient_id,laterality,label", f"1.png,1,L,{label}")
        assert fates(imports(place)) == fate
    assert labels(sqlite_database) == {"L": "normal"}


def test_one_label_for_two_knees_that_are_there_is_put_aside(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    manifest(place, "file,patient_id,laterality", "1.png,1,B")
    imports(place)
    manifest(place, "file,patient_id,laterality,label", "1.png,1,B,normal")
    assert fates(imports(place)) == (0, 0, 1)
    assert "does not say of which" in reasons(sqlite_database)[0]
    assert labels(sqlite_database) == {"L": None, "R": None}


def test_what_was_missing_or_contradicted_itself_leaves_the_quarantine_when_it_is_mended(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    copies(place, "file,patient_id", "1.png,1", "2.png,2", "gone.png,3")
    (place / "gone.png").unlink()
    assert fates(imports(place)) == (1, 0, 2)
    assert len(reasons(sqlite_database)) == 2
    manifest(place, "file,patient_id", "1.png,1", "2.png,1", "gone.png,3")
    assert fates(imports(place)) == (1, 2, 0)
    assert reasons(sqlite_database) == []


def test_a_file_that_only_one_of_two_manifests_lacks_stays_in_the_quarantine(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    for site in "ab":
        manifest(place / site, "file,patient_id,site", f"1.png,1,{site}")
    (place / "a" / "1.png").unlink()
    assert fates(imports(place)) == (1, 0, 1)
    assert len(reasons(sqlite_database)) == 1


def test_a_report_leaves_the_quarantine_when_its_line_names_the_site(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    for site in "ab":
        manifest(place / site, "file,patient_id,study_id,site", f"1.png,1,S1,{site}")
    table = place / "reports.csv"
    table.write_text("study_id,report\nS1,No effusion.\n")
    assert imports(place, reports=table).result["reports_unmatched"] == 1
    table.write_text("study_id,report,site\nS1,No effusion.,a\n")
    assert imports(place, reports=table).result["reports_new"] == 1
    assert reasons(sqlite_database) == []


def test_a_zip_inside_a_zip_is_put_aside_for_what_it_is(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    place.mkdir()
    with ZipFile(place / "inner.zip", "w") as packed:
        packed.writestr("film.dcm", bad_films.as_file(film()))
    with ZipFile(place / "outer.zip", "w") as packed:
        packed.write(place / "inner.zip", "inner.zip")
    (place / "inner.zip").unlink()
    assert fates(imports(place)) == (0, 0, 1)
    assert reasons(sqlite_database) == [
        "It is a zip inside a zip, and only the outer one is unpacked."
    ]


def test_a_manifest_may_be_named_in_capitals(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    write(place, film())
    picture(place / "1.png", 1)
    (place / "MANIFEST.CSV").write_text("file,patient_id\n1.png,1\n")
    run = imports(place)
    assert (fates(run), run.result["not_listed"]) == ((1, 0, 0), 1)


def test_a_missing_file_whose_name_no_database_can_hold_stops_no_import(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    write(place, film())
    (place / "M\udcfcller.dcm").symlink_to(place / "nowhere")
    assert fates(imports(place)) == (1, 0, 1)
    assert reasons(sqlite_database) == ["It cannot be read."]


def test_a_bad_copy_leaves_the_quarantine_when_a_good_one_of_the_same_film_arrives(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    whole, other, held = film(), film(), film(BurnedInAnnotation="YES")
    write(place / "dicom", whole, held)
    for bad in (place / "dicom").iterdir():
        bad.write_bytes(bad.read_bytes()[:-500])
    write(place / "other", other)
    listed = manifest(place / "listed", "file,patient_id", "1.png,1", "2.png,2")
    (listed / "1.png").write_bytes((listed / "1.png").read_bytes()[:100])
    assert fates(imports(place)) == (2, 0, 3)
    # A film of another name changes nothing, nor does another patient's file of the same name.
    manifest(place / "elsewhere", "file,patient_id,site", "1.png,1,Oslo")
    assert fates(imports(write(place / "new", film()), place / "elsewhere")) == (2, 0, 0)
    assert len(reasons(sqlite_database)) == 3

    write(place / "dicom", whole, held)
    picture(listed / "1.png", 7)
    assert fates(imports(place / "dicom", listed)) == (3, 1, 0)
    assert reasons(sqlite_database) == []


def test_a_film_that_clashes_with_another_stays_in_the_quarantine_when_that_one_comes_again(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    first, clashing = (film(SOPInstanceUID="1.8", StudyInstanceUID="1.8.1") for _ in range(2))
    imports(write(place / "1", first))
    assert fates(imports(write(place / "2", clashing))) == (0, 0, 1)
    first.StationName = "another header"
    assert fates(imports(write(place / "1", first))) == (0, 1, 0)
    assert len(reasons(sqlite_database)) == 1
