"""Whose a film is, import by import: nobody is merged with a stranger, and no film is lost."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from support.deliveries import fates, film, manifest, write

from app.db.archive import Image, Patient, PatientIdentity, QuarantinedFile, Study
from app.db.engine import Database
from app.db.learning import Run
from app.imaging import pseudonyms
from app.runs import rules as runs
from app.settings import Settings

Import = Callable[..., Run]


def patients(database: Database) -> int:
    with database() as session:
        return session.scalar(select(func.count(Patient.id))) or 0


def reasons(database: Database) -> list[str]:
    with database() as session:
        return list(session.scalars(select(QuarantinedFile.what).order_by(QuarantinedFile.path)))


def test_two_hospitals_with_one_number_have_two_patients_and_each_finds_its_own(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    for hospital in ("North", "South"):
        named = write(place / hospital, film(InstitutionName=hospital))
        assert fates(imports(named)) == (1, 0, 0)
    again = write(place / "later", film(InstitutionName="NORTH"))
    assert fates(imports(again)) == (1, 0, 0)
    with sqlite_database() as session:
        films = select(func.count(Image.id)).group_by(Image.patient_id).order_by(Image.patient_id)
        assert session.scalars(films).all() == [2, 1]


def test_a_film_that_contradicts_its_patient_is_put_aside(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    told = {"InstitutionName": "North", "PatientSex": "F"}
    first = film(PatientBirthDate="19400101", **told)
    second = film(PatientBirthDate="19850505", **told)
    assert fates(imports(write(place / "1", first), write(place / "2", second))) == (1, 0, 1)
    assert "another birth date or sex" in reasons(sqlite_database)[0]
    assert fates(imports(place / "1", place / "2")) == (0, 1, 1)


def test_the_earlier_film_of_a_workspace_from_before_tells_its_hospital_when_it_comes_again(
    imports: Import, sqlite_database: Database, settings: Settings, place: Path
) -> None:
    """As 0010 leaves a patient whose site was unknown: the number alone."""
    old = write(place / "old", film(InstitutionName="North"))
    imports(old)
    key = pseudonyms.patient("4711", pseudonyms.load_key(settings.home))
    with sqlite_database.begin() as session:
        _forget_hospital(session, key)
    new = write(place / "new", film(InstitutionName="North"))
    stranger = write(place / "stranger", film(InstitutionName="South"))
    assert fates(imports(new, stranger)) == (0, 0, 2)
    assert fates(imports(old)) == (0, 1, 0)
    assert fates(imports(new, stranger)) == (2, 0, 0)
    with sqlite_database() as session:
        assert session.scalars(select(Patient.key).order_by(Patient.id)).first() == key
        films = select(func.count(Image.id)).group_by(Image.patient_id).order_by(Image.patient_id)
        assert session.scalars(films).all() == [2, 1]


def _forget_hospital(session: Session, key: str) -> None:
    session.scalars(select(Patient)).one().key = key
    session.scalars(select(PatientIdentity)).one().site = ""
    session.scalars(select(Image)).one().site = ""


@pytest.mark.parametrize("number", ["", "ANONYMOUS", "000", "N/A"])
def test_an_id_that_names_nobody_makes_a_patient_of_each_study_and_is_told(
    imports: Import, sqlite_database: Database, place: Path, number: str
) -> None:
    study = {"PatientID": number, "StudyInstanceUID": "1.8"}
    write(place, film(**study), film(**study), film(PatientID=number))
    run = imports(place)
    assert (*fates(run), patients(sqlite_database)) == (3, 0, 0, 2)
    assert run.result["nameless_studies"] == 2
    with sqlite_database() as session:
        log = [line.text for line in runs.log_of(session, run.id)]
    assert any("2 studies have no patient id" in line for line in log)


def test_one_id_on_dozens_of_studies_or_with_many_birth_dates_names_nobody(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    for _ in range(23):
        write(place / "dozens", film(PatientID="77", InstitutionName="North"))
    for year in range(1940, 1943):
        write(place / "strangers", film(PatientID="78", PatientBirthDate=f"{year}0101"))
    assert imports(place / "strangers").result["nameless_studies"] == 3
    imports(place / "dozens")
    assert patients(sqlite_database) == 3 + 1
    write(place / "one more", film(PatientID="77", InstitutionName="North"))
    assert imports(place / "one more").result["nameless_studies"] == 1
    assert patients(sqlite_database) == 3 + 1 + 1


def test_a_manifest_s_placeholder_makes_a_patient_of_each_study(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    lines = ["1.png,ANON,s1", "2.png,ANON,s1", "3.png,ANON,s2", "4.png,P4,s3", "5.png,anon,"]
    folder = manifest(place, "file,patient_id,study_id", *lines)
    run = imports(folder)
    assert (run.result["imported"], run.result["nameless_studies"]) == (5, 3)
    with sqlite_database() as session:
        keys = session.scalars(select(Patient.key).order_by(Patient.key)).all()
    assert keys[:3] == ["ANON/s1", "ANON/s2", "P4"]
    assert keys[3].startswith("anon/I-")
    assert fates(imports(folder)) == (0, 5, 0)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("columns", ["", ",image_id"])
def test_two_sites_that_count_from_one_keep_their_own_reports(
    imports: Import, sqlite_database: Database, place: Path, together: bool, columns: str
) -> None:
    for site in ("Rome", "Oslo"):
        lines = [f"{n}.png,{n},{n},{site},{site}'s.{f',{n}' if columns else ''}" for n in (1, 2)]
        manifest(place / site, f"file,patient_id,study_id,site,report{columns}", *lines)
    paths = [[place]] if together else [[place / "Rome"], [place / "Oslo"]]
    assert sum(imports(*some).result["imported"] for some in paths) == 4
    with sqlite_database() as session:
        rows = session.execute(
            select(Image.site, Study.report, Patient.key)
            .select_from(Image)
            .join(Study, Study.id == Image.study_id)
            .join(Patient, Patient.id == Image.patient_id)
        ).all()
    assert sorted(tuple(row) for row in rows) == [
        (site, f"{site}'s.", number) for site in ("Oslo", "Rome") for number in "12"
    ]
    more = manifest(place / "more", "file,patient_id,study_id,site", "9.png,1,9,Oslo")
    assert fates(imports(more)) == (1, 0, 0)
    assert patients(sqlite_database) == 4


@pytest.mark.parametrize("together", [True, False])
def test_two_manifests_without_a_site_that_share_an_id_are_put_aside_line_by_line(
    imports: Import, sqlite_database: Database, place: Path, together: bool
) -> None:
    for name, ids in (("a", "12"), ("b", "13")):
        lines = [f"{number}.png,{number}" for number in ids]
        manifest(place / name, "file,patient_id", *lines)
    ran = [imports(place)] if together else [imports(place / name) for name in "ab"]
    assert (sum(run.result["imported"] for run in ran), ran[-1].result["quarantined"]) == (3, 1)
    (reason,) = reasons(sqlite_database)
    assert "neither names a site" in reason
    for name in "ab":
        lines = [f"{path.stem}.png,{path.stem},{name}" for path in (place / name).glob("*.png")]
        manifest(place / name, "file,patient_id,site", *lines)
    assert fates(imports(place / "a", place / "b")) == (1, 3, 0)
    assert (patients(sqlite_database), reasons(sqlite_database)) == (4, [])


def test_a_manifest_that_lists_a_film_of_an_earlier_one_goes_on_from_there(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    manifest(place, "file,patient_id", "1.png,1", "2.png,2")
    imports(place)
    for more in (["0.png,2", "1.png,1"], ["5.png,2", "0.png,2"], ["6.png,1", "5.png,2"]):
        manifest(place, "file,patient_id", *more)
        assert fates(imports(place))[0::2] == (1, 0)
    assert patients(sqlite_database) == 2


def test_one_folder_twice_in_an_import_is_one_archive(
    imports: Import, sqlite_database: Database, place: Path
) -> None:
    folder = manifest(place / "a", "file,patient_id", "1.png,1", "2.png,1")
    with ZipFile(place / "a.zip", "w") as packed:
        for path in folder.iterdir():
            packed.write(path, path.name)
    assert fates(imports(place)) == (2, 2, 0)
    assert patients(sqlite_database) == 1
