"""A small DICOMweb service of a test's own, which does what a real PACS should not."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

DX = "1.2.840.10008.5.1.4.1.1.1.1"
LISTED = ("StudyInstanceUID", "StudyDate", "StudyTime", "PatientID")
MULTIPART = 'multipart/related; type="application/dicom"; boundary=part'
JSON = "application/dicom+json"


class Twist(NamedTuple):
    """What is answered instead: anything that is left out is as it would be."""

    status: int = 200
    body: bytes | None = None
    kind: str = ""
    location: str = ""
    cut: float = 1.0
    """Share of the body after which the line goes dead."""
    seconds: float = 0.0
    """Of silence before it."""


def film(number: int, **attributes: object) -> Dataset:
    """Return a film of a study and a patient of its own: all pictures differ."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = DX, f"1.2.3.{number}.1.1"
    made.StudyInstanceUID, made.SeriesInstanceUID = f"1.2.3.{number}", f"1.2.3.{number}.1"
    made.PatientID, made.PatientName = f"P{number}", "Müller^Jane"
    made.StudyDate, made.StudyTime = f"2020{1 + number % 12:02d}{1 + number % 28:02d}", "101500"
    made.Modality, made.BodyPartExamined = "DX", "KNEE"
    made.StudyDescription = "Knie ap stehend"
    made.Rows = made.Columns = 16
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.SamplesPerPixel, made.PixelRepresentation = 1, 0
    made.PhotometricInterpretation = "MONOCHROME2"
    made.PixelData = np.full((16, 16), number, "<u2").tobytes()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def file_of(film: Dataset) -> bytes:
    """Return a film as a file."""
    written = BytesIO()
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    film.save_as(written, enforce_file_format=True)
    return written.getvalue()


class DicomWeb:
    """A service that lists, describes and hands out films.

    Attributes:
        films: what it has.
        ignores: keywords of filters it passes over.
        limit: studies after which it ends each list, without a word.
        twists: says of a path and its query what is answered instead; None: nothing else.
        asked: each path with its query.
    """

    def __init__(self, *films: Dataset) -> None:
        self.films = list(films)
        self.ignores: set[str] = set()
        self.limit: int | None = None
        self.twists: Callable[[str], Twist | None] = lambda path: None
        self.asked: list[str] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/dicom-web")
                peer.asked.append(path)
                twist = peer.twists(path) or Twist()
                status, kind, body = peer.answer(path)
                if twist.status != 200 or twist.body is not None:
                    status, body = twist.status, twist.body or b"of Jane"
                time.sleep(twist.seconds)
                self.send_response(status)
                if twist.location:
                    self.send_header("Location", twist.location)
                self.send_header("Content-Type", twist.kind or kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: int(len(body) * twist.cut)])

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/dicom-web"

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, media type and body that a good service answers."""
        place, parts = urlsplit(path), urlsplit(path).path.strip("/").split("/")
        if len(parts) == 1:
            filters = dict(each.split("=") for each in place.query.split("&"))
            return 200, JSON, self._listed(filters)
        mine = [each for each in self.films if each.StudyInstanceUID == parts[1]]
        if len({each.PatientID for each in mine}) != 1:
            return 404, JSON, b""
        if parts[-1] == "metadata":
            return 200, JSON, _json([_described(each) for each in mine])
        found = [file_of(each) for each in mine if each.SOPInstanceUID == parts[-1]]
        if not found:
            return 404, JSON, b""
        head = b"--part\r\nContent-Type: application/dicom\r\n\r\n"
        return 200, MULTIPART, head + found[0] + b"\r\n--part--\r\n"

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()

    def _listed(self, filters: dict[str, str]) -> bytes:
        most = int(filters.pop("limit"))
        kept = {name: value for name, value in filters.items() if name not in self.ignores}
        found: dict[tuple[str, str], Dataset] = {}
        for each in self.films:
            if all(_fits(each, name, value) for name, value in kept.items()):
                found.setdefault((each.StudyInstanceUID, each.PatientID), each)
        most = min(most, self.limit or most)
        return _json([_entry(each) for each in list(found.values())[:most]])


def _entry(film: Dataset) -> Dataset:
    entry = Dataset()
    for name in LISTED:
        setattr(entry, name, film.get(name, ""))
    entry.ModalitiesInStudy = [film.Modality]
    return entry


def _described(film: Dataset) -> Dataset:
    described = Dataset()
    described.update({each.tag: each for each in film if each.keyword != "PixelData"})
    return described


def _json(found: list[Dataset]) -> bytes:
    return f"[{','.join(each.to_json() for each in found)}]".encode()


def _fits(film: Dataset, name: str, value: str) -> bool:
    own = str(film.get("Modality" if name == "ModalitiesInStudy" else name, ""))
    if name in ("StudyDate", "StudyTime"):
        first, _, last = value.partition("-")
        return first <= own <= (last or first)
    if "*" in value:
        pieces = [each.casefold() for each in value.split("*") if each]
        return all(each in own.casefold() for each in pieces)
    return own == value
