"""The decoding process: `python -m app.imaging.decoder SCRATCH MEMORY_MIB`.

It reads the secret of the pseudonyms and then one request a line from stdin, and writes one answer
a line to stdout (JSON, see `answer`). Whatever a file does to it (crash, endless loop, all the
memory) stays in this process, and whatever a library says about a file stays unsaid, because such
messages may quote the patient.
"""

import errno
import json
import logging
import os
import resource
import struct
import sys
import warnings
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import cv2

from app import errors
from app.imaging import dicom, plain, rendering
from app.imaging.film import Decoded, Film, RenditionFile
from app.imaging.limits import check_bytes

SIGNATURE_BYTES = 132
HEADERLESS = (b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08")
"""How a DICOM dataset without a preamble begins: group 2 or 8, in either byte order."""


def read(path: Path, key: bytes) -> Film:
    """Read a DICOM, PNG or JPEG file, told apart by how it begins and never by its name.

    Args:
        path: the file.
        key: the secret of the pseudonyms.

    Raises:
        errors.Refused: the file is none of these, or cannot be shown.
    """
    check_bytes(path.stat().st_size)
    if _start(path).startswith(plain.SIGNATURES):
        return plain.read(path)
    _check_dicom(path)
    return dicom.read(path, key)


def patient_key(path: Path, key: bytes) -> str:
    """Return the patient's pseudonym from a DICOM header, empty for PNG and JPEG."""
    check_bytes(path.stat().st_size)
    if _start(path).startswith(plain.SIGNATURES):
        return ""
    _check_dicom(path)
    return dicom.read_patient_key(path, key)


def write(film: Film, scratch: Path) -> Decoded:
    """Render a film and write its files.

    Args:
        film: as read.
        scratch: an existing folder; files of the film before are overwritten.

    Returns:
        Where the files are, and what is known of the film.
    """
    picture = rendering.viewer(film)
    viewer = _write_png(picture, scratch / "viewer.png")
    model = _write_png(rendering.model(picture), scratch / "model.png")
    stored = viewer.path
    if film.stored is not None:
        stored = scratch / "stored.dcm"
        stored.write_bytes(film.stored)
    return Decoded(
        stored=stored,
        viewer=viewer,
        model=model,
        patient_key=film.patient_key,
        study_key=film.study_key,
        image_key=film.image_key,
        laterality=film.laterality,
        view=film.view,
        site=film.site,
        spacing_mm=film.spacing_mm,
        spacing_plane=film.spacing_plane,
        details=film.details,
    )


def answer(request: dict[str, str], scratch: Path, key: bytes) -> dict[str, Any]:
    """Carry out one request; every failure becomes a reason.

    Args:
        request: `do` is `decode` or `patient`; `path` is the file.
        scratch: where to write what `decode` makes.
        key: the secret of the pseudonyms.

    Returns:
        One of `done` (what was found), `refused` (what, where, do), `memory` or `disk` (errno).
    """
    try:
        if request["do"] == "patient":
            return {"done": {"patient_key": patient_key(Path(request["path"]), key)}}
        return {"done": asdict(write(read(Path(request["path"]), key), scratch))}
    except errors.Refused as error:
        return {"refused": [error.what, error.where, error.do]}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return {"disk": error.errno}
        return _damaged(error)
    except Exception as error:
        return {"memory": True} if _out_of_memory(error) else _damaged(error)


def main(scratch: str, memory_mib: str) -> None:
    """Answer requests until stdin ends; its first line is the secret of the pseudonyms."""
    limit = int(memory_mib) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    cv2.setNumThreads(1)
    answers = _private_stdout()
    key = bytes.fromhex(sys.stdin.readline())
    for line in sys.stdin:
        reply = answer(json.loads(line), Path(scratch), key)
        print(json.dumps(reply, default=str), file=answers, flush=True)


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
    if start[128:132] != b"DICM" and not start.startswith(HEADERLESS):
        raise errors.Refused(
            "The file is empty." if not start else "The file is no DICOM, PNG or JPEG image.",
            "",
            "Leave it out, or export the film as DICOM.",
        )


def _write_png(picture: rendering.Picture, path: Path) -> RenditionFile:
    path.write_bytes(rendering.png(picture))
    height, width = picture.pixels.shape
    return RenditionFile(path, width, height, picture.bits, picture.centre, picture.width)


def _out_of_memory(error: Exception) -> bool:
    """pydicom and OpenCV report a failed allocation as errors of their own, in words only."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "memory" in said or "allocate" in said


def _damaged(error: Exception) -> dict[str, Any]:
    early = isinstance(error, (EOFError, struct.error, zlib.error))
    how = "truncated or damaged" if early else "damaged"
    return {
        "refused": [
            f"The file is {how}: it cannot be decoded ({type(error).__name__}).",
            "",
            "Copy or export the film again.",
        ]
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
