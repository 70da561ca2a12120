"""However often old events were retired, whatever anybody does to what is left is found."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session
from support.audit_log import unguard

from app.audit import Event, archive, bases, record_all
from app.audit.bases import Base
from app.audit.chain import check, check_in, head
from app.audit.retiring import retire
from app.db.engine import open_database
from app.settings import Settings

FORGED = (
    "INSERT INTO audit_base SELECT id + 1, digest, id, 'forged' FROM audit_event WHERE id = :id"
)


def drop(session: Session, event_id: int, _base: Base | None) -> None:
    session.execute(text("DELETE FROM audit_event WHERE id = :id"), {"id": event_id})


def change(session: Session, event_id: int, _base: Base | None) -> None:
    session.execute(text("UPDATE audit_event SET via = 'x' WHERE id = :id"), {"id": event_id})


def cut_the_beginning_off(session: Session, event_id: int, _base: Base | None) -> None:
    session.execute(text("DELETE FROM audit_event WHERE id <= :id"), {"id": event_id})


def forge_a_beginning(session: Session, event_id: int, _base: Base | None) -> None:
    session.execute(text(FORGED), {"id": event_id})
    cut_the_beginning_off(session, event_id, None)


def forge_a_row(session: Session, event_id: int, _base: Base | None) -> None:
    session.execute(text(FORGED), {"id": event_id})


def change_the_beginning(column: str, value: str) -> Callable[[Session, int, Base | None], None]:
    def do(session: Session, _event_id: int, base: Base | None) -> None:
        assert base
        where = f"WHERE first_id = {base.first_id}"
        session.execute(text(f"UPDATE audit_base SET {column} = {value} {where}"))

    return do


def forget_the_beginning(session: Session, _event_id: int, base: Base | None) -> None:
    assert base
    session.execute(text(f"DELETE FROM audit_base WHERE first_id = {base.first_id}"))


def bring_one_back(session: Session, _event_id: int, base: Base | None) -> None:
    assert base
    session.execute(
        text(
            f"INSERT INTO audit_event SELECT {base.first_id - 1}, at, user_id, action, subject,"
            f" details, via, address, log_in, 'p', '{base.digest}' FROM audit_event LIMIT 1"
        )
    )


ALWAYS = (drop, change, cut_the_beginning_off, forge_a_beginning, forge_a_row)
ONCE_RETIRED = (
    forget_the_beginning,
    bring_one_back,
    change_the_beginning("digest", "'d'"),
    change_the_beginning("events", "events + 1"),
    change_the_beginning("archive_digest", "'a'"),
    change_the_beginning("first_id", "first_id + 1"),
    change_the_beginning("first_id", "first_id - 1"),
)


class Log(RuleBasedStateMachine):
    """A log that grows and is retired, and that somebody with the database meddles with."""

    template: Path
    folder: Path
    logs = 0

    def __init__(self) -> None:
        super().__init__()
        Log.logs += 1
        self.home = self.folder / str(Log.logs)
        self.home.mkdir()
        shutil.copy(self.template, self.home / "log.sqlite3")
        self.database = open_database(f"sqlite:///{self.home / 'log.sqlite3'}")
        self.archives: list[Path] = []
        self.grow(3)

    def teardown(self) -> None:
        self.database.kw["bind"].dispose()
        shutil.rmtree(self.home)

    def ends(self) -> tuple[int, int, Base | None]:
        """The first and the last event that are kept, and where the log begins."""
        with self.database() as session:
            base = bases.newest(session)
            return base.first_id if base else 1, head(session).event_id, base

    @rule(events=st.integers(1, 4))
    def grow(self, events: int) -> None:
        with self.database.begin() as session:
            record_all(
                session, None, [Event("count", f"thing {n}", {"n": n}) for n in range(events)]
            )

    @rule(share=st.floats(0, 1))
    def retire(self, share: float) -> None:
        first, last, _base = self.ends()
        path = self.home / f"{len(self.archives)}.json"
        to = first + round(share * (last + 1 - first))
        if retire(self.database, Settings(home=self.home), to, path):
            self.archives.append(path)

    @rule(how=st.sampled_from(ALWAYS + ONCE_RETIRED), share=st.floats(0, 1))
    def meddle(self, how: Callable[[Session, int, Base | None], None], share: float) -> None:
        first, last, base = self.ends()
        if how in ONCE_RETIRED and base is None:
            return
        with self.database() as session:
            unguard(session)
            how(session, first + round(share * (last - first)), base)
            found = check_in(session)
            session.rollback()
        assert found.broken is not None, how

    @rule(archive_of=st.floats(0, 1), place=st.floats(0, 1))
    def spoil(self, archive_of: float, place: float) -> None:
        if not self.archives:
            return
        path = self.archives[round(archive_of * (len(self.archives) - 1))]
        held = path.read_bytes()
        at = round(place * (len(held) - 1))
        path.write_bytes(held[:at] + bytes([held[at] ^ 1]) + held[at + 1 :])
        found = archive.check(path)
        path.write_bytes(held)
        with self.database() as session:
            stated = {base.archive_digest for base in bases.all_of(session)}
        assert found.broken is not None or found.digest not in stated

    @invariant()
    def archives_and_log_are_one_chain(self) -> None:
        found = check(self.database)
        assert found.broken is None
        with self.database() as session:
            stated = bases.all_of(session)
        first = 1
        for path, base in zip(self.archives, stated, strict=True):
            held = archive.check(path)
            assert (held.broken, held.first_id, held.events) == (None, first, base.events)
            assert (held.head.event_id + 1, held.head.digest) == base[:2]
            assert held.digest == base.archive_digest
            first = base.first_id
        assert found.events == found.head.event_id + 1 - first


def test_whatever_is_done_to_a_log_that_was_retired_is_found(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Log, "template", migrated_sqlite, raising=False)
    monkeypatch.setattr(Log, "folder", tmp_path, raising=False)
    quick = how(max_examples=12, stateful_step_count=15, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Log, settings=quick)
