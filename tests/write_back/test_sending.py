"""Reports go to a real PACS by C-STORE: once, and what it answered is said and kept."""

import csv
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage
from pynetdicom import AE, evt
from sqlalchemy import select
from support.import_runs import carry_out
from support.peers import Peer, Storage, film
from support.servers import free_port
from support.worklist_rows import add_readers, add_sweep
from write_back.conftest import Practice

from app import errors
from app.db.archive import Image
from app.db.engine import Database
from app.db.tables import now
from app.labels.decisions import Decision
from app.receiving import importing
from app.receiving.receiver import Receiver
from app.review.rules import decide
from app.settings import Settings
from app.worklists.items import lease_next
from worker import decode_kinds

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def peer() -> Iterator[Callable[..., str]]:
    """Starts a PACS that answers as it is told; returns how it is named."""
    started: list[Any] = []

    def start(status: int = 0, takes: str = ComprehensiveSRStorage, **more: Any) -> str:
        entity, port = AE("PACS1"), free_port()
        for name, value in more.items():
            setattr(entity, name, value)
        entity.add_supported_context(takes)
        handlers = [(evt.EVT_C_STORE, lambda _event: status)]
        started.append(entity.start_server(("127.0.0.1", port), block=False, evt_handlers=handlers))
        return f"PACS1@127.0.0.1:{port}"

    yield start
    for server in started:
        server.shutdown()


@pytest.fixture
def receiving(database: Database, keyed: Settings) -> Iterator[tuple[Settings, Peer]]:
    """A receiver that keeps what films are called, and the PACS that sends to it."""
    keyed.home.mkdir(exist_ok=True)
    here = keyed.model_copy(update={"dicom_port": free_port(), "dicom_senders": "PACS1"})
    told = threading.Event()
    receiver = Receiver(database, here)
    thread = threading.Thread(target=receiver.serve_until, args=[told])
    thread.start()
    yield here, Peer(here.dicom_port)
    told.set()
    thread.join(20)
    assert not thread.is_alive()


@ONE_DATABASE
def test_a_report_is_sent_once_however_the_link_breaks(
    practice: Practice, write_back: Any, tmp_path: Path
) -> None:
    port = free_port()
    to = f"PACS1@127.0.0.1:{port}"
    with pytest.raises(errors.Refused, match="Nobody answers") as refused:
        write_back(to=to)
    assert (refused.value.where, "firewall" in refused.value.do) == (to, True)
    refusing = Storage(tmp_path / "pacs", "--refuse", port=port)
    with refusing, pytest.raises(errors.Refused, match="takes nothing now"):
        write_back(to=to)
    with Storage(tmp_path / "pacs", "--abort-during", port=port) as pacs:
        said = write_back(to=to)[0]
        assert write_back.code == 3
        assert "4 were not taken: no answer (1)" in said
        assert pacs.files() == []
    with Storage(tmp_path / "pacs", "--implicit", port=port) as pacs:
        said, reports = write_back(to=to)
        assert (write_back.code, f"4 reports sent to {to}" in said) == (0, True)
        assert len(pacs.files()) == len(reports) == 4
        assert f"0 reports sent to {to}" in write_back(to=to)[0]
    with (tmp_path / "out/sent.csv").open(newline="") as table:
        kept = [(row[0], row[1], row[2]) for row in csv.reader(table)]
    assert sorted(kept) == [(name, to, "0000") for name in sorted(reports)]
    for file in pacs.files():
        dumped = subprocess.run(["dsrdump", file], capture_output=True, text=True)
        assert (dumped.returncode, "Imaging Measurement Report" in dumped.stdout) == (0, True)


def refusal(write_back: Any, to: str) -> errors.Refused:
    """Why a PACS took nothing; pynetdicom, which plays it, may hang up before it has said so."""
    for _ in range(20):
        with pytest.raises(errors.Refused) as refused:
            write_back(to=to)
        if "Nobody answers" not in refused.value.what:
            break
    return refused.value


@ONE_DATABASE
def test_what_a_pacs_does_not_take_is_said_and_what_to_do(
    practice: Practice, write_back: Any, peer: Callable[..., str]
) -> None:
    for told, what, do in (
        ({"require_calling_aet": ["OTHER"]}, "does not know CONDYLE", "Enter CONDYLE in the PACS"),
        ({"takes": CTImageStorage}, "takes no structured reports", "enabled there"),
    ):
        refused = refusal(write_back, peer(**told))
        assert what in refused.what
        assert do in refused.do
    another = peer(require_called_aet=True).replace("PACS1", "PACS2")
    assert "not called PACS2" in refusal(write_back, another).what
    said = write_back(to=peer(0xA700))[0]
    assert (write_back.code, "4 were not taken: status A700 (4)" in said) == (3, True)
    warned = peer(0xB000)
    assert f"4 reports sent to {warned}" in write_back(to=warned)[0]
    assert f"0 reports sent to {warned}" in write_back(to=warned)[0]
    for wrong in ("PACS1", "PACS1@host", "@host:104", "PACS1@host:0", "A" * 17 + "@host:104"):
        with pytest.raises(errors.Refused, match="names no PACS"):
            write_back(to=wrong)


@ONE_DATABASE
def test_a_film_goes_from_the_pacs_to_the_reader_and_its_decision_back(
    database: Database, keyed: Settings, write_back: Any, tmp_path: Path, receiving: Any
) -> None:
    here, sender = receiving
    sent = film(tmp_path / "film.dcm", 7, PatientBirthDate="19500102", ImageLaterality="R")
    assert sender.run("/usr/bin/storescu", sent).returncode == 0
    run = importing.start_import(database, here, None)
    assert carry_out(database, here, run.id, decode_kinds.KINDS).result["imported"] == 1
    with database.begin() as session:
        (reader,) = add_readers(session, 1)
        image = session.scalars(select(Image.id)).one()
        (label,) = add_sweep(session, [image])
        lease_next(session, reader, "review", 300, now())
        decide(session, reader, label, "approve", Decision(None, "once", now(), 9))
    with Storage(tmp_path / "pacs") as pacs:
        write_back(to=f"PACS1@127.0.0.1:{pacs.port}")
        (stored,) = pacs.files()
    dumped = subprocess.run(["dsrdump", "-Ee", stored], capture_output=True, text=True).stdout
    for said in (
        "Doe^Jane (1950-01-02, #patient 7)",
        "(24028007,SCT,",
        '=(accepted,99CONDYLE,"AI result accepted")',
        '=(single_read,99CONDYLE,"Read by one reader")',
    ):
        assert said in dumped
    header = subprocess.run(["dcmdump", stored], capture_output=True, text=True).stdout
    assert header.count("[1.2.826.0.1.3680043.8.498.7.1]") >= 1
    assert "[1.2.826.0.1.3680043.8.498.7.2]" in header
    assert f"Reader^{reader}" in dumped
