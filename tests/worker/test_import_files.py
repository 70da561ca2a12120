"""The import run: what is good arrives, what is bad is put aside with its reason."""

import os
from pathlib import Path

import pytest
from files import bad_films
from sqlalchemy import select
from support.databases import ON_BOTH
from support.import_runs import archive, contents, picture, run_import, splits

from app.db.archive import Image, LabelClass, Patient, QuarantinedFile, Rendition, Study
from app.db.engine import Database
from app.imaging import pseudonyms
from app.imaging.storage import Store
from app.runs import rules as runs
from app.settings import Settings

DATA = Path(__file__).parents[2] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")


@ON_BOTH
def test_good_files_arrive_and_bad_ones_are_put_aside(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in" / "listed", 2, ",label,report", ",abnormal,Worn.")
    (tmp_path / "in" / "film.dcm").write_bytes(bad_films.as_file(bad_films.good()))
    for name in ("text", "jpeg_contradicting_the_dataset", "with_half_of_its_pixels"):
        (tmp_path / "in" / name).write_bytes(bad_films.BAD[name][0]())
    picture(tmp_path / "in" / "unlisted.png", 99)
    (folder / "3.png").unlink()

    run = run_import(database, settings, paths=[tmp_path / "in"])

    assert run.status == "succeeded", run.failure
    assert run.result == {
        "imported": 4,
        "already_there": 0,
        "quarantined": 5,
        "patients": 3,
        "studies": 4,
    }
    store = Store(settings.home / "store")
    with database() as session:
        for digest in session.scalars(select(Rendition.digest)):
            assert digest is None or store.exists(digest)
        whats = " ".join(session.scalars(select(QuarantinedFile.what)))
        for reason in ("contradicts itself", "truncated", "no DICOM", "no patient ID", "line 5"):
            assert reason in whats
        given = session.scalars(
            select(LabelClass.name).join(Image, Image.given_class_id == LabelClass.id)
        )
        assert list(given) == ["abnormal"] * 3
        assert session.scalars(select(Study.report).where(Study.report == "Worn.")).all()
        log = " ".join(line.text for line in runs.log_of(session, run.id))
    assert "1 kept out: The file contradicts itself" in log
    for name in ("Doe", "4711", "listed", "film.dcm"):
        assert name not in log


@ON_BOTH
def test_names_and_cells_that_no_database_can_hold_stop_no_import(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    root = tmp_path / "in"
    picture(root / "old/1.png", 1)
    cells = b"1.png,p,A\0P,Worn\0.,a\0b\n.,p,,,\n" + 300 * b"x" + b",p,,,\n"
    (root / "old/manifest.csv").write_bytes(b"file,patient_id,view,report,scanner\n" + cells)
    Path(os.fsdecode(os.fsencode(root) + "/Müller".encode("latin-1"))).write_text("no film")

    run = run_import(database, settings, paths=[root])

    assert run.status == "succeeded", run.failure
    assert (run.result["imported"], run.result["quarantined"]) == (1, 3)
    with database() as session:
        assert session.scalars(select(Image.view)).all() == ["A?P"]
        assert session.scalars(select(Study.report)).all() == ["Worn?."]
        kept_out = session.scalars(select(QuarantinedFile.path).order_by(QuarantinedFile.path))
        assert list(kept_out) == [".", "M?ller", 300 * "x"]


def test_importing_twice_changes_nothing(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 5)
    run_import(sqlite_database, settings, paths=[folder])
    before = contents(sqlite_database)
    files = sorted(path for path in (settings.home / "store").rglob("*") if path.is_file())

    again = run_import(sqlite_database, settings, paths=[folder], rng=7)

    assert again.result["imported"] == 0
    assert again.result["already_there"] == 10
    assert contents(sqlite_database) == before
    assert sorted(p for p in (settings.home / "store").rglob("*") if p.is_file()) == files


def test_the_stated_number_of_new_patients_goes_to_validation(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    run_import(
        sqlite_database, settings, paths=[archive(tmp_path / "in", 9)], validation_patients=4
    )
    first = splits(sqlite_database)
    assert sorted(first.values()).count("validation") == 4

    more = archive(tmp_path / "in", 15)
    run_import(sqlite_database, settings, paths=[more], validation_patients=2, rng=5)

    second = splits(sqlite_database)
    assert {key: second[key] for key in first} == first
    assert sorted(second.values()).count("validation") == 6


def test_the_number_is_kept_for_dicom_without_a_manifest(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    for number in range(12):
        film = bad_films.good(PatientID=f"{number // 2}", SOPInstanceUID=f"1.2.{number}")
        (tmp_path / f"{number}.dcm").write_bytes(bad_films.as_file(film))
    (tmp_path / "bad.dcm").write_bytes(bad_films.cut_in_the_header())
    films = [*tmp_path.glob("*.dcm")]
    run = run_import(sqlite_database, settings, paths=films, validation_patients=2)
    assert run.status == "succeeded", run.failure
    drawn = splits(sqlite_database)
    assert len(drawn) == 6
    assert sorted(drawn.values()).count("validation") == 2


def test_too_many_validation_patients_are_refused_before_anything_is_written(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 3)
    run = run_import(sqlite_database, settings, paths=[folder], validation_patients=3)
    assert run.status == "failed"
    assert run.failure is not None
    assert "3 validation patients cannot be drawn" in run.failure["what"]
    assert contents(sqlite_database) == []


def test_the_manifest_s_split_is_used(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 3, ",split", ",validation")
    run_import(sqlite_database, settings, paths=[folder])
    assert set(splits(sqlite_database).values()) == {"validation"}


def test_a_manifest_naming_an_unknown_class_stops_the_import_before_anything_is_written(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 2, ",label", ",broken")
    run = run_import(sqlite_database, settings, paths=[folder])
    assert run.status == "failed"
    assert run.failure is not None
    assert run.failure["where"] == "line 2, column label"
    assert "normal" in run.failure["do"]
    assert contents(sqlite_database) == []
    assert not (settings.home / "store").exists()


def test_a_manifest_counts_more_than_a_dicom_file_s_own_tags(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    film = bad_films.good(ImageLaterality="L", ViewPosition="AP", InstitutionName="Clinic")
    (tmp_path / "film.dcm").write_bytes(bad_films.as_file(film))
    (tmp_path / "manifest.csv").write_text(
        "file,patient_id,image_id,study_id,laterality,view,site,scanner\nfilm.dcm,p,i,s,R,,Rome,CR2\n"
    )
    run_import(
        sqlite_database, settings, paths=[tmp_path / "manifest.csv"], keep_columns=["scanner"]
    )
    with sqlite_database() as session:
        image = session.scalars(select(Image)).one()
        assert (image.key, image.laterality, image.view) == ("i", "R", "AP")
        assert image.site == "Rome"
        assert image.details == {"Modality": "CR", "scanner": "CR2"}
        assert session.scalars(select(Patient.key)).one() == "p"
        assert session.scalars(select(Study.key)).one() == "s"


def test_reports_find_their_studies_by_the_hospital_s_own_uid(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    tmp_path = tmp_path / "in"
    tmp_path.mkdir()
    (tmp_path / "film.dcm").write_bytes(bad_films.as_file(bad_films.good()))
    (tmp_path / "reports.csv").write_text("study_id,report\n1.2.3.4,Worn.\n9.9.9,Other.\n")
    run = run_import(
        sqlite_database,
        settings,
        paths=[tmp_path],
        reports=tmp_path / "reports.csv",
    )
    assert run.result["quarantined"] == 0
    with sqlite_database() as session:
        study = session.scalars(select(Study)).one()
        assert study.report == "Worn."
        assert study.key == pseudonyms.uid("1.2.3.4", pseudonyms.load_key(settings.home))
        log = [line.text for line in runs.log_of(session, run.id)]
        aside = session.scalars(select(QuarantinedFile.path)).all()
    assert "1 of 2 reports belong to a study in the archive; 1 of them are new." in log
    assert "Reports that found no study, or several: 1 (lines 3)." in log
    assert aside == ["reports.csv, line 3"]
    assert (run.result["reports"], run.result["reports_unmatched"]) == (2, 1)


def test_one_institution_is_one_site_and_its_name_stays_behind(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    names = ("St Luke", " ST  LUKE ", "St Mark", "")
    for number, name in enumerate(names):
        film = bad_films.good(
            PatientID=f"{number + 1}", SOPInstanceUID=f"1.2.{number}", InstitutionName=name
        )
        (tmp_path / f"{number}.dcm").write_bytes(bad_films.as_file(film))
    run = run_import(sqlite_database, settings, paths=sorted(tmp_path.glob("*.dcm")))
    assert run.result["imported"] == 4
    with sqlite_database() as session:
        sites = session.scalars(select(Image.site).order_by(Image.id)).all()
        kept = [*map(str, session.scalars(select(Image.details)))]
    key = pseudonyms.load_key(settings.home)
    assert sites == [*[pseudonyms.site("st luke", key)] * 2, pseudonyms.site("St Mark", key), ""]
    stored = b"".join(path.read_bytes() for path in (settings.home / "store").glob("??/??/*"))
    assert b"luke" not in stored.lower()
    assert "luke" not in " ".join([*sites, *kept]).lower()


def test_a_site_that_comes_later_is_filled_in(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 2)
    run_import(sqlite_database, settings, paths=[folder])
    for site in ("Rome", "Oslo"):
        archive(folder, 2, ",site", f",{site}")
        run = run_import(sqlite_database, settings, paths=[folder])
        assert run.result["imported"] == 0
        with sqlite_database() as session:
            assert set(session.scalars(select(Image.site))) == {"Rome"}


def test_a_report_that_comes_later_is_filled_in(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 2)
    run_import(sqlite_database, settings, paths=[folder])
    archive(folder, 2, ",report", ",Worn.")
    run = run_import(sqlite_database, settings, paths=[folder])
    assert run.result["imported"] == 0
    with sqlite_database() as session:
        assert set(session.scalars(select(Study.report))) == {"Worn."}


@needs_data
def test_the_real_films_arrive(sqlite_database: Database, settings: Settings) -> None:
    dicom = run_import(sqlite_database, settings, paths=[*(DATA / "dicom").glob("*.dcm")])
    assert (dicom.result["imported"], dicom.result["quarantined"]) == (10, 0)
    whole = run_import(sqlite_database, settings, paths=[DATA / "knee-extra"])
    assert (whole.result["imported"], whole.result["quarantined"]) == (50, 0)
    with sqlite_database() as session:
        knees = session.scalars(select(Image).where(Image.spacing_mm == 0.148)).all()
        assert len(knees) == 3
        assert len({knee.patient_id for knee in knees}) == 1
        assert len({knee.study_id for knee in knees}) == 1


@needs_data
def test_no_real_patient_is_in_both_splits(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    source = DATA / "knee"
    header, *lines = (source / "manifest.csv").read_text().splitlines()
    some = tmp_path / "manifest.csv"
    some.write_text("\n".join([header, *lines[:200]]))

    run = run_import(
        sqlite_database,
        settings,
        paths=[source],
        manifest=some,
        validation_patients=30,
    )

    assert run.result["imported"] == 200
    with sqlite_database() as session:
        rows = session.execute(select(Image.key, Patient.split).join(Image.patient)).all()
    by_knee_owner: dict[str, set[str]] = {}
    for key, split in rows:
        by_knee_owner.setdefault(key[:-1], set()).add(split)  # key: number of the person, side
    assert all(len(split) == 1 for split in by_knee_owner.values())
    assert list(splits(sqlite_database).values()).count("validation") == 30
