"""Reports go to a DICOMweb server: a real Orthanc, and one that answers what it should not."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as some
from pydicom import dcmread
from support.orthanc import SECRET, USER, Orthanc
from support.servers import free_port
from support.web_peer import Said, WebPeer, told
from write_back.conftest import Practice, Sender

from app import errors
from app.pacs.web_server import without_secrets
from app.settings import Settings
from app.write_back import stow
from app.write_back.destinations import destination_of

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def orthanc(tmp_path: Path) -> Iterator[Orthanc]:
    pacs = Orthanc(tmp_path / "orthanc")
    pacs.wait_until_there()
    yield pacs
    pacs.stop()


@pytest.fixture
def peer() -> Iterator[WebPeer]:
    peer = WebPeer()
    yield peer
    peer.stop()


def kept(pacs: Orthanc) -> set[str]:
    """UIDs of what lies in a PACS."""
    return {str(dcmread(BytesIO(file)).SOPInstanceUID) for file in pacs.files()}


def credentials(folder: Path, text: str) -> str:
    """A file with what a server asks for."""
    file = folder / "credentials"
    file.write_text(text + "\n")
    return str(file)


@ONE_DATABASE
def test_each_decision_lies_in_orthanc_once_when_all_is_set_right(
    sender: Sender, orthanc: Orthanc, tmp_path: Path
) -> None:
    place = f"http://127.0.0.1:{orthanc.http}/dicom-web"
    right = credentials(tmp_path, f"{USER}:{SECRET}")
    with orthanc.network():
        for wrong, told, fault in (
            (f"http://127.0.0.1:{free_port()}/dicom-web", right, "no_http"),
            (place.replace("dicom-web", "wado"), right, "no_stow"),
            (place, "", "credentials"),
        ):
            assert sender.send_to(wrong, write_back_credentials=told) == 1, "a try for all"
            assert {(each.status, each.fault) for each in sender.reports()} == {("waiting", fault)}
            sender.let_time_pass()
        assert sender.send_to(place, write_back_credentials=right) == 4
        assert sender.send_to(place, write_back_credentials=right) == 0
    reports = sender.reports()
    assert {(each.status, each.answer_status) for each in reports} == {("sent", 0)}
    assert {each.destination for each in reports} == {place}
    assert kept(orthanc) == {each.uid for each in reports}
    assert len(orthanc.files()) == 4


@ONE_DATABASE
def test_the_command_sends_to_orthanc_what_it_has_not_yet(
    practice: Practice, write_back: Any, orthanc: Orthanc, tmp_path: Path
) -> None:
    place = f"http://127.0.0.1:{orthanc.http}/dicom-web"
    own = {"CONDYLE_WRITE_BACK_CREDENTIALS": credentials(tmp_path, f"{USER}:{SECRET}")}
    with orthanc.network():
        said, reports = write_back(to=place, **own)
        assert (write_back.code, f"4 reports sent to {place}" in said) == (0, True)
        assert f"0 reports sent to {place}" in write_back(to=place, **own)[0]
    assert kept(orthanc) == {str(each.SOPInstanceUID) for each in reports.values()}


@ONE_DATABASE
def test_a_server_is_believed_no_further_than_what_it_says_of_each_report(
    sender: Sender, peer: WebPeer, tmp_path: Path
) -> None:
    elsewhere = WebPeer()
    answers = iter(
        (
            lambda _uid: Said(200, b"{}"),
            lambda uid: told(200, uid, stored=False, reason=0xA700),
            lambda _uid: told(200, "1.2.3", stored=True),
            lambda _uid: None,
            lambda uid: told(409, uid, stored=False, reason=0xA900),
            lambda uid: told(202, uid, stored=True, reason=0xB007),
            lambda _uid: Said(500, b"of Jane"),
            lambda _uid: Said(400, b"of Jane"),
            lambda uid: told(409, uid, stored=False, reason=0x0111),
            lambda _uid: Said(307, location=elsewhere.url + "/studies"),
        )
    )
    peer.does = lambda uid: next(answers)(uid)
    own = {"write_back_credentials": credentials(tmp_path, "abc.def-123")}
    try:
        assert sender.send_to(peer.url, **own) == 4
        assert [(r.status, r.answer_status, r.fault, r.may_be_there) for r in sender.reports()] == [
            ("waiting", None, "no_statement", True),
            ("waiting", 0xA700, "", False),
            ("waiting", None, "no_statement", True),
            ("waiting", None, "no_answer", True),
        ]
        sender.let_time_pass()
        assert sender.send_to(peer.url, **own) == 4
        assert [(r.status, r.answer_status, r.fault) for r in sender.reports()] == [
            ("refused", 0xA900, ""),
            ("sent", 0xB007, ""),
            ("waiting", None, "http_failed"),
            ("refused", None, "http_refused"),
        ]
        sender.let_time_pass()
        assert sender.send_to(peer.url, **own) == 1
        third = sender.reports()[2]
        assert (third.status, third.answer_status) == ("sent", 0x0111)
        sender.send_again(1)
        assert sender.send_to(peer.url, **own) == 1
        assert (sender.reports()[0].status, sender.reports()[0].fault) == ("waiting", "redirected")
        assert elsewhere.came == []
    finally:
        elsewhere.stop()
    assert {(path, header) for path, header, _ in peer.came} == {
        ("/dicom-web/studies", "Bearer abc.def-123")
    }
    assert len({uid for *_, uid in peer.came}) == 4


def certificate(folder: Path, name: str) -> Path:
    """A certificate that nobody has signed, for an address, and its key, in one file."""
    file = folder / f"{name}.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=pacs", "-addext", f"subjectAltName=IP:{name}"]
    subprocess.run(
        [*made, *named, "-keyout", file, "-out", folder / "alone.pem"],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + (folder / "alone.pem").read_text())
    return file


@ONE_DATABASE
def test_over_https_only_a_server_that_can_be_trusted_is_sent_anything(
    sender: Sender, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, other = (certificate(tmp_path, name) for name in ("127.0.0.1", "127.0.0.2"))
    for shown, trusted, status, came in (
        (right, other, "waiting", 0),
        (other, other, "waiting", 0),
        (right, right, "sent", 4),
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        peer = WebPeer(shown)
        try:
            sender.send_to(peer.url)
        finally:
            peer.stop()
        fault = "" if came else "certificate"
        assert {(each.status, each.fault) for each in sender.reports()} == {(status, fault)}
        assert len(peer.came) == came
        sender.let_time_pass()


JSON = some.recursive(
    some.none() | some.integers() | some.text() | some.just("1.2"),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from([stow.REFERENCED, stow.FAILED, stow.UID, stow.REASON, "Value"]),
            inner,
            max_size=3,
        )
    ),
)


@trying(max_examples=40)
@given(JSON)
def test_whatever_is_answered_nothing_counts_as_stored_that_is_not_named(said: Any) -> None:
    found = stow.said_of("1.2.3", json.dumps(said).encode())
    assert found is None


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("https://ada:secret@10.0.0.5/dicom-web", "holds a name or a password"),
        ("https://10.0.0.5/dicom-web?token=secret", "holds more than"),
        ("http://8.8.8.8/dicom-web", "Reports and selections name patients"),
        ("https://169.254.169.254/dicom-web", "Reports and selections name patients"),
        ("ada:secret@10.0.0.5", "names no PACS"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused_and_no_secret_repeated(
    place: str, words: str
) -> None:
    with pytest.raises(errors.Refused, match=words) as refused:
        destination_of(place, Settings())
    if "//" in place:
        assert "secret" not in str(refused.value)
        assert "secret" not in without_secrets(place).partition("?")[0]


def test_credentials_are_read_from_a_file_and_shown_nowhere(tmp_path: Path) -> None:
    def to(text: str) -> Any:
        own = {"write_back_credentials": credentials(tmp_path, text)}
        place = "https://10.0.0.5:8443/dicom-web/studies"
        return destination_of(place, Settings().model_copy(update=own))

    basic = to("ada:a secret: long")
    assert basic.authorization == "Basic " + b64encode(b"ada:a secret: long").decode()
    assert str(basic) == "https://10.0.0.5:8443/dicom-web"
    assert "Basic" not in repr(basic)
    assert to("token").authorization == "Bearer token"
    for wrong in ("", "two words", "ada:b\nX-More: c"):
        with pytest.raises(errors.Refused, match="neither a name with a password nor a token"):
            to(wrong)
    missing = {"write_back_credentials": str(tmp_path / "missing")}
    with pytest.raises(errors.Refused, match="cannot be read"):
        destination_of("https://10.0.0.5", Settings().model_copy(update=missing))
