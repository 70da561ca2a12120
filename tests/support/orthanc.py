"""Debian's Orthanc as a PACS, in a network of its own where the kernel lets us make one."""

import ctypes
import json
import os
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from support.servers import free_port

PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
USER, SECRET = "condyle", "quiet grey meniscus"
BASIC = "Basic " + b64encode(f"{USER}:{SECRET}".encode()).decode()
NEW_NETWORK = 0x40000000
"""CLONE_NEWNET, see `man 2 setns`."""


class Reply(NamedTuple):
    """What Orthanc answered over HTTP."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return what it says."""
        return json.loads(self.body)


class Orthanc:
    """An empty PACS, `ORTHANC`; `CONDYLE` and `PACS1` may send to it, and `USER` may ask by HTTP.

    Whatever speaks to it does so within `network()`: it hears nobody else, and reaches nobody.

    Args:
        folder: of its films.
        more: of its configuration.
    """

    title = "ORTHANC"

    def __init__(self, folder: Path, **more: object) -> None:
        assert PLUGIN.exists(), "orthanc-dicomweb is not installed: run `make system-packages`"
        self.http, self.dicom = free_port(), free_port()
        known = {title: [title, "127.0.0.1", 1] for title in ("CONDYLE", "PACS1")}
        said = {
            "StorageDirectory": str(folder / "films"),
            "IndexDirectory": str(folder / "films"),
            "HttpPort": self.http,
            "DicomPort": self.dicom,
            "DicomAet": self.title,
            "DicomCheckCalledAet": True,
            "DicomAlwaysAllowStore": False,
            "DicomModalities": known,
            "AuthenticationEnabled": True,
            "RegisteredUsers": {USER: SECRET},
            "Plugins": [str(PLUGIN)],
            "DicomWeb": {"Enable": True},
            "JobsHistorySize": 0,
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "orthanc.json").write_text(json.dumps(said | more))
        self._log = (folder / "orthanc.log").open("wb")
        apart = ["unshare", "--net"] if _may_be_apart() else []
        loopback = "ip link set lo up; " if apart else ""
        command = ["sh", "-c", f"{loopback}exec Orthanc {folder / 'orthanc.json'}"]
        self._process = subprocess.Popen(
            [*apart, *command], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._apart = bool(apart)

    def wait_until_there(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, Path(self._log.name).read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @contextmanager
    def network(self) -> Iterator[None]:
        """Have this thread, and the processes and threads it starts, be in Orthanc's network."""
        if not self._apart:
            yield
            return
        with (
            Path("/proc/thread-self/ns/net").open() as ours,
            Path(f"/proc/{self._process.pid}/ns/net").open() as its,
        ):
            _enter(its.fileno())
            try:
                yield
            finally:
                _enter(ours.fileno())

    def ask(self, path: str, method: str = "GET", body: bytes = b"") -> Reply:
        """Ask it something by its own HTTP interface."""
        with self.network():
            connection = HTTPConnection("127.0.0.1", self.http, timeout=30)
            try:
                connection.request(method, path, body, {"Authorization": BASIC})
                answer = connection.getresponse()
                return Reply(answer.status, answer.read())
            finally:
                connection.close()

    def files(self) -> list[bytes]:
        """Return every object it has, as files."""
        numbers = sorted(self.ask("/instances").json())
        return [self.ask(f"/instances/{number}/file").body for number in numbers]

    def stop(self) -> None:
        """Go away, at once: nobody wants its films back."""
        self._process.kill()
        self._process.wait(30)
        self._log.close()

    def _answers(self) -> bool:
        try:
            return self.ask("/system").status == 200
        except OSError:
            return False


def _may_be_apart() -> bool:
    """Whether a network of its own can be made and entered, which root may unless it is kept in."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "--net", "true"]).returncode == 0


def _enter(network: int) -> None:
    """Move this thread into a network."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(network, NEW_NETWORK):
        raise OSError(ctypes.get_errno(), "setns")
