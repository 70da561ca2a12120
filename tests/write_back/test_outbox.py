"""What people decide goes to a real PACS by itself: once, however it fares on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from sqlalchemy import delete, event, select, update
from sqlalchemy.orm import Session
from support.peers import Storage, wait_until
from support.report_peer import ReportPeer
from support.servers import free_port
from support.worklist_rows import list_images
from write_back.conftest import Practice, Sender

from app import errors
from app.archive import overrules
from app.db.engine import read_only
from app.db.people import AuditEvent, User
from app.db.reading import ReferenceLabel, WorklistItem
from app.db.tables import now
from app.db.write_back import OutgoingReport, PacsReference
from app.labels.history import state
from app.outbox import claiming, due, filling, reports, rules, sending
from app.outbox.filling import fill
from app.outgoing import tries

ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def peer() -> Iterator[ReportPeer]:
    peer = ReportPeer()
    yield peer
    peer.server.shutdown()


def give(session: Session, practice: Practice, image: int, which: int | None) -> None:
    """Have the admin give an image another label than its reads, or take that back."""
    admin, seen = session.get_one(User, practice.admin), state(session, image)
    class_id = None if which is None else practice.classes[which]
    overrules.overrule(session, image, class_id, "a second look", seen, admin, now())


def test_each_decision_is_sent_once_by_a_pacs_that_was_away(sender: Sender, tmp_path: Path) -> None:
    port = free_port()
    assert sender.send(port) == 1, "one connection in vain is a try for all"
    assert {(r.status, r.attempts, r.fault) for r in sender.reports()} == {
        ("waiting", 1, "no_connection")
    }
    assert sender.send(port) == 0, "not before its time"
    sender.let_time_pass()
    with Storage(tmp_path / "pacs", "--abort-during", port=port) as pacs:
        assert sender.send(port) == 4
        assert pacs.files() == []
    assert {(r.attempts, r.fault, r.may_be_there) for r in sender.reports()} == {
        (2, "no_answer", True)
    }
    sender.let_time_pass()
    with Storage(tmp_path / "pacs", port=port) as pacs:
        assert sender.send(port) == 4
        stored = {str(dcmread(file).SOPInstanceUID) for file in pacs.files()}
        dumped = subprocess.run(["dsrdump", pacs.files()[0]], capture_output=True, text=True)
        assert (dumped.returncode, "Imaging Measurement Report" in dumped.stdout) == (0, True)
        assert sender.send(port) == 0
    assert stored == {report.uid for report in sender.reports()}
    assert len(stored) == 4
    assert {(r.status, r.answer_status, r.fault) for r in sender.reports()} == {("sent", 0, "")}
    with read_only(sender.database) as session:
        told = select(AuditEvent.subject).where(AuditEvent.action == "send structured report")
        assert set(session.scalars(told)) == {f"image {r.image_id}" for r in sender.reports()}


def test_an_answer_that_was_lost_and_a_sender_that_died_make_no_second_report(
    sender: Sender, peer: ReportPeer
) -> None:
    peer.does = lambda _uid: 0 if peer.stored else None
    assert sender.send(peer.port) == 4
    lost = peer.stored[0]
    assert sorted(sender.statuses()) == ["sent"] * 3 + ["waiting"]
    sender.let_time_pass()
    bag = sending.post_of(sender.settings.model_copy(update={"write_back_to": "A@b:1"})).bag
    with sender.database.begin() as session:
        claimed = reports.claim(session, bag)
    assert claimed is not None
    assert claimed.uid == lost
    assert sender.send(peer.port) == 0, "it may still be at it"
    sender.let_time_pass()
    assert sender.send(peer.port) == 1
    with sender.database.begin() as session:
        assert not claiming.report(session, claimed, claiming.Outcome(0xC000, lasting=True))
    assert sender.statuses() == ["sent"] * 4
    assert sorted(peer.stored) == sorted([*{*peer.stored}, lost])
    assert len({*peer.stored}) == 4


@ONE_DATABASE
def test_a_refusal_is_final_and_no_room_is_not_and_neither_keeps_others_waiting(
    sender: Sender, peer: ReportPeer
) -> None:
    answers = iter((0xC123, 0xA700, 0xB000, 0x0111))
    peer.does = lambda _uid: next(answers)
    assert sender.send(peer.port) == 4
    assert [(r.status, r.answer_status) for r in sender.reports()] == [
        ("refused", 0xC123),
        ("waiting", 0xA700),
        ("sent", 0xB000),
        ("sent", 0x0111),
    ]
    peer.does = lambda _uid: 0
    sender.let_time_pass()
    assert sender.send(peer.port) == 1
    refused = sender.reports()[0]
    with sender.database.begin() as session:
        admin = session.scalars(select(User).where(User.role == "admin")).one()
        rules.send_again(session, refused.id, admin)
    assert sender.send(peer.port) == 1
    assert sender.statuses() == ["sent"] * 4
    assert peer.stored[-1] == refused.uid


@ONE_DATABASE
def test_a_pacs_that_stays_away_is_given_up_and_sent_again_together(
    sender: Sender, peer: ReportPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "WAITS", tries.WAITS[:2])
    monkeypatch.setattr(filling, "AT_ONCE", 3)
    nobody = free_port()
    for _ in range(tries.most()):
        assert sender.statuses() in ([], ["waiting"] * 4)
        assert sender.send(nobody) == 1
        sender.let_time_pass()
    assert sender.statuses() == ["given_up"] * 4
    assert sender.send(peer.port) == 0
    with sender.database.begin() as session:
        admin = session.scalars(select(User).where(User.role == "admin")).one()
        assert rules.send_all_again(session, "given_up", admin) == 4
        assert rules.send_all_again(session, "refused", admin) == 0
    assert sender.send(peer.port) == 4
    assert len({*peer.stored}) == 4


@ONE_DATABASE
def test_another_decision_replaces_the_one_that_was_sent_and_outdates_one_that_was_not(
    sender: Sender, practice: Practice, tmp_path: Path
) -> None:
    with Storage(tmp_path / "pacs") as pacs:
        assert sender.send(pacs.port) == 4
        with sender.database.begin() as session:
            give(session, practice, practice.approved, 0)
        assert sender.send(free_port()) == 1
        with sender.database.begin() as session:
            give(session, practice, practice.approved, None)
        assert sender.send(pacs.port) == 1
        assert sender.statuses() == ["sent"] * 4 + ["outdated", "sent"]
        first, _never, last = (r for r in sender.reports() if r.image_id == practice.approved)
        reports = {str((each := dcmread(file)).SOPInstanceUID): each for file in pacs.files()}
    replaced = reports[str(last.uid)].PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert replaced.SeriesInstanceUID == reports[str(first.uid)].SeriesInstanceUID
    assert replaced.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == first.uid
    assert reports[str(last.uid)].InstanceNumber == last.number == 3
    with sender.database.begin() as session:
        label = ReferenceLabel.image_id == practice.approved
        session.execute(delete(ReferenceLabel).where(label))
    with sender.database.begin() as session:
        back = rules.listed(session, rules.Place("taken_back"))
        assert [report.id for report, _ in back] == [last.id]
        admin = session.get_one(User, practice.admin)
        with pytest.raises(errors.Conflict, match="another label"):
            rules.send_again(session, last.id, admin)


@ONE_DATABASE
def test_a_report_waits_while_somebody_is_to_read_its_image(
    sender: Sender, practice: Practice, peer: ReportPeer
) -> None:
    with sender.database.begin() as session:
        list_images(session, "validation", [practice.tagged])
    assert sender.send(peer.port) == 3
    with sender.database.begin() as session:
        session.execute(delete(WorklistItem).where(WorklistItem.worklist == "validation"))
    assert sender.send(free_port()) == 1
    sender.let_time_pass()
    with sender.database.begin() as session:
        list_images(session, "validation", [practice.tagged])
        session.execute(
            update(OutgoingReport)
            .where(OutgoingReport.status == "waiting")
            .values(due_at=now() - timedelta(seconds=2 * tries.LATE_SECONDS))
        )
    with read_only(sender.database) as session:
        assert not due.is_late(session)
    assert sender.send(peer.port) == 0
    with sender.database.begin() as session:
        session.execute(delete(WorklistItem).where(WorklistItem.worklist == "validation"))
    with read_only(sender.database) as session:
        assert due.is_late(session), "`condyle deliver --check` says so"
    assert sender.send(peer.port) == 1


@ONE_DATABASE
def test_a_report_that_is_outdated_while_it_is_claimed_ends_no_round(
    sender: Sender, practice: Practice, peer: ReportPeer
) -> None:
    engine, decided = sender.database.kw["bind"], [practice.seed]

    def decide_anew(connection: Any, _cursor: Any, statement: str, *_rest: object) -> None:
        if decided and "attempts=(outgoing_report.attempts + " in statement:
            first = ReferenceLabel.image_id == decided.pop()
            connection.execute(update(ReferenceLabel).where(first).values(at=now()))

    event.listen(engine, "after_cursor_execute", decide_anew)
    assert sender.send(peer.port) == 3, "the others go in the same round"
    assert sorted(sender.statuses()) == ["sent"] * 3 + ["waiting"]
    assert sender.send(peer.port) == 1, "and its later decision in the next"
    event.remove(engine, "after_cursor_execute", decide_anew)


@ONE_DATABASE
def test_a_film_whose_name_cannot_be_read_keeps_no_other_waiting(
    sender: Sender, practice: Practice, peer: ReportPeer
) -> None:
    seal = sending.post_of(sender.settings.model_copy(update={"write_back_to": "A@b:1"})).seal
    fill(sender.database, seal.name)
    with sender.database.begin() as session:
        film = PacsReference.source_digest == f"{practice.seed:064x}"
        session.execute(update(PacsReference).where(film).values(sealed="AAAA" * 10))
        film = PacsReference.source_digest == f"{practice.approved:064x}"
        session.execute(delete(PacsReference).where(film))
    assert sender.send(peer.port) == 4
    assert [(r.status, r.fault) for r in sender.reports()] == [
        ("given_up", "no_reference"),
        ("given_up", "no_reference"),
        ("sent", ""),
        ("sent", ""),
    ]


@ONE_DATABASE
def test_condyle_deliver_sends_what_is_decided_until_it_is_told_to_stop(
    sender: Sender, database_url: str, tmp_path: Path
) -> None:
    with Storage(tmp_path / "pacs") as pacs:
        own = {"database_url": database_url, "write_back_to": f"PACS1@127.0.0.1:{pacs.port}"}
        environment = os.environ | sender.settings.model_copy(update=own).as_environment()
        command = [sys.executable, "-c", "from app.cli import main; main()", "deliver"]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        try:
            wait_until(lambda: process.poll() is not None or sender.statuses() == ["sent"] * 4)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
        assert len(pacs.files()) == 4
