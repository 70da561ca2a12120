"""A workspace whose films are known in a PACS, and in which people have decided."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from sqlalchemy import select, update
from support.read_arrivals import add_classifier
from support.worklist_rows import add_classes, add_images, add_readers, add_sweep, list_images
from typer.testing import CliRunner

from app.cli import cli
from app.db import clock
from app.db.archive import Image
from app.db.arrivals import ArrivalRead
from app.db.engine import Database, read_only
from app.db.learning import PseudoLabel, Run
from app.db.people import User
from app.db.reading import Finding
from app.db.tables import now
from app.db.write_back import OutgoingReport
from app.labels.decisions import Decision, Hold
from app.labels.findings import tag
from app.outbox import rules, sending
from app.outbox.filling import fill
from app.pacs import references
from app.pacs.seal import Seal, seal_of
from app.reading.rules import annotate
from app.review.rules import decide
from app.settings import Settings, settings
from app.worklists.items import lease_next

SECRET = "5" * 64
UID = "1.2.826.0.1.3680043.8.498"


@pytest.fixture
def keyed(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with a key for references."""
    path = tmp_path / "write-back.key"
    path.write_text(SECRET + "\n")
    return settings.model_copy(update={"write_back_key": str(path)})


@dataclass
class Practice:
    """Five films: one read as a seed, three decided on in review, one that waits there.

    The first of those was read on arrival by the classifier, too.

    Attributes:
        classes: their numbers, in order; the labeler says the second of each film in review.
        seed: the image that was read without the labeler.
        approved, corrected, tagged: those of review.
        waiting: nobody has decided on it.
    """

    classes: list[int]
    seed: int
    approved: int
    corrected: int
    tagged: int
    waiting: int
    admin: int


def reference(number: int) -> dict[str, str]:
    """What the PACS calls a film."""
    return {
        "StudyInstanceUID": f"{UID}.{number}",
        "SeriesInstanceUID": f"{UID}.{number}.1",
        "SOPInstanceUID": f"{UID}.{number}.1.1",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.1",
        "PatientID": f"patient {number}",
        "PatientName": "Müller^Jane",
        "PatientBirthDate": "1950",
        "StudyDate": "20240131",
        "AccessionNumber": "A-77",
    }


@pytest.fixture
def practice(database: Database, keyed: Settings) -> Practice:
    """Such a workspace, in the test's database."""
    return make(database, keyed)


def make(database: Database, keyed: Settings) -> Practice:
    """Fill an empty database."""
    seal = seal_of(keyed)
    assert seal is not None
    with database.begin() as session:
        classes = add_classes(session)
        admin = User(name="Ada", role="admin")
        effusion = Finding(name="Effusion", position=1)
        session.add_all([admin, effusion])
        (reader,) = add_readers(session, 1)
        seed, *reviewed = add_images(session, 5)
        for image in session.scalars(select(Image)):
            image.source_digest = f"{image.id:064x}"
            image.laterality = "L"
            _refer(session, image, seal)
        list_images(session, "seed", [seed])
        lease_next(session, reader, "seed", 300, now())
        annotate(session, Hold(reader, seed, "seed"), Decision(classes[0], "seed", now()))
        labels = add_sweep(session, reviewed)
        for label, answer, to, found in zip(
            labels[:3],
            ("approve", "correct", "approve"),
            (None, classes[2], None),
            ((), (), (effusion.id,)),
            strict=True,
        ):
            lease_next(session, reader, "review", 300, now())
            said = Decision(to, f"{label}", now(), 9)
            tag(session, decide(session, reader, label, answer, said), found)  # type: ignore[arg-type]
        _classify_on_arrival(session, labels[0], classes[0])
        return Practice(classes, seed, *reviewed, admin.id)


def _classify_on_arrival(session, label: int, class_id: int) -> None:
    """Have the classifier have said something else of a film that came over DICOM."""
    image = session.get_one(PseudoLabel, label).image_id
    run = Run(kind="read_arrivals", status="succeeded")
    session.add(run)
    session.flush()
    about = {"run_id": run.id, "classifier_id": add_classifier(session), "class_id": class_id}
    about |= {"differs": True, "unsure": False, "drawn": False, "probabilities": [0.8, 0.1, 0.1]}
    session.add(ArrivalRead(pseudo_label_id=label, image_id=image, **about))


def _refer(session, image: Image, seal: Seal) -> None:
    sealed = seal.sealed(image.source_digest, reference(image.id))
    references.put(session, image.source_digest, seal.name, sealed)


@pytest.fixture
def write_back(
    database_url: str, keyed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The command, with this test's settings; returns what it says and what is in the folder.

    With `to` it sends; `run.code` is its exit status.
    """
    chosen = keyed.model_copy(update={"database_url": database_url})
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)

    def run(folder: str = "out", to: str = "", **more: str) -> tuple[str, dict[str, Dataset]]:
        for name, value in more.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        try:
            path = tmp_path / folder
            done = CliRunner().invoke(cli, ["write-back", str(path), *(["--to", to] if to else [])])
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            run.code = done.exit_code  # type: ignore[attr-defined]
            return done.output, {file.name: dcmread(file) for file in sorted(path.glob("*.dcm"))}
        finally:
            settings.cache_clear()

    return run


class Sender(NamedTuple):
    """Whoever sends what is in the outbox of a database."""

    database: Database
    settings: Settings

    def send(self, port: int) -> int:
        """Fill the outbox and send what is due to a PACS; return how many tries it took."""
        return self.send_to(f"PACS1@127.0.0.1:{port}")

    def send_to(self, place: str, **more: object) -> int:
        """Do so to a PACS that is named as the setting names it."""
        chosen = self.settings.model_copy(update={"write_back_to": place} | more)
        post = sending.post_of(chosen)
        fill(self.database, post.seal.name)
        return sending.send_all(self.database, post, threading.Event())

    def reports(self) -> list[OutgoingReport]:
        """Return what is in the outbox, in order."""
        with read_only(self.database) as session:
            return list(session.scalars(select(OutgoingReport).order_by(OutgoingReport.id)))

    def statuses(self) -> list[str]:
        """Return where each stands, in order."""
        return [report.status for report in self.reports()]

    def let_time_pass(self) -> None:
        """Let everything that waits be due."""
        with self.database.begin() as session:
            waiting = update(OutgoingReport).where(OutgoingReport.status == "waiting")
            session.execute(waiting.values(due_at=clock.after(-1)))

    def send_again(self, report: int) -> None:
        """Have an admin send a report again."""
        with self.database.begin() as session:
            admin = session.scalars(select(User).where(User.role == "admin")).one()
            rules.send_again(session, report, admin)


@pytest.fixture
def sender(database: Database, keyed: Settings, practice: Practice) -> Sender:
    keyed.home.mkdir(exist_ok=True)
    return Sender(database, keyed)
