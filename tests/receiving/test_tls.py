"""Films that come encrypted, from a sender that shows a certificate."""

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.certificates import make_authority, sign
from support.peers import Peer

from app import errors
from app.db.engine import Database
from app.receiving.receiver import Receiver
from app.settings import Settings


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and what it has signed for a receiver and a sender."""
    folder = tmp_path_factory.mktemp("keys")
    make_authority(folder)
    for name in ("receiver", "sender"):
        sign(folder, name)
    return folder


def test_only_a_sender_with_a_certificate_gets_in_and_a_silent_one_holds_nobody_up(
    sqlite_database: Database, open_receiver: Callable[..., Peer], keys: Path
) -> None:
    plain = open_receiver(
        sqlite_database,
        dicom_certificate=str(keys / "receiver.pem"),
        dicom_certificate_key=str(keys / "receiver.key"),
        dicom_authorities=str(keys / "ca.pem"),
        dicom_seconds=10,
    )
    trusted = Peer(plain.port)
    shown = ["+tls", str(keys / "sender.key"), str(keys / "sender.pem")]
    with socket.create_connection(("127.0.0.1", plain.port)):  # it never shakes hands
        command = ["echoscu", *shown, "+cf", str(keys / "ca.pem"), *trusted.command("")[1:]]
        met = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert met.returncode == 0, met.stderr
    anonymous = ["echoscu", "+tla", "+cf", str(keys / "ca.pem"), *trusted.command("")[1:]]
    assert subprocess.run(anonymous, capture_output=True, timeout=60).returncode != 0
    assert plain.run("echoscu").returncode != 0


@pytest.mark.parametrize("given", [{"dicom_certificate": "a.pem"}, {"dicom_authorities": "a.pem"}])
def test_half_a_set_of_tls_settings_is_refused(
    sqlite_database: Database, here: Settings, given: dict[str, str]
) -> None:
    with pytest.raises(errors.Refused, match="certificate"):
        Receiver(sqlite_database, here.model_copy(update=given))
