"""The decoding process: `python -m app.imaging.decoder SCRATCH MEMORY_MIB`.

It reads its rules, and then one request a line from stdin, and writes one answer a line to stdout
(JSON, see `Rules` and `answer`). Whatever a file does to it (crash, endless loop, all the
memory) stays in this process, and whatever a library says about a file stays unsaid, because such
messages may quote the patient.
"""

import json
import logging
import os
import resource
import sys
import traceback
import warnings
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

import cv2

from app import errors
from app.imaging import crops, dicom, loading, plain, rendering
from app.imaging.film import Decoded, Identity, StoredFilm
from app.imaging.knees import Orientation, Region
from app.imaging.limits import LIMITS, Limits
from app.imaging.rendering import Picture

SIGNATURE_BYTES = 132


@dataclass(frozen=True)
class Rules:
    """What holds for every file of one decoding process.

    Attributes:
        key: the secret of the pseudonyms.
        limits: how large a film may be.
        devices: names of devices that may be kept.
    """

    key: bytes
    limits: Limits
    devices: tuple[str, ...]


def read(
    path: Path, key: bytes, limits: Limits = LIMITS, devices: Collection[str] = ()
) -> StoredFilm:
    """Read a DICOM, PNG or JPEG file, told apart by how it begins and never by its name.

    Args:
        path: the file.
        key: the secret of the pseudonyms.
        limits: how large a film may be.
        devices: names of devices that may be kept.

    Raises:
        errors.Refused: the file is none of these, or cannot be shown.
    """
    limits.check_bytes(path.stat().st_size)
    if _start(path).startswith(plain.SIGNATURES):
        return plain.read(path, limits)
    _check_dicom(path)
    return dicom.read(path, key, limits, devices)


def identity(path: Path, key: bytes, limits: Limits = LIMITS) -> Identity | None:
    """Return whose a film is from a DICOM header, None for PNG and JPEG."""
    limits.check_bytes(path.stat().st_size)
    if _start(path).startswith(plain.SIGNATURES):
        return None
    _check_dicom(path)
    return dicom.read_identity(path, key, limits)


def pacs_names(path: Path, limits: Limits = LIMITS) -> dict[str, str]:
    """Return what a film is called in the PACS; nothing for PNG, JPEG, and what lacks a UID."""
    limits.check_bytes(path.stat().st_size)
    if _start(path).startswith(plain.SIGNATURES):
        return {}
    _check_dicom(path)
    return dicom.read_pacs_names(path, limits)


def write(film: StoredFilm, picture: Picture, scratch: Path, with_viewer: bool = False) -> Decoded:
    """Write the files of a film.

    Args:
        film: as read.
        picture: its viewer rendition.
        scratch: an existing folder; files of the film before are overwritten.
        with_viewer: whether to write that rendition; it is written, too, where it is all that is
            stored of the film.

    Returns:
        Where the files are, and what is known of the film.
    """
    written = with_viewer or film.stored is None
    viewer = rendering.write(picture, scratch / "viewer.png" if written else None)
    model = rendering.write(rendering.model(picture), scratch / "model.png")
    stored = scratch / ("viewer.png" if film.stored is None else "stored.dcm")
    if film.stored is not None:
        stored.write_bytes(film.stored)
    return Decoded(
        stored=stored,
        viewer=viewer,
        model=model,
        identity=film.identity,
        laterality=film.laterality,
        view=film.view,
        orientation=film.orientation,
        spacing_mm=film.spacing_mm,
        spacing_plane=film.spacing_plane,
        details=film.details,
        names=film.names,
        suspicions=film.suspicions,
    )


