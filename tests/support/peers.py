"""DCMTK's programs as DICOM peers on this machine, and films for them to send."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from files import bad_films
from pydicom.dataset import Dataset
from sqlalchemy import select
from support.servers import free_port

from app.db.arrivals import ArrivedFilm, SenderTally
from app.db.engine import Database


class Peer:
    """Who sends to a receiver.

    Args:
        port: of the receiver, on 127.0.0.1.
        title: AE title of the peer.
        called: the one it calls.
        how: options of every program.
    """

    def __init__(
        self, port: int, title: str = "PACS1", called: str = "CONDYLE", how: tuple[str, ...] = ()
    ) -> None:
        self.port, self.title, self.called, self.how = port, title, called, how

    def command(self, program: str, *rest: object) -> list[str]:
        """Return a command line of one of DCMTK's programs."""
        titles = ["-aet", self.title, "-aec", self.called]
        place = ["127.0.0.1", str(self.port)]
        options = [str(each) for each in rest if str(each).startswith(("-", "+"))]
        files = [str(each) for each in rest if not str(each).startswith(("-", "+"))]
        return [program, *self.how, *titles, *options, *place, *files]

    def run(self, program: str, *rest: object) -> subprocess.CompletedProcess[str]:
        """Run one of DCMTK's programs to its end."""
        command = self.command(program, *rest)
        return subprocess.run(command, capture_output=True, text=True, timeout=60)


class Storage:
    """DCMTK's storescp, which stores what it is sent in a folder.

    Args:
        folder: where to.
        options: more of its options.
        port: where it listens; a free one if left out.
    """

    def __init__(self, folder: Path, *options: str, port: int | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.folder, self.port = folder, port or free_port()
        # Not the one beside Python: pynetdicom installs commands of the same names.
        command = ["/usr/bin/storescp", *options, "-od", str(folder), str(self.port)]
        self._process = subprocess.Popen(command)
        wait_until(self._answers)

    def files(self) -> list[Path]:
        """Return what was stored."""
        return sorted(self.folder.iterdir())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Go away."""
        self._process.terminate()
        self._process.wait(30)

    def _answers(self) -> bool:
        assert self._process.poll() is None
        with socket.socket() as door:
            return door.connect_ex(("127.0.0.1", self.port)) == 0


def film(path: Path, number: int, **attributes: object) -> Path:
    """Write a film of a patient of its own."""
    uid = f"1.2.826.0.1.3680043.8.498.{number}"
    dataset = bad_films.good(
        SOPInstanceUID=f"{uid}.1",
        StudyInstanceUID=f"{uid}.2",
        PatientID=f"patient {number}",
        InstitutionName="Clinic",
        **attributes,
    )
    dataset.PixelData = dataset.PixelData[number % 50 :] + dataset.PixelData[: number % 50]
    return written(path, dataset)


def written(path: Path, dataset: Dataset) -> Path:
    """Write a dataset to a file; return the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bad_films.as_file(dataset))
    return path


def large(path: Path, number: int, mebibytes: float) -> Path:
    """Write a film of so many mebibytes, by a private element."""
    dataset = bad_films.good(SOPInstanceUID=f"1.2.3.{number}")
    dataset.add_new(0x00290010, "LO", "CONDYLE TESTS")
    dataset.add_new(0x00291010, "OB", bytes([number]) * int(mebibytes * 2**20))
    return written(path, dataset)


def arrived(database: Database) -> list[ArrivedFilm]:
    """Return every film that arrived, in order."""
    with database() as session:
        return list(session.scalars(select(ArrivedFilm).order_by(ArrivedFilm.id)))


def counted(database: Database) -> dict[tuple[str, str], int]:
    """Return how often each sender did each thing."""
    with database() as session:
        rows = session.execute(select(SenderTally.calling, SenderTally.what, SenderTally.count))
        return {(calling, what): count for calling, what, count in rows}


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for what another thread or process is about to do, for so many seconds at most."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)
