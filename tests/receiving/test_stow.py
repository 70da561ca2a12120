"""Films that a program stores by DICOMweb: each has its verdict, and none stored is lost."""

import socket
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import generate_uid
from support.peers import arrived, counted, film, large, wait_until
from support.reading_room import Server
from support.web import Web

from app.db.engine import Database
from app.receiving.encodings import SYNTAXES, beginning_of
from app.settings import Settings

STUDIES = "/api/v1/dicomweb/studies"
BOUNDARY = "condyle-tests"
HEADERS = {"Content-Type": f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'}
STORED, FAILED, OTHER = "00081199", "00081198", "0008119A"
MR = "1.2.840.10008.5.1.4.1.1.4"


def body(*objects: bytes, kind: str = "application/dicom", ends: bool = True) -> bytes:
    """A multipart body of some objects."""
    head = f"\r\n--{BOUNDARY}\r\nContent-Type: {kind}\r\n\r\n".encode()
    end = f"\r\n--{BOUNDARY}--\r\n".encode() if ends else b""
    return b"".join(head + each for each in objects) + end


def reasons(answer: dict[str, Any], tag: str) -> list[int]:
    """The reasons of the failures of an answer."""
    return [item["00081197"]["Value"][0] for item in answer.get(tag, {}).get("Value", [])]


def stored(answer: dict[str, Any]) -> list[str]:
    """The SOP Instance UIDs that an answer says are stored."""
    return [item["00081155"]["Value"][0] for item in answer.get(STORED, {}).get("Value", [])]


def left(settings: Settings) -> list[str]:
    """What lies in the folder of received films, and what is left of what was being sent."""
    return [path.name for path in (settings.home / "received").rglob("*") if path.is_file()]


def test_each_object_has_its_own_verdict(
    sqlite_database: Database, here: Settings, open_receiver: Any, tmp_path: Path
) -> None:
    web = Web(sqlite_database, here.model_copy(update={"dicom_film_mb": 1}))
    program = web.program("Grace", "store", role="admin")
    good = film(tmp_path / "a.dcm", 1)
    uid, study = dcmread(good).SOPInstanceUID, dcmread(good).StudyInstanceUID
    assert open_receiver(sqlite_database).run("storescu", good).returncode == 0

    def told(address: str, *objects: bytes, **how: Any) -> tuple[int, dict[str, Any]]:
        answer = program.post(address, content=body(*objects, **how), headers=HEADERS)
        assert answer.headers["content-type"] == "application/dicom+json"
        return answer.status_code, answer.json()

    another_meta = dcmread(good)
    another_meta.file_meta.ImplementationClassUID = generate_uid()
    another_meta.save_as(tmp_path / "meta.dcm")
    other_bytes = film(tmp_path / "b.dcm", 1, PatientSex="F")
    elsewhere = film(tmp_path / "c.dcm", 2).read_bytes()
    slice_ = film(tmp_path / "mr.dcm", 1, SOPClassUID=MR).read_bytes()
    nameless = good.read_bytes().replace(uid.encode(), b"x" * len(uid))
    status, answer = told(
        f"{STUDIES}/{study}",
        (tmp_path / "meta.dcm").read_bytes(),
        other_bytes.read_bytes(),
        elsewhere,
        slice_,
        nameless,
        b"no film at all",
        good.read_bytes()[:300],
        large(tmp_path / "large.dcm", 3, 1.5).read_bytes(),
    )
    assert (status, stored(answer)) == (202, [uid, uid])
    assert reasons(answer, FAILED) == [0xA900, 0x0122]
    assert reasons(answer, OTHER) == [0xC000, 0xC000, 0xC000, 0xA700]
    assert [row.put_aside for row in arrived(sqlite_database)] == [False, True]
    (who,) = {name for name, _what in counted(sqlite_database)} - {"PACS1"}
    assert who.startswith("token ")
    told_of = {
        what: count for (name, what), count in counted(sqlite_database).items() if name == who
    }
    assert told_of == {
        "again": 1,
        "put_aside": 1,
        "study": 1,
        "classes": 1,
        "unnamed": 1,
        "no_dicom": 2,
        "film_size": 1,
    }
    assert told(STUDIES, elsewhere)[0] == 200
    assert told(STUDIES, b"no film")[0] == 409
    assert told(STUDIES, elsewhere, kind="image/jpeg") == (
        409,
        {
            "00081190": {"vr": "UR"},
            OTHER: {"vr": "SQ", "Value": [{"00081197": {"vr": "US", "Value": [0xC000]}}]},
        },
    )
    assert sorted(left(here)) == sorted(f"{row.digest}.dcm" for row in arrived(sqlite_database))


def test_who_may_not_store_stores_nothing(
    sqlite_database: Database, here: Settings, tmp_path: Path
) -> None:
    web = Web(sqlite_database, here)
    whole = body(film(tmp_path / "a.dcm", 1).read_bytes())
    for client, headers, status in (
        (web.anonymous(), HEADERS, 401),
        (web.program("Grace", "runs", role="admin"), HEADERS, 403),
        (web.program("Grace", "store", role="admin"), {"Content-Type": "application/dicom"}, 415),
        (web.program("Grace", "store"), {"Content-Type": "multipart/related; boundary=x"}, 415),
    ):
        assert client.post(STUDIES, content=whole, headers=headers).status_code == status
    program = web.program("Grace", "store")
    assert program.post(STUDIES, content=b"--other\r\n", headers=HEADERS).status_code == 422
    assert program.post(f"{STUDIES}/no-uid", content=whole, headers=HEADERS).status_code == 422
    assert program.post(STUDIES, content=body(), headers=HEADERS).status_code == 422
    for boundary in ("", "b" * 71):
        unfit = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}'
        }
        assert program.post(STUDIES, content=whole, headers=unfit).status_code == 415
    assert (arrived(sqlite_database), left(here)) == ([], [])


