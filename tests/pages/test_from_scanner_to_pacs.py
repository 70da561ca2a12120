"""A film from the scanner to the verdict in the PACS, through every process on its way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pydicom import dcmread
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from support.models_films import CLASSES, TINY
from support.orthanc import Orthanc
from support.peers import Peer, wait_until
from support.reading_room import Room, Server
from support.servers import free_port
from support.structured_reports import statements
from support.worklist_rows import add_classes, add_sweep

from app.db.arrivals import ArrivalRead, ArrivedFilm
from app.db.engine import Database, read_only
from app.db.learning import ModelVersion, Run, Sweep
from app.db.people import User
from app.db.reading import ReferenceLabel
from app.db.tables import Table, now
from app.db.write_back import OutgoingReport
from app.demo.dicom import write_film
from app.demo.knees import generate_film
from app.demo.patients import studies_of
from app.receiving import on_arrival, rules
from app.receiving.on_arrival import Chosen
from app.registry.rules import promote
from app.runs.kinds import READ_ARRIVALS, AnyKind
from app.settings import Settings
from models.images.classifier import Classifier
from models.images.networks import build_network
from models.labeler import Labeler

PATIENCE = 600
"""Seconds that the test waits for what a process is to do, however busy the machine is."""


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[Orthanc]:
    orthanc = Orthanc(tmp_path / "orthanc")
    yield orthanc
    orthanc.stop()


@pytest.fixture
def hospital(settings: Settings, pacs: Orthanc, sqlite_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation that stands between a scanner and a PACS."""
    key = tmp_path / "write-back.key"
    key.write_text("5" * 64)
    # Patients are split by their pseudonyms: with this key the film's is in no validation split.
    (settings.home / "pseudonym.key").write_text("1" * 64)
    given = {
        "database_url": sqlite_url,
        "dicom_port": free_port(),
        "dicom_senders": "PACS1",
        "write_back_key": str(key),
        "write_back_to": f"{pacs.title}@127.0.0.1:{pacs.dicom}",
        "webhook_workers": False,
        "run_lease_seconds": 1,
        "processes": 1,
        "threads": 1,
    }
    return settings.model_copy(update=given)


@contextmanager
def started(command: list[str], settings: Settings, says: str = "") -> Iterator[None]:
    """Have a process of ours run, from where it says something."""
    environment = os.environ | settings.as_environment()
    said = subprocess.PIPE if says else None
    with subprocess.Popen(
        [sys.executable, *command], env=environment, stdout=said, text=True, bufsize=1
    ) as process:
        try:
            assert not process.stdout or says in process.stdout.readline()
            yield
        finally:
            process.kill()  # how they stop by themselves is tested elsewhere


def condyle(command: str) -> list[str]:
    return ["-c", "from app.cli import main; main()", command]


def take_a_film(folder: Path) -> Path:
    """A generated knee of somebody with a name, as a scanner would send it."""
    study = studies_of(1, 0)[0]
    file, shot = folder / "knee.dcm", study.shots[0]
    write_film(file, generate_film(study, shot), study, shot, 1, 0)
    film = dcmread(file)
    film.PatientID, film.PatientName, film.PatientBirthDate = "4711", "Doe^Jane", "19500101"
    film.StudyDate, film.AccessionNumber = "20260131", "A-77"
    # Without the line that says GENERATED: a film that shows a word is held for an admin.
    film.Rows -= 24
    film.PixelData = film.PixelData[: 2 * film.Rows * film.Columns]
    film.save_as(file)
    return file


def promote_models(session: Session, home: Path) -> None:
    """Register a labeler and a classifier, whose networks have learned nothing, and promote them.

    The labeler has made a sweep whose rule accepts nothing, so what arrives comes onto review.
    """
    network = build_network(TINY.network, len(CLASSES))
    classifier = Classifier(CLASSES, (network,), TINY)
    labeler = Labeler("image", CLASSES, TINY, (0.5, 0.3, 0.2), None, classifier, None, {}, "")
    add_classes(session)
    add_sweep(session, [])
    version = session.scalars(select(ModelVersion)).one()
    version.folder = "checkpoints/labeler"
    version.digest = labeler.save(home / version.folder)
    trained = Run(kind="train_classifier", status="succeeded")
    session.add(trained)
    session.flush()
    final = ModelVersion(
        role="final",
        method="image",
        run_id=trained.id,
        folder="checkpoints/final",
        digest=classifier.save(home / "checkpoints/final"),
        recipe={},
        training_digest="0" * 64,
    )
    session.add(final)
    session.flush()
    for each in (version, final):
        promote(session, each.id, None)
    session.scalars(select(Sweep)).one().selection = {"threshold": None}


