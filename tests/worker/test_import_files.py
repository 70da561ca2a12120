"""The import run: what is good arrives, what is bad is put aside, and a kill costs nothing."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from files import bad_films
from PIL import Image as Pillow
from sqlalchemy import func, select

from app.db.archive import Image, LabelClass, Patient, QuarantinedFile, Rendition, Study
from app.db.engine import Database
from app.db.learning import Run
from app.imaging import pseudonyms
from app.imaging.storage import Store
from app.runs import rules as runs
from app.settings import Settings
from worker import import_files, progress

DATA = Path(__file__).parents[2] / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="the real films are not on this machine")


def run_import(database: Database, settings: Settings, **parameters: Any) -> Run:
    """Request and carry out an import in this process; return its row."""
    asked = {"manifest": None, "reports": None, "validation_patients": None, "rng": 0}
    asked |= {key: _plain(value) for key, value in parameters.items()}
    with database.begin() as session:
        run_id = runs.request(session, "import", asked).id
    progress.execute(database, settings, run_id, {"import": import_files.execute})
    with database() as session:
        return runs.find(session, run_id)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [str(path) for path in value]
    return str(value) if isinstance(value, Path) else value


def picture(path: Path, seed: int, size: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (size, size)).astype(np.uint8)
    Pillow.fromarray(noise).save(path)
    return path


def archive(folder: Path, patients: int, columns: str = "", cells: str = "") -> Path:
    """Two pictures of each patient and their manifest."""
    lines = [f"file,patient_id{columns}"]
    for number in range(2 * patients):
        picture(folder / f"{number}.png", number)
        lines.append(f"{number}.png,p{number // 2}{cells}")
    (folder / "manifest.csv").write_text("\n".join(lines))
    return folder


def contents(database: Database) -> list[tuple[str, ...]]:
    """Everything an import decides, without row numbers and times."""
    with database() as session:
        rows = session.execute(
            select(
                Patient.key,
                Patient.split,
                Image.key,
                Image.source_digest,
                Image.stored_digest,
                Rendition.kind,
                Rendition.digest,
            )
            .join(Image, Image.patient_id == Patient.id)
            .join(Rendition, Rendition.image_id == Image.id)
        )
        return sorted(tuple(row) for row in rows)


def splits(database: Database) -> dict[str, str]:
    with database() as session:
        return dict(session.execute(select(Patient.key, Patient.split)).all())  # type: ignore[arg-type]


def assert_every_stored_file_is_whole(settings: Settings) -> None:
    for path in (settings.home / "store").glob("??/??/*"):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def test_good_files_arrive_and_bad_ones_are_put_aside(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in" / "listed", 2, ",label,report", ",abnormal,Worn.")
    (tmp_path / "in" / "film.dcm").write_bytes(bad_films.as_file(bad_films.good()))
    for name in ("text", "jpeg_claiming_65500_by_65500", "with_half_of_its_pixels"):
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
            assert store.exists(digest)
        whats = " ".join(session.scalars(select(QuarantinedFile.what)))
        for reason in ("too large", "truncated", "no DICOM", "whose it is", "line 5"):
            assert reason in whats
        given = session.scalars(
            select(LabelClass.name).join(Image, Image.given_class_id == LabelClass.id)
        )
        assert list(given) == ["abnormal"] * 3
        assert session.scalars(select(Study.report).where(Study.report == "Worn.")).all()
        log = " ".join(line.text for line in runs.log_of(session, run.id))
    assert "1 kept out: The image is too large" in log
    for name in ("Doe", "4711", "listed", "film.dcm"):
        assert name not in log


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
    film = bad_films.good(ImageLaterality="L", ViewPosition="AP")
    (tmp_path / "film.dcm").write_bytes(bad_films.as_file(film))
    (tmp_path / "manifest.csv").write_text(
        "file,patient_id,image_id,study_id,laterality,view,site\nfilm.dcm,p,i,s,R,,Rome\n"
    )
    run_import(sqlite_database, settings, paths=[tmp_path / "manifest.csv"])
    with sqlite_database() as session:
        image = session.scalars(select(Image)).one()
        assert (image.key, image.laterality, image.view) == ("i", "R", "AP")
        assert image.details == {"Modality": "CR", "site": "Rome"}
        assert session.scalars(select(Patient.key)).one() == "p"
        assert session.scalars(select(Study.key)).one() == "s"


def test_reports_find_their_studies_by_the_hospital_s_own_uid(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "film.dcm").write_bytes(bad_films.as_file(bad_films.good()))
    (tmp_path / "reports.csv").write_text("study_id,report\n1.2.3.4,Worn.\n9.9.9,Other.\n")
    run = run_import(
        sqlite_database,
        settings,
        paths=[tmp_path / "film.dcm"],
        reports=tmp_path / "reports.csv",
    )
    with sqlite_database() as session:
        study = session.scalars(select(Study)).one()
        assert study.report == "Worn."
        assert study.key == pseudonyms.uid("1.2.3.4", pseudonyms.load_key(settings.home))
        log = [line.text for line in runs.log_of(session, run.id)]
    assert "1 of 2 reports belong to a study in the archive." in log


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


def test_a_full_disk_stops_the_import_and_keeps_what_is_whole(
    sqlite_database: Database,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = archive(tmp_path / "in", 60)
    fsync, written = os.fsync, []

    def filling_up(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > 160:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", filling_up)
    run = run_import(sqlite_database, settings, paths=[folder])
    assert run.status == "failed"
    assert run.failure is not None
    assert "disk is full" in run.failure["what"]
    assert_every_stored_file_is_whole(settings)
    partly = contents(sqlite_database)
    assert len(partly) == 2 * import_files.BATCH

    monkeypatch.undo()
    again = run_import(sqlite_database, settings, paths=[folder])
    assert again.result["imported"] == 120 - import_files.BATCH
    assert set(partly) <= set(contents(sqlite_database))


def test_a_cancelled_import_stops_at_a_batch(
    sqlite_database: Database, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 100)
    with sqlite_database.begin() as session:
        run_id = runs.request(session, "import", {"paths": [str(folder)], "rng": 0}).id

    def cancelled_meanwhile(running: progress.Running) -> dict[str, Any]:
        with sqlite_database.begin() as session:
            runs.cancel(session, run_id)
        time.sleep(running.settings.run_lease_seconds / 2)
        return import_files.execute(running)

    quick = settings.model_copy(update={"run_lease_seconds": 1.0})
    progress.execute(sqlite_database, quick, run_id, {"import": cancelled_meanwhile})
    with sqlite_database() as session:
        assert runs.find(session, run_id).status == "cancelled"
    assert contents(sqlite_database) == []


def test_a_killed_import_goes_on_and_ends_as_if_it_had_not_been(
    sqlite_database: Database, sqlite_url: str, settings: Settings, tmp_path: Path
) -> None:
    folder = archive(tmp_path / "in", 90)
    with sqlite_database.begin() as session:
        asked = {"paths": [str(folder)], "validation_patients": 40, "rng": 0}
        run_id = runs.request(session, "import", asked).id
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, sqlite_url, str(settings.home), str(run_id)],
        cwd=Path(__file__).parents[2],
    )
    _wait_for_images(sqlite_database, 50)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    with sqlite_database() as session:
        assert runs.find(session, run_id).status == "running"
        assert (session.scalar(select(func.count(Image.id))) or 0) < 180

    time.sleep(1.1)  # the lease of the dead worker runs out
    progress.execute(sqlite_database, settings, run_id, {"import": import_files.execute})

    with sqlite_database() as session:
        run = runs.find(session, run_id)
    assert (run.status, run.attempts) == ("succeeded", 2)
    assert run.result["imported"] == 180
    drawn = splits(sqlite_database)
    assert len(drawn) == 90
    assert list(drawn.values()).count("validation") == 40
    assert len(contents(sqlite_database)) == 360
    assert_every_stored_file_is_whole(settings)


_WORKER = """
import sys
from pathlib import Path
from app.db.engine import open_database
from app.settings import Settings
from worker import import_files, progress
settings = Settings(home=Path(sys.argv[2]), run_lease_seconds=1)
kinds = {"import": import_files.execute}
progress.execute(open_database(sys.argv[1]), settings, int(sys.argv[3]), kinds)
"""


def _wait_for_images(database: Database, count: int) -> None:
    for _ in range(600):
        with database() as session:
            if (session.scalar(select(func.count(Image.id))) or 0) >= count:
                return
        time.sleep(0.02)
    raise AssertionError("the import did not get going")


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