def test_of_a_body_that_breaks_off_what_was_whole_is_stored(
    sqlite_database: Database, sqlite_url: str, here: Settings, tmp_path: Path
) -> None:
    settings = here.model_copy(update={"database_url": sqlite_url})
    program = Web(sqlite_database, settings).program("Grace", "store", role="admin")
    films = [large(tmp_path / f"{number}.dcm", number, 0.5).read_bytes() for number in (1, 2)]
    whole, server = body(*films), Server(settings)
    try:
        token = program.headers["Authorization"]
        lines = {"Host": "here", "Authorization": token, "Content-Length": str(len(whole))}
        head = "".join(f"{name}: {value}\r\n" for name, value in (HEADERS | lines).items())
        with socket.create_connection(("127.0.0.1", server.port)) as wire:
            wire.sendall(f"POST {STUDIES} HTTP/1.1\r\n{head}\r\n".encode())
            wire.sendall(whole[: len(whole) - 1000])
        wait_until(lambda: sorted(counted(sqlite_database).values()) == [1, 1])
        assert {what for _who, what in counted(sqlite_database)} == {"stored", "cut"}
        wait_until(lambda: len(left(settings)) == 1)
        unended = httpx.post(
            server.url + STUDIES,
            content=body(*films, ends=False),
            headers=HEADERS | {"Authorization": token},
        )
        assert (unended.status_code, len(stored(unended.json()))) == (202, 1)
        assert reasons(unended.json(), OTHER) == [0xC000]
        again = httpx.post(
            server.url + STUDIES, content=whole, headers=HEADERS | {"Authorization": token}
        )
        assert (again.status_code, len(stored(again.json()))) == (200, 2)
    finally:
        server.stop()
    assert len(left(settings)) == len(arrived(sqlite_database)) == 2


def test_of_two_hundred_films_from_four_senders_at_once_none_is_missing(
    database: Database, database_url: str, here: Settings, tmp_path: Path
) -> None:
    settings = here.model_copy(update={"database_url": database_url})
    program = Web(database, settings).program("Grace", "store", role="admin")
    films = [film(tmp_path / f"{number}.dcm", number).read_bytes() for number in range(1, 201)]
    server = Server(settings)
    headers = HEADERS | {"Authorization": program.headers["Authorization"]}

    def send(sender: int) -> list[str]:
        """Send a quarter of the films, and ten of the next sender's, ten in each request."""
        mine = [films[(sender * 50 + place) % 200] for place in range(60)]
        found: list[str] = []
        with httpx.Client(base_url=server.url, headers=headers, timeout=120) as client:
            for begin in range(0, 60, 10):
                answer = client.post(STUDIES, content=body(*mine[begin : begin + 10]))
                assert answer.status_code == 200, answer.text
                found += stored(answer.json())
        return found

    try:
        with ThreadPoolExecutor(4) as pool:
            said = [uid for uids in pool.map(send, range(4)) for uid in uids]
    finally:
        server.stop()
    assert (len(said), len(set(said))) == (240, 200)
    rows = arrived(database)
    assert len(rows) == 200
    assert not any(row.put_aside for row in rows)
    assert sorted(left(settings)) == sorted(f"{row.digest}.dcm" for row in rows)
    counts = {what: count for (_who, what), count in counted(database).items()}
    assert counts == {"stored": 200, "again": 40}


@pytest.mark.parametrize("uid", ["1.2.3", "1.2.34", "9" * 64])
def test_what_stands_in_front_of_a_film_is_what_the_standard_asks_for(uid: str) -> None:
    read = dcmread(BytesIO(beginning_of("1.2.840.10008.5.1.4.1.1.1", uid, SYNTAXES[0])))
    meta = read.file_meta
    assert meta.MediaStorageSOPInstanceUID == uid
    again = DicomBytesIO()
    write_file_meta_info(again, meta, enforce_standard=True)
    assert beginning_of("1.2.840.10008.5.1.4.1.1.1", uid, SYNTAXES[0])[132:] == again.getvalue()
