"""The life of a run: each state changes only as its docstring says, whoever is first."""

import threading
from datetime import timedelta

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app import errors
from app.db.engine import Database
from app.db.learning import Run
from app.db.tables import now
from app.runs import rules

LEASE = timedelta(seconds=30)


def requested(database: Database, kind: str = "sweep") -> int:
    with database.begin() as session:
        return rules.request(session, kind, {}).id


def status(database: Database, run_id: int) -> str:
    with database.begin() as session:
        return rules.find(session, run_id).status


def time_passes(database: Database, run_id: int, time: timedelta) -> None:
    """Bring the end of a run's lease so much nearer."""
    with database.begin() as session:
        run = rules.find(session, run_id)
        run.lease_expires_at = run.lease_expires_at and run.lease_expires_at - time


def claim_at_once(
    database: Database, run: int, owner: str, start: threading.Barrier, claimed: list[str]
) -> None:
    start.wait()
    with database.begin() as session:
        if rules.claim(session, run, owner, LEASE):
            claimed.append(owner)


def test_a_second_run_of_a_kind_is_refused_while_one_is_active(database: Database) -> None:
    first = requested(database)
    with pytest.raises(errors.Conflict) as refusal:
        requested(database)
    assert refusal.value.where == f"run {first}"
    requested(database, "evaluate")


def test_an_unknown_kind_is_refused_with_the_kinds_there_are(database: Database) -> None:
    with pytest.raises(errors.Refused, match="train_labeler"), database.begin() as session:
        rules.request(session, "dance", {})


def test_a_queued_run_is_cancelled_at_once_and_never_claimed(database: Database) -> None:
    run = requested(database)
    with database.begin() as session:
        rules.cancel(session, run)
    with database.begin() as session:
        assert not rules.claim(session, run, "worker", LEASE)
    assert status(database, run) == "cancelled"


def test_a_run_whose_worker_is_gone_is_taken_over_and_the_first_owner_writes_no_more(
    database: Database,
) -> None:
    run = requested(database)
    with database.begin() as session:
        assert rules.claim(session, run, "first", LEASE)
    time_passes(database, run, LEASE / 2)
    with database.begin() as session:
        assert not rules.claim(session, run, "second", LEASE)
        assert not rules.waiting(session)
    time_passes(database, run, LEASE)
    with database.begin() as session:
        assert [waiting.id for waiting in rules.waiting(session)] == [run]
        assert rules.claim(session, run, "second", LEASE)
    with database.begin() as session:
        assert not rules.report(session, run, "first", 1, 2, "late")
        assert not rules.finish(session, run, "first", "succeeded")
        assert rules.finish(session, run, "second", "succeeded", {"found": 1})
    assert status(database, run) == "succeeded"


def test_a_run_that_has_ended_cannot_be_cancelled(database: Database) -> None:
    run = requested(database)
    with database.begin() as session:
        rules.claim(session, run, "worker", LEASE)
        rules.finish(session, run, "worker", "succeeded")
    with pytest.raises(errors.Conflict), database.begin() as session:
        rules.cancel(session, run)


def test_of_many_workers_rung_for_one_run_exactly_one_claims_it(database: Database) -> None:
    for _ in range(10):
        run = requested(database)
        claimed: list[str] = []
        start = threading.Barrier(8)

        workers = [
            threading.Thread(target=claim_at_once, args=(database, run, f"{i}", start, claimed))
            for i in range(8)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(claimed) == 1
        with database.begin() as session:
            rules.finish(session, run, claimed[0], "failed")


def test_of_admins_who_ask_for_the_same_run_together_one_gets_it_and_the_others_are_told(
    database: Database,
) -> None:
    start, asked, refused = threading.Barrier(4), list[int](), list[errors.Conflict]()

    def ask() -> None:
        start.wait()
        try:
            with database.begin() as session:
                asked.append(rules.request(session, "sweep", {}).id)
        except errors.Conflict as conflict:
            refused.append(conflict)

    admins = [threading.Thread(target=ask) for _ in range(4)]
    for admin in admins:
        admin.start()
    for admin in admins:
        admin.join()
    assert (len(asked), len(refused)) == (1, 3)
    assert {conflict.where for conflict in refused} == {f"run {asked[0]}"}


def test_whatever_two_workers_and_a_person_do_a_run_ends_once(sqlite_database: Database) -> None:
    class RunLife(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            with sqlite_database.begin() as session:
                session.query(Run).update({"status": "failed"})
                self.run = rules.request(session, "import", {}).id
            self.endings = 0

        workers = st.sampled_from(["first", "second"])

        @rule(seconds=st.integers(0, 60))
        def some_time_passes(self, seconds: int) -> None:
            time_passes(sqlite_database, self.run, timedelta(seconds=seconds))

        @rule(worker=workers)
        def a_worker_is_rung(self, worker: str) -> None:
            before = self.row()
            with sqlite_database.begin() as session:
                claimed = rules.claim(session, self.run, worker, LEASE)
            free = before.status == "queued" or (
                before.status == "running"
                and before.lease_expires_at is not None
                and before.lease_expires_at < now()
            )
            assert claimed == free

        @rule(worker=workers)
        def a_worker_reports(self, worker: str) -> None:
            before = self.row()
            with sqlite_database.begin() as session:
                written = rules.report(session, self.run, worker, 1, 2, "half")
            assert written == (before.status == "running" and before.owner == worker)

        @rule(worker=workers, end=st.sampled_from(["succeeded", "failed", "cancelled"]))
        def a_worker_finishes(self, worker: str, end: str) -> None:
            with sqlite_database.begin() as session:
                self.endings += rules.finish(session, self.run, worker, end)

        @precondition(lambda self: self.row().status in ("queued", "running"))
        @rule()
        def a_person_cancels(self) -> None:
            queued = self.row().status == "queued"
            with sqlite_database.begin() as session:
                rules.cancel(session, self.run)
            self.endings += queued
            assert self.row().cancel_requested

        @invariant()
        def it_ends_at_most_once(self) -> None:
            assert self.endings == (self.row().finished_at is not None)

        def row(self) -> Run:
            with sqlite_database.begin() as session:
                return rules.find(session, self.run)

    run_state_machine_as_test(
        RunLife,
        settings=hypothesis_settings(max_examples=25, stateful_step_count=15),
    )