class Shown:
    """The films a process is asked for, the last of which it still has as it is shown."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._path: Path | None = None
        self._picture: Picture | None = None

    def film(self, path: Path) -> tuple[StoredFilm, Picture]:
        """Read a file and make its viewer rendition."""
        self._path = None
        film = read(path, self._rules.key, self._rules.limits, self._rules.devices)
        self._picture = rendering.viewer(film)
        self._path = path
        return film, self._picture

    def picture(self, request: dict[str, Any]) -> Picture:
        """Return the viewer rendition of a file, or the one that the file is.

        Args:
            request: `path`; where that is a viewer rendition, its `bits`, `window_centre` and
                `window_width` too.
        """
        path = Path(request["path"])
        if "bits" in request:
            return crops.opened(request)
        if path == self._path and self._picture is not None:
            return self._picture
        return self.film(path)[1]


def carry_out(request: dict[str, Any], scratch: Path, rules: Rules, shown: Shown) -> dict[str, Any]:
    """Carry out one request; arguments and result as those of `answer`, but for failures."""
    path, what = Path(request["path"]), request["do"]
    if what == "identity":
        found = identity(path, rules.key, rules.limits)
        return {"identity": found and asdict(found)}
    if what == "pacs names":
        return {"names": pacs_names(path, rules.limits)}
    if what == "decode":
        film, picture = shown.film(path)
        return asdict(write(film, picture, scratch, request.get("viewer", False)))
    picture = shown.picture(request)
    if what == "render":
        return asdict(rendering.write(picture, scratch / "viewer.png"))
    if what == "same":
        return {"same": rendering.are_the_same(picture, shown.picture({"path": request["other"]}))}
    if what == "find":
        return crops.find(picture, Orientation(*request["orientation"]), scratch)
    return crops.crop(picture, Region(*request["region"]), scratch)


def answer(
    request: dict[str, Any], scratch: Path, rules: Rules, shown: Shown | None = None
) -> dict[str, Any]:
    """Carry out one request; every failure becomes a reason.

    Args:
        request: `path` is the file, and `do` what is asked: to `decode` it (with its `viewer`
            rendition where that is true), for its `identity` or its `pacs names`, to `render` its
            viewer rendition, to `find` its knees by its `orientation`, to `crop` a `region` of it,
            or whether it shows the `same` picture as the file `other`.
        scratch: where to write what is made.
        rules: of the process.
        shown: the films of the process.

    Returns:
        One of `done` (what was found), `refused` (what, where, do), `memory` or `disk` (errno).
    """
    path = Path(request["path"])
    try:
        return {"done": carry_out(request, scratch, rules, shown or Shown(rules))}
    except errors.Refused as error:
        return {"refused": [error.what, error.where, error.do]}
    except OSError as error:
        if error.errno in errors.NO_SPACE:
            return {"disk": error.errno}
        return _unreadable(error) if error.filename == str(path) else _our_fault(error)
    except Exception as error:
        return {"memory": True} if _out_of_memory(error) else _our_fault(error)


def main(scratch: str, memory_mib: str) -> None:
    """Answer requests until stdin ends; its first line is the `Rules`, in JSON."""
    limit = int(memory_mib) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    cv2.setNumThreads(1)
    answers = _private_stdout()
    rules = _rules(json.loads(sys.stdin.readline()))
    shown = Shown(rules)
    for line in sys.stdin:
        reply = answer(json.loads(line), Path(scratch), rules, shown)
        print(json.dumps(reply, default=str), file=answers, flush=True)


def _rules(stated: dict[str, Any]) -> Rules:
    return Rules(bytes.fromhex(stated["key"]), Limits(**stated["limits"]), tuple(stated["devices"]))


def _private_stdout() -> TextIO:
    """Keep stdout for answers: a C library that prints must not be taken for one."""
    answers = os.fdopen(os.dup(1), "w")
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return answers


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(SIGNATURE_BYTES)


def _check_dicom(path: Path) -> None:
    start = _start(path)
    if start[128:132] == b"DICM" or start.startswith(loading.BEGINNINGS):
        return
    what = "The file is no DICOM, PNG or JPEG image."
    if len(start) < SIGNATURE_BYTES:
        what = f"The file is truncated, or is no image: it has {len(start)} bytes."
    raise errors.Refused(
        what if start else "The file is empty.",
        "",
        "Copy the file again; if it is no image, leave it out.",
    )


def _out_of_memory(error: Exception) -> bool:
    """pydicom and OpenCV report a failed allocation as errors of their own, in words only."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "memory" in said or "allocate" in said


def _unreadable(error: OSError) -> dict[str, Any]:
    return {
        "refused": [
            f"The file cannot be read: {os.strerror(error.errno or 0)}.",
            "",
            "Check the disk and the rights of the file, then import it again.",
        ]
    }


def _our_fault(error: Exception) -> dict[str, Any]:
    """What is not foreseen is said to be a fault of this program, with its place in our code.

    Neither the error's own words nor any value are told: they may quote the patient.
    """
    places = [
        f"{frame.f_globals.get('__name__', '')}:{frame.f_code.co_name}"
        for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    ours = [place for place in places if place.startswith("app.")]
    return {
        "refused": [
            "Condyle could not read this film; this is a fault of Condyle's, not of the file.",
            f"{type(error).__name__} in {ours[-1] if ours else places[-1]}",
            "Report it with these words. The other films are imported.",
        ]
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
