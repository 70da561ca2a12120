"""What the receiver takes from real peers, and what it refuses: nothing is said that is not so."""

import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from files import bad_films
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom.ae import ApplicationEntity
from support.peers import Peer, arrived, counted, film, large, wait_until, written

from app import errors
from app.db.engine import Database
from app.imaging import objects
from app.receiving.contexts import VERIFICATION
from app.receiving.encodings import SYNTAXES
from app.receiving.peers import peers_of
from app.settings import Settings

Open = Callable[..., Peer]
MR = "1.2.840.10008.5.1.4.1.1.4"


def received(settings: Settings) -> list[Path]:
    """Every file that is left of what was sent."""
    return sorted(path for path in (settings.home / "received").rglob("*") if path.is_file())


def test_what_was_sent_is_on_the_disk_as_it_was(
    database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(database)
    dataset = bad_films.good()
    dataset.add_new(0x00290010, "LO", "CONDYLE TESTS")
    dataset.add_new(0x00291010, "SH", "typed")
    plain = written(tmp_path / "in/plain.dcm", dataset)
    jpeg = tmp_path / "in/jpeg.dcm"
    jpeg.write_bytes(
        bad_films.encapsulated(
            bad_films.jpeg_header(48, 64), JPEGBaseline8Bit, SOPInstanceUID="1.2.9"
        )
    )
    assert peer.run("echoscu").returncode == 0
    sent = peer.run("dcmsend", plain, jpeg)
    assert sent.returncode == 0, sent.stderr
    files = map(dcmread, received(here))
    found = {str(each.SOPInstanceUID): each for each in files}
    assert found["1.2.3.4.5"].file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert found["1.2.3.4.5"] == dcmread(plain)
    assert found["1.2.3.4.5"][0x00291010].VR == "SH"
    assert found["1.2.9"].file_meta.TransferSyntaxUID == JPEGBaseline8Bit
    assert [row.put_aside for row in arrived(database)] == [False, False]
    assert counted(database) == {("PACS1", "stored"): 2}


def test_every_way_of_encoding_that_an_import_reads_is_taken() -> None:
    read = {*objects.NATIVE, *objects.COMPRESSED} - {"1.2.840.10008.1.2.1.98"}
    assert set(SYNTAXES) == read


def test_another_modality_is_taken_nothing_of_and_counted(
    sqlite_database: Database, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database)
    slice_ = film(tmp_path / "mr.dcm", 1, SOPClassUID=MR, Modality="MR")
    assert peer.run("storescu", "-R", slice_).returncode != 0
    assert arrived(sqlite_database) == []
    assert counted(sqlite_database) == {("PACS1", "classes"): 1}


def test_the_same_film_again_is_a_success_and_another_with_its_uid_is_put_aside(
    database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(database)
    first, other = film(tmp_path / "a.dcm", 1), film(tmp_path / "b.dcm", 1, PatientSex="F")
    last = film(tmp_path / "c.dcm", 2)
    sent = peer.run("storescu", first, other, last, first, other)
    assert sent.returncode == 0, sent.stderr
    rows = arrived(database)
    assert [row.put_aside for row in rows] == [False, True, False]
    assert [path.stem for path in received(here)] == sorted(row.digest for row in rows)
    assert counted(database) == {
        ("PACS1", "stored"): 2,
        ("PACS1", "put_aside"): 1,
        ("PACS1", "again"): 2,
    }


def test_a_film_without_a_usable_name_is_refused_and_the_rest_goes_on(
    sqlite_database: Database, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database)
    nameless = film(tmp_path / "a.dcm", 1)
    nameless.write_bytes(
        nameless.read_bytes().replace(b"1.2.826.0.1.3680043", b"x.2.826.0.1.3680043")
    )
    peer.run("storescu", "-nh", nameless, film(tmp_path / "b.dcm", 2))
    assert counted(sqlite_database) == {("PACS1", "unnamed"): 1, ("PACS1", "stored"): 1}


def test_of_an_association_that_is_cut_within_a_film_nothing_is_left(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database)
    whole = large(tmp_path / "a.dcm", 1, 2)
    with Wire(peer.port, passes=2**20) as wire:
        assert Peer(wire.port).run("storescu", whole).returncode != 0
    wait_until(lambda: counted(sqlite_database) == {("PACS1", "cut"): 1})
    assert (arrived(sqlite_database), received(here)) == ([], [])
    assert peer.run("storescu", whole).returncode == 0
    assert len(arrived(sqlite_database)) == 1


class Wire:
    """A connection to a receiver that breaks after so many bytes of the sender."""

    def __init__(self, port: int, passes: int) -> None:
        self._to, self._passes = port, passes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._pass_on)

    def __enter__(self) -> "Wire":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._listener.close()

    def _pass_on(self) -> None:
        sender, _ = self._listener.accept()
        with sender, socket.create_connection(("127.0.0.1", self._to)) as receiver:
            back = threading.Thread(target=self._answer, args=(receiver, sender))
            back.start()
            while self._passes > 0 and (data := sender.recv(min(65536, self._passes))):
                receiver.sendall(data)
                self._passes -= len(data)
            for each in (receiver, sender):
                each.shutdown(socket.SHUT_RDWR)
            back.join(30)

    def _answer(self, receiver: socket.socket, sender: socket.socket) -> None:
        while data := receiver.recv(65536):
            sender.sendall(data)


def test_a_film_that_is_too_large_ends_the_association_before_it_is_whole(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database, dicom_film_mb=1)
    assert peer.run("storescu", large(tmp_path / "a.dcm", 1, 1.5)).returncode != 0
    wait_until(lambda: counted(sqlite_database) == {("PACS1", "film_size"): 1})
    assert (arrived(sqlite_database), received(here)) == ([], [])
    many = [large(tmp_path / f"{number}.dcm", number, 0.6) for number in (2, 3, 4)]
    assert peer.run("storescu", *many).returncode == 0


def test_films_beyond_what_may_wait_are_refused_as_out_of_resources(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(sqlite_database, dicom_waiting_mb=1)
    first, second = (large(tmp_path / f"{number}.dcm", number, 0.6) for number in (1, 2))
    sent = peer.run("storescu", "-v", first, second)
    assert sent.returncode != 0
    assert "OutOfResources" in sent.stdout + sent.stderr
    assert counted(sqlite_database) == {("PACS1", "stored"): 1, ("PACS1", "room"): 1}
    assert len(received(here)) == 1


def test_a_peer_that_lies_about_a_length_or_says_nothing_is_cut_off_and_holds_nobody_up(
    sqlite_database: Database, open_receiver: Open
) -> None:
    peer = open_receiver(sqlite_database, dicom_seconds=2)
    where = ("127.0.0.1", peer.port)
    with ExitStack() as held:
        liar, silent, within = (
            held.enter_context(socket.create_connection(where, timeout=30)) for _ in range(3)
        )
        within.sendall(b"\x01\x00\x00\x00\x10\x00half a request")
        liar.sendall(b"\x01\x00\xff\xff\xff\xff" + bytes(1000))
        assert peer.run("echoscu").returncode == 0
        for connection in (liar, silent, within):
            wait_for_the_end(connection)


def wait_for_the_end(connection: socket.socket) -> None:
    """Read until the other side has closed the connection; it may abort in words first."""
    with suppress(ConnectionResetError):
        while connection.recv(4096):
            pass


def test_twenty_send_at_once_and_each_film_is_there_once(
    database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(database)
    senders = []
    for number in range(20):
        films = [film(tmp_path / f"{number}-{each}.dcm", 10 * number + each) for each in range(2)]
        senders.append(subprocess.Popen(peer.command("storescu", *films)))
    assert [sender.wait(60) for sender in senders] == [0] * 20
    rows = arrived(database)
    assert len({row.uid for row in rows}) == len(rows) == len(received(here)) == 40
    assert counted(database) == {("PACS1", "stored"): 40}


def test_one_association_too_many_is_rejected_and_counted(
    sqlite_database: Database, open_receiver: Open
) -> None:
    peer = open_receiver(sqlite_database, dicom_associations=1)
    entity = ApplicationEntity("PACS1")
    entity.add_requested_context(VERIFICATION)
    held = entity.associate("127.0.0.1", peer.port, ae_title="CONDYLE")
    try:
        assert "Local Limit Exceeded" in peer.run("echoscu").stderr
    finally:
        held.release()
    assert counted(sqlite_database) == {("PACS1", "associations"): 1}
    wait_until(lambda: peer.run("echoscu").returncode == 0)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dicom_senders": ""}, "Nobody may send"),
        ({"dicom_senders": "A TITLE THAT IS TOO LONG"}, "no AE title"),
        ({"dicom_senders": "PACS1@pacs.example"}, "no network address"),
        ({"dicom_titles": " , "}, "No AE title of ours"),
    ],
)
def test_lists_that_cannot_be_meant_are_refused(given: dict[str, str], words: str) -> None:
    with pytest.raises(errors.Refused, match=words):
        peers_of(Settings().model_copy(update={"dicom_senders": "PACS1"} | given))
