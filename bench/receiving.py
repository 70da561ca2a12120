"""Seconds of a film, and memory, of `condyle receive` beside Orthanc for the same films.

Several senders (DCMTK's storescu) send at the same time, first to the one, then to the other, in
one run. All of it happens in a network namespace of its own, so that Orthanc is reached from
nowhere else. Debian's `orthanc` and `dcmtk` must be installed, and it takes the rights of root.

    python -m bench receiving [--films 200] [--megabytes 10] [--senders 4] [--orthanc Orthanc]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

INSIDE = "CONDYLE_BENCH_NAMESPACE"
DIGITAL_X_RAY = "1.2.840.10008.5.1.4.1.1.1.1"
STORESCU = "/usr/bin/storescu"
"""DCMTK's: pynetdicom installs another of this name beside Python."""
CONDYLE, ORTHANC = 11112, 4242
PROMISED = 1.5
FLAT = 1.1
"""Times the memory of the first half, which the second half may reach."""


@dataclass
class Measured:
    """What one receiver took.

    Attributes:
        seconds: from the first sender's start to the last one's end.
        sizes: its resident memory in MiB, several times a second.
        cpu: seconds of its CPU time.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    sizes: list[float] = field(default_factory=list)

    @property
    def growth(self) -> float:
        """The largest size of the second half over that of the first."""
        half = max(1, len(self.sizes) // 2)
        return max(self.sizes[half:], default=0.0) / max(self.sizes[:half])


def main() -> None:
    """Send to both, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--megabytes", type=float, default=10.0)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--orthanc", default=shutil.which("Orthanc") or "Orthanc")
    given = parser.parse_args()
    if not os.environ.get(INSIDE):
        _begin_again_in_a_namespace()
    with tempfile.TemporaryDirectory(prefix="condyle-bench-") as scratch:
        place = Path(scratch)
        lists = _films(place / "films", given.films, given.megabytes, given.senders)
        results = {}
        for name, receiver in (("condyle", _condyle), ("orthanc", _orthanc)):
            folder = place / name
            folder.mkdir()
            with receiver(folder, given.orthanc) as (process, port):
                results[name] = _send(process, port, lists)
            shutil.rmtree(folder)
            _say(name, results[name], given.films)
    ratio = results["condyle"].seconds / results["orthanc"].seconds
    print(f"time of a film: {ratio:.2f} x Orthanc's (promised: {PROMISED} at most)")
    growth = results["condyle"].growth
    print(f"memory, second half over first: {growth:.2f} (flat: {FLAT} at most)")
    sys.exit(ratio > PROMISED or growth > FLAT)


def _begin_again_in_a_namespace() -> None:
    command = 'ip link set lo up && exec "$@"'
    inside = ["unshare", "--net", "sh", "-c", command, "bench"]
    again = [sys.executable, "-m", "bench", "receiving", *sys.argv[1:]]
    sys.exit(subprocess.run([*inside, *again], env=os.environ | {INSIDE: "1"}).returncode)


def _films(folder: Path, films: int, megabytes: float, senders: int) -> list[Path]:
    """Write films of a patient each, in a folder for each sender."""
    side = int((megabytes * 2**20 / 2) ** 0.5)
    draw = np.random.default_rng(0)
    folders = [folder / str(number) for number in range(senders)]
    for each in folders:
        each.mkdir(parents=True)
    for number in range(films):
        film = Dataset()
        film.SOPClassUID = DIGITAL_X_RAY
        film.SOPInstanceUID = f"1.2.826.0.1.3680043.8.498.9.{number}"
        film.StudyInstanceUID = f"{film.SOPInstanceUID}.1"
        film.SeriesInstanceUID = f"{film.SOPInstanceUID}.2"
        film.PatientID = film.PatientName = f"bench{number}"
        film.Modality, film.BodyPartExamined = "DX", "KNEE"
        film.Rows = film.Columns = side
        film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
        film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
        film.PixelData = draw.integers(0, 4096, side * side, dtype=np.uint16).tobytes()
        film.file_meta = FileMetaDataset()
        film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        film.save_as(folders[number % senders] / f"{number}.dcm", enforce_file_format=True)
    return folders


Opened = Iterator[tuple[subprocess.Popen[str], int]]


@contextmanager
def _condyle(folder: Path, _orthanc: str) -> Opened:
    settings = {
        "CONDYLE_HOME": str(folder),
        "CONDYLE_DICOM_SENDERS": "BENCH",
        "CONDYLE_DICOM_PORT": str(CONDYLE),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONDYLE_")}
    command = [sys.executable, "-c", "from app.cli import cli; cli()", "receive"]
    with _running(command, kept | settings, folder) as process:
        yield process, CONDYLE


@contextmanager
def _orthanc(folder: Path, program: str) -> Opened:
    settings = folder / "orthanc.json"
    said = {
        "Name": "bench",
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "storage"),
        "HttpServerEnabled": False,
        "DicomAet": "CONDYLE",
        "DicomPort": ORTHANC,
        "DicomAlwaysAllowStore": True,
    }
    settings.write_text(json.dumps(said))
    with _running([program, str(settings)], dict(os.environ), folder) as process:
        yield process, ORTHANC


@contextmanager
def _running(
    command: Sequence[str], environment: dict[str, str], folder: Path
) -> Iterator[subprocess.Popen[str]]:
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said, text=True)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def _send(process: subprocess.Popen[str], port: int, folders: Sequence[Path]) -> Measured:
    """Send all folders at the same time, and look at the receiver meanwhile."""
    _wait_for(process, port)
    found, ended = Measured(), threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, found, ended))
    before, began = _cpu(process.pid), time.perf_counter()
    watch.start()
    how = [STORESCU, "--no-halt", "--required", "--scan-directories"]
    titles = ["-aet", "BENCH", "-aec", "CONDYLE", "127.0.0.1", str(port)]
    senders = [subprocess.Popen([*how, *titles, str(folder)]) for folder in folders]
    codes = [sender.wait() for sender in senders]
    found.seconds, found.cpu = time.perf_counter() - began, _cpu(process.pid) - before
    ended.set()
    watch.join()
    if any(codes):
        raise SystemExit(f"a sender ended with {codes}: not every film was stored")
    return found


def _wait_for(process: subprocess.Popen[str], port: int) -> None:
    """Wait until the receiver answers an echo."""
    ask = ["/usr/bin/echoscu", "-aet", "BENCH", "-aec", "CONDYLE", "127.0.0.1", str(port)]
    while subprocess.run(ask, capture_output=True).returncode:
        if process.poll() is not None:
            raise SystemExit(f"the receiver at port {port} ended with {process.returncode}")
        time.sleep(0.2)


def _watch(pid: int, found: Measured, ended: threading.Event) -> None:
    while not ended.wait(0.2):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        found.sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _say(name: str, found: Measured, films: int) -> None:
    print(
        f"{name:<8} {1000 * found.seconds / films:6.0f} ms a film, "
        f"{1000 * found.cpu / films:5.0f} ms of CPU, {max(found.sizes):5.0f} MiB at most",
        flush=True,
    )


if __name__ == "__main__":
    main()
