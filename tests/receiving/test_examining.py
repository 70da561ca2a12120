"""`condyle doctor` of the receiver: what is wrong is named, with what to do."""

import socket
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from support.peers import Peer, film
from support.worklist_rows import add_readers

from app.db.arrivals import ArrivedFilm
from app.db.engine import Database
from app.db.tables import now
from app.receiving import examining, importing, rules
from app.receiving.place import Place
from app.runs import rules as runs
from app.settings import Settings

Open = Callable[..., Peer]


def wrong(settings: Settings, database: Database) -> str:
    """What is to be mended, in one text."""
    url = database.kw["bind"].url.render_as_string(hide_password=False)
    seen = examining.examine(settings.model_copy(update={"database_url": url}))
    return "\n".join(each.words for each in seen if not each.good)


def certify(folder: Path, name: str, days: int) -> dict[str, str]:
    """Make a certificate that signs itself; return the settings that name it."""
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days)]
    names = ["-keyout", str(key), "-out", str(pem), "-subj", f"/CN={name}"]
    subprocess.run([*new, *names], check=True, capture_output=True)
    return {"dicom_certificate": str(pem), "dicom_certificate_key": str(key)}


def test_a_receiver_is_asked_whether_it_hears(
    sqlite_database: Database, here: Settings, open_receiver: Open
) -> None:
    nobody = here.model_copy(update={"dicom_senders": ""})
    assert wrong(nobody, sqlite_database) == ""
    assert "no AE title" in wrong(
        here.model_copy(update={"dicom_senders": "a" * 17}), sqlite_database
    )
    assert "Nothing answers" in wrong(here, sqlite_database)
    with socket.create_server(("127.0.0.1", here.dicom_port)) as other:
        other.settimeout(5)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("app.receiving.asking_ourselves.SECONDS", 0.2)
            assert "does not answer a C-ECHO" in wrong(here, sqlite_database)
    open_receiver(sqlite_database)
    assert wrong(here, sqlite_database) == ""
    words = [seen.words for seen in examining.examine(here)]
    assert any("answers a C-ECHO" in each for each in words)


def test_certificates_that_end_or_were_replaced_are_named(
    sqlite_database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    lasting, short = certify(tmp_path, "lasting", 90), certify(tmp_path, "short", 2)
    assert "ends on" in wrong(here.model_copy(update=short), sqlite_database)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(examining, "now", lambda: now() + timedelta(days=91))
        assert "ended on" in wrong(here.model_copy(update=lasting), sqlite_database)
    half = lasting | {"dicom_certificate_key": ""}
    assert "Set both" in wrong(here.model_copy(update=half), sqlite_database)
    mixed = lasting | {"dicom_certificate_key": short["dicom_certificate_key"]}
    assert "cannot be used" in wrong(here.model_copy(update=mixed), sqlite_database)
    away = lasting | {"dicom_authorities": str(tmp_path / "away.pem")}
    assert "holds no certificate" in wrong(here.model_copy(update=away), sqlite_database)
    encrypted = here.model_copy(update=lasting)
    open_receiver(sqlite_database, **lasting)
    assert wrong(encrypted, sqlite_database) == ""
    Path(lasting["dicom_certificate"]).write_bytes(b"")
    renewed = certify(tmp_path, "lasting", 90)
    assert "shows another certificate" in wrong(here.model_copy(update=renewed), sqlite_database)


def test_what_waits_what_was_put_aside_and_what_is_full_is_said(
    database: Database, here: Settings, open_receiver: Open, tmp_path: Path
) -> None:
    peer = open_receiver(database)
    films = [film(tmp_path / "a.dcm", 1), film(tmp_path / "b.dcm", 1, StationName="X")]
    assert peer.run("storescu", *films).returncode == 0
    assert (
        wrong(here, database)
        == "1 films were put aside: let them in or remove them on the page Arrived films."
    )
    with database.begin() as session:
        person = add_readers(session, 1)[0]
        rules.let_in(session, 2, person)
        rules.import_by_themselves(session, True, person)
    assert wrong(here, database) == ""
    with database.begin() as session:
        earlier = {"arrived_at": now() - timedelta(hours=2)}
        session.execute(update(ArrivedFilm).values(**earlier))
    assert "a worker runs that takes the queue decode" in wrong(here, database)
    run = importing.start_import(database, here, None)
    with database.begin() as session:
        runs.cancel(session, run.id)
    assert f"run {run.id}, the last import, did not succeed" in wrong(here, database)
    assert "MiB are free for received films" in wrong(
        here.model_copy(update={"disk_reserve_mb": 2**40}), database
    )
    with database.begin() as session:
        session.execute(update(ArrivedFilm).values(size=95 * 2**19))
    full = here.model_copy(update={"dicom_waiting_mb": 100})
    assert "Received films take 95 of 100 MiB" in wrong(full, database)
    for path in Place(here.home).folder.glob("*.dcm"):
        path.unlink()
    assert "share the home folder" in wrong(here, database)