def let_the_series_be_over(database: Database) -> None:
    """Let half a minute have passed since the film arrived."""
    with database.begin() as session:
        session.execute(update(ArrivedFilm).values(arrived_at=now() - timedelta(seconds=31)))


def has_ended(database: Database, kind: AnyKind) -> bool:
    """Whether a run has ended, which must have succeeded."""
    with read_only(database) as session:
        run = session.scalar(select(Run).where(Run.kind == kind.name))
        assert run is None or run.status in ("queued", "running", "succeeded"), run.failure
        return run is not None and run.status == "succeeded"


def count(database: Database, table: type[Table]) -> int:
    with read_only(database) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def is_sent(database: Database) -> bool:
    with read_only(database) as session:
        report = session.scalar(select(OutgoingReport))
        assert report is None or not report.fault, report.fault
        return report is not None and report.status == "sent"


def test_a_film_comes_from_the_scanner_and_its_verdict_lies_in_the_pacs(
    hospital: Settings, sqlite_database: Database, pacs: Orthanc, page: Page, tmp_path: Path
) -> None:
    film = take_a_film(tmp_path)
    with sqlite_database.begin() as session:
        promote_models(session, hospital.home)
        admin, reader = User(name="Ada", role="admin"), User(name="Rosa", role="reader")
        session.add_all([admin, reader])
        session.flush()
        rules.import_by_themselves(session, True, admin.id)
        on_arrival.choose(session, Chosen(True, 0.0), admin.id)
        who = reader.id
    with ExitStack() as running:
        running.enter_context(started(["-m", "worker"], hospital))
        running.enter_context(started(condyle("receive"), hospital, "takes films"))
        sent = Peer(hospital.dicom_port).run("storescu", film)
        assert sent.returncode == 0, sent.stderr
        let_the_series_be_over(sqlite_database)
        pacs.wait_until_there()
        with pacs.network():
            kept = Peer(pacs.dicom, called=pacs.title).run("storescu", film)
        assert kept.returncode == 0, kept.stderr
        server = Server(hospital)
        running.callback(server.stop)
        wait_until(lambda: has_ended(sqlite_database, READ_ARRIVALS), PATIENCE)
        assert count(sqlite_database, ArrivalRead) == 1
        room = Room(server, sqlite_database, who, [], [], [])
        room.open(page, "/review?why=arrived")
        expect(page.locator("#reasons")).to_contain_text("The labeler is not sure enough")
        page.keyboard.press("2")
        wait_until(lambda: count(sqlite_database, ReferenceLabel) == 1, PATIENCE)
        with pacs.network():
            running.enter_context(started(condyle("deliver"), hospital, "delivers"))
        wait_until(lambda: is_sent(sqlite_database), PATIENCE)
    (study,) = pacs.ask("/studies?expand").json()
    assert len(study["Series"]) == 2, "the report is filed beside the film"
    objects = {str(each.Modality): each for each in map(dcmread, map(BytesIO, pacs.files()))}
    report, shown = objects["SR"], dcmread(film)
    said = statements(report)
    assert said["people"]["Label of the knee"] == ["abnormal"]
    assert said["people"]["Source of Measurement"] == [shown.SOPInstanceUID]
    assert said["labeler"]["Source of Measurement"] == [shown.SOPInstanceUID]
    for keyword in ("StudyInstanceUID", "PatientID", "PatientName", "AccessionNumber"):
        assert report[keyword] == shown[keyword]
    file = tmp_path / "report.dcm"
    report.save_as(file)
    dumped = subprocess.run(["dsrdump", file], capture_output=True, text=True, check=True).stdout
    for words in (f'"Reader^{who}"', ',99CONDYLE,"abnormal")', ',SCT,"Knee")'):
        assert words in dumped, dumped
