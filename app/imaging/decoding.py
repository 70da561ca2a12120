"""Decoding from outside: files go to a process of their own, which may die without harm.

This module never looks into a film itself, so the processes that use it parse nothing untrusted.
"""

import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any, Self

from app import errors
from app.imaging import pseudonyms, scratch
from app.imaging.decode_times import TIMES
from app.imaging.film import Decoded, Identity, KneeFile, RenditionFile
from app.imaging.knees import Orientation, Region
from app.imaging.limits import Limits
from app.imaging.storage import refusing_a_full_disk
from app.imaging.undecodable import Crashing, Hungry, Late, Undecodable
from app.settings import Settings

STARTING_SECONDS = 60
"""Granted to the first file after a start, on top of its own time, for loading the libraries."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""More would only take address space, which is limited."""


class Decoder:
    """A decoding process, started when first needed and again whenever a file ended it.

    Use as a context manager; not from several threads.

    Args:
        settings: gives the memory and time limits and the home folder.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._fresh = True

    def __enter__(self) -> Self:
        home = self._settings.home.absolute()
        self._key = pseudonyms.load_key(home)
        scratch.remove_abandoned(home)
        self._scratch, self._lock = scratch.make(home)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self._scratch.cleanup()
        os.close(self._lock)

    def decode(self, path: Path, with_viewer: bool = False) -> Decoded:
        """Decode and de-identify one file, and make its model rendition.

        Args:
            path: the file.
            with_viewer: whether to make its viewer rendition too.

        Returns:
            What was made of it. Its files are overwritten by the next call.

        Raises:
            Undecodable: the file cannot be imported; says why.
            errors.Refused: the disk is full.
        """
        with TIMES.timed():
            found = self._ask("decode", path, viewer=with_viewer)
        viewer, model = (_file(found[kind]) for kind in ("viewer", "model"))
        known = {
            "stored": Path(found["stored"]),
            "viewer": viewer,
            "model": model,
            "identity": _identity(found),
            "orientation": Orientation(*found["orientation"]),
        }
        return Decoded(**{**found, **known})

    def render(self, path: Path) -> RenditionFile:
        """Make the viewer rendition of a file, which is overwritten by the next call.

        Args:
            path: a de-identified film of the store.

        Raises:
            Undecodable: the file cannot be read.
        """
        return _file(self._ask("render", path))

    def show_the_same(self, path: Path, other: Path) -> bool:
        """Whether two files show the same picture; False where one of them cannot be read."""
        try:
            return bool(self._ask("same", path, other=str(other.absolute()))["same"])
        except Undecodable:
            return False

    def knees(self, path: Path, orientation: Orientation) -> list[KneeFile]:
        """Find the knees of a film of both and make the model rendition of each.

        Args:
            path: the film's file, best the one that was decoded last.
            orientation: of the film.

        Returns:
            The knees found. Their files are overwritten by the next call.

        Raises:
            Undecodable: the file cannot be read.
        """
        found = self._ask("find", path, orientation=orientation)
        return [
            KneeFile(knee["side"], Region(**knee["region"]), _file(knee["model"]))
            for knee in found["knees"]
        ]

    def crop(self, film: Path | RenditionFile, region: Region) -> RenditionFile:
        """Make the model rendition of one region of a film.

        Args:
            film: its de-identified file, or its viewer rendition where that is made.
            region: in pixels of the viewer rendition.

        Raises:
            Undecodable: the file cannot be read.
        """
        if isinstance(film, Path):
            return _file(self._ask("crop", film, region=astuple(region)))
        assert film.path is not None
        return _file(self._ask("crop", film.path, region=astuple(region), **film.greys()))

    def identity(self, path: Path) -> Identity | None:
        """Return whose a film is by its DICOM header, None for PNG and JPEG.

        Raises:
            Undecodable: the file cannot be imported; says why.
        """
        return _identity(self._ask("identity", path))

    def pacs_names(self, path: Path) -> dict[str, str]:
        """Return what a film and its patient are called in the PACS; empty where it does not say.

        They name the patient: they are sealed at once, or forgotten.

        Raises:
            Undecodable: the file cannot be imported; says why.
        """
        names: dict[str, str] = self._ask("pacs names", path)["names"]
        return names

    def _ask(self, what: str, path: Path, **more: Any) -> dict[str, Any]:
        process = self._alive() or self._start()
        asked = {"do": what, "path": str(path.absolute()), **more}
        request = json.dumps(asked).encode() + b"\n"
        reply = _exchange(process, request, self._deadline())
        if reply is None:
            raise self._gone(process)
        self._fresh = False
        return self._opened(json.loads(reply))

    def _opened(self, reply: dict[str, Any]) -> dict[str, Any]:
        if "disk" in reply:
            with refusing_a_full_disk(self._settings.home, 0):
                raise OSError(reply["disk"], "in the decoding process")
        if "memory" in reply:
            self._stop()
            raise self._too_hungry()
        if "refused" in reply:
            raise Undecodable(*reply["refused"])
        done: dict[str, Any] = reply["done"]
        return done

    def _deadline(self) -> float:
        grace = STARTING_SECONDS if self._fresh else 0
        return time.monotonic() + self._settings.decode_seconds + grace

    def _alive(self) -> subprocess.Popen[bytes] | None:
        """A process that ended between two files is no file's fault."""
        if self._process is not None and self._process.poll() is not None:
            self._stop()
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app.imaging.decoder", self._scratch.name]
        self._process = subprocess.Popen(
            [*command, str(self._settings.decode_memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={**os.environ, **ONE_THREAD},
            bufsize=0,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(self._rules()).encode() + b"\n")
        self._fresh = True
        return self._process

    def _rules(self) -> dict[str, Any]:
        """What the process needs to know before the first file, see `decoder.Rules`."""
        settings = self._settings
        return {
            "key": self._key.hex(),
            "limits": asdict(
                Limits(round(settings.decode_megapixels * 1e6), settings.decode_file_mb * 2**20)
            ),
            "devices": settings.device_names,
        }

    def _gone(self, process: subprocess.Popen[bytes]) -> errors.Refused:
        """End the process that did not answer, and say what that means for the file."""
        ended = process.poll()
        fresh = self._fresh
        self._stop()
        if ended is None:
            return Late(
                f"The file took longer than {self._settings.decode_seconds:g} s to decode.",
                "",
                "Export the film again, or raise CONDYLE_DECODE_SECONDS.",
            )
        if ended == -9:
            return self._too_hungry()
        if fresh and ended > 0:
            raise errors.Refused(
                "The decoding process cannot start.",
                f"CONDYLE_DECODE_MEMORY_MB={self._settings.decode_memory_mb}",
                "Raise that setting, then start again.",
            )
        return Crashing(
            "The file makes the decoder crash.", "", "Export the film again; it may be damaged."
        )

    def _too_hungry(self) -> Undecodable:
        return Hungry(
            f"The file needs more than {self._settings.decode_memory_mb} MiB to decode.",
            "",
            "Export the film again, or raise CONDYLE_DECODE_MEMORY_MB.",
        )

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _identity(reply: dict[str, Any]) -> Identity | None:
    return Identity(**reply["identity"]) if reply["identity"] else None


def _file(written: dict[str, Any]) -> RenditionFile:
    path = written["path"]
    return RenditionFile(**{**written, "path": path and Path(path)})


def _exchange(process: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes | None:
    """Send a request and return the answer's line; None when none came in time, or ever will."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(request)
    except BrokenPipeError:
        process.wait()
        return None
    reply = b""
    # Not `select`, which takes no file descriptor beyond 1,023; a process may have more open.
    answered = select.poll()
    answered.register(process.stdout, select.POLLIN)
    while not reply.endswith(b"\n"):
        left = deadline - time.monotonic()
        if left <= 0 or not answered.poll(1000 * left):
            return None
        part = os.read(process.stdout.fileno(), 65536)
        if not part:
            process.wait()
            return None
        reply += part
    return reply
