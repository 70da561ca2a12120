"""The life of a run's parts: each counts once, and the last one's end leaves the run to close."""

import threading
from datetime import timedelta

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from app import errors
from app.db import clock
from app.db.engine import Database
from app.db.learning import Run
from app.db.work import Part
from app.runs import parts, rules
from app.runs.parts import Share

LEASE = timedelta(seconds=30)
TASKS = ("test/1",)
WHY = {"what": "The disk is full.", "where": "here", "do": "Make room."}


def planned(database: Database, count: int, kind: str = "sweep") -> tuple[int, list[int]]:
    """A run whose parts are written; its number and theirs."""
    with database.begin() as session:
        run_id = rules.request(session, kind, {}).id
        rules.claim(session, run_id, "planner", LEASE)
        shares = [Share({"first": number}, 10) for number in range(count)]
        parts.write(session, run_id, "planner", shares, "test/1", "gpu")
    with database() as session:
        return run_id, [part.id for part in parts.numbered(session, run_id, 1, count)]


def claimed(database: Database, part_id: int, owner: str) -> Part | None:
    with database.begin() as session:
        return parts.claim(session, part_id, owner, LEASE, TASKS)


def end(database: Database, part_id: int, owner: str, status: str = "succeeded") -> Run | None:
    with database.begin() as session:
        part = session.get_one(Part, part_id)
        failure = WHY if status == "failed" else None
        return parts.finish(session, part, owner, status, failure=failure)


def lose(database: Database, part_id: int) -> None:
    """Let the lease of a part run out, as that of a killed worker's does."""
    with database.begin() as session:
        past = update(Part).where(Part.id == part_id)
        session.execute(past.values(lease_expires_at=clock.after(-1)))


def found(database: Database, run_id: int) -> Run:
    with database() as session:
        return rules.find(session, run_id)


def test_a_planned_run_is_closed_once_after_its_last_part(database: Database) -> None:
    run_id, (first, second) = planned(database, 2)
    with database.begin() as session:
        assert not rules.waiting(session)
        assert not rules.claim(session, run_id, "thief", LEASE)
    for part in (first, second):
        assert claimed(database, part, "ann")
    after_first = end(database, first, "ann")
    assert after_first is not None
    assert after_first.status == "running"
    last = end(database, second, "ann")
    assert last is not None
    assert (last.status, last.done, last.total) == ("queued", 20, 20)
    with database.begin() as session:
        assert rules.claim(session, run_id, "closer", LEASE)
        assert not rules.claim(session, run_id, "other", LEASE)
        assert rules.finish(session, run_id, "closer", "succeeded", {"found": 1})
    with database() as session:
        assert not parts.are_under_way(session, run_id)


def test_a_part_whose_worker_is_gone_is_taken_over_and_the_first_owner_writes_no_more(
    database: Database,
) -> None:
    _, (part,) = planned(database, 1)
    assert claimed(database, part, "first")
    assert not claimed(database, part, "second")
    lose(database, part)
    with database.begin() as session:
        assert [waiting.id for waiting in parts.waiting(session, 10)] == [part]
    assert claimed(database, part, "second")
    with database.begin() as session:
        assert not parts.beat(session, part, "first", LEASE)
        assert not parts.advance(session, part, "first", 5)
        assert not parts.give_back(session, part, "first")
    assert end(database, part, "first") is None
    assert end(database, part, "second") is not None


def test_a_planner_that_has_lost_its_run_writes_no_parts(database: Database) -> None:
    with database.begin() as session:
        run_id = rules.request(session, "sweep", {}).id
        rules.claim(session, run_id, "planner", LEASE)
    with pytest.raises(errors.LeaseLost), database.begin() as session:
        parts.write(session, run_id, "other", [Share({}, 1)], "test/1", "gpu")
    with database() as session:
        assert not parts.are_under_way(session, run_id)


def test_a_part_of_a_task_that_a_worker_does_not_know_is_left_to_others(
    database: Database,
) -> None:
    _, (part,) = planned(database, 1)
    with database.begin() as session:
        assert parts.claim(session, part, "old", LEASE, ["test/0"]) is None
    assert claimed(database, part, "new")


def test_a_part_given_back_is_no_death_and_what_got_on_counts_anew(database: Database) -> None:
    _, (part,) = planned(database, 1)
    for _ in range(3):
        taken = claimed(database, part, "ann")
        assert taken
        assert taken.attempts == 1
        with database.begin() as session:
            assert parts.give_back(session, part, "ann")
    for attempt in (1, 2, 3):
        taken = claimed(database, part, "bob")
        assert taken
        assert taken.attempts == attempt
        lose(database, part)
    taken = claimed(database, part, "cat")
    with database.begin() as session:
        assert parts.advance(session, part, "cat", 4)
        assert parts.give_back(session, part, "cat")
    taken = claimed(database, part, "dan")
    assert taken
    assert (taken.attempts, taken.done) == (1, 4)


def test_a_part_that_fails_alone_fails_its_run_after_the_others(database: Database) -> None:
    run_id, (bad, good) = planned(database, 2)
    claimed(database, bad, "ann")
    after = end(database, bad, "ann", "failed")
    assert after is not None
    assert (after.status, after.failure) == ("running", None)
    claimed(database, good, "bob")
    with database() as session:
        assert not parts.must_stop(session, run_id)
    end(database, good, "bob")
    run = found(database, run_id)
    assert (run.status, run.failure) == ("failed", WHY)
    assert run.finished_at is not None
    with database() as session:
        assert not parts.are_under_way(session, run_id)


def test_a_failure_that_concerns_the_run_stops_its_other_parts(database: Database) -> None:
    run_id, (bad, running, waiting) = planned(database, 3)
    claimed(database, bad, "ann")
    claimed(database, running, "bob")
    with database.begin() as session:
        part = session.get_one(Part, bad)
        parts.finish(session, part, "ann", "failed", failure=WHY, stops=True)
    assert not claimed(database, waiting, "cat")
    with database() as session:
        assert parts.must_stop(session, run_id)
    end(database, running, "bob", "cancelled")
    run = found(database, run_id)
    assert (run.status, run.failure) == ("failed", WHY)


def test_a_cancelled_run_ends_with_the_parts_that_run(database: Database) -> None:
    run_id, (running, waiting) = planned(database, 2)
    claimed(database, running, "ann")
    with database.begin() as session:
        rules.cancel(session, run_id)
    assert not claimed(database, waiting, "bob")
    with database() as session:
        assert parts.must_stop(session, run_id)
    assert found(database, run_id).status == "running"
    end(database, running, "ann", "cancelled")
    assert found(database, run_id).status == "cancelled"


def test_a_run_all_of_whose_parts_wait_is_cancelled_at_once(database: Database) -> None:
    run_id, _ = planned(database, 3)
    with database.begin() as session:
        rules.cancel(session, run_id)
    assert found(database, run_id).status == "cancelled"
    with database() as session:
        assert session.scalar(select(func.count(Part.id))) == 0


def test_of_many_workers_rung_for_one_part_exactly_one_claims_it(database: Database) -> None:
    _, numbers = planned(database, 5)
    for part in numbers:
        start, won = threading.Barrier(6), list[str]()

        def claim(owner: str, part: int = part, start: threading.Barrier = start) -> None:
            start.wait()
            if claimed(database, part, owner):
                won.append(owner)  # noqa: B023

        together([threading.Thread(target=claim, args=(f"{i}",)) for i in range(6)])
        assert len(won) == 1


def test_of_parts_that_end_together_exactly_one_is_the_last(database: Database) -> None:
    for _ in range(5):
        run_id, numbers = planned(database, 4)
        for part in numbers:
            claimed(database, part, "ann")
        start, closing = threading.Barrier(4), list[int]()

        def finish(part: int, start: threading.Barrier = start) -> None:
            start.wait()
            run = end(database, part, "ann")
            assert run is not None
            if run.status == "queued":
                closing.append(part)  # noqa: B023

        together([threading.Thread(target=finish, args=(part,)) for part in numbers])
        assert len(closing) == 1
        with database.begin() as session:
            rules.cancel(session, run_id)


def together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_whatever_workers_and_a_person_do_each_part_ends_once_and_the_run_after_all(
    sqlite_database: Database,
) -> None:
    class Parts(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            with sqlite_database.begin() as session:
                session.query(Part).delete()
                session.query(Run).update({"status": "failed"})
            self.run, self.numbers = planned(sqlite_database, 3)
            self.ended: list[int] = []
            self.cancelled = False

        worker = st.sampled_from(["ann", "bob"])
        place = st.integers(0, 2)

        @rule(place=place, worker=worker)
        def a_worker_is_rung(self, place: int, worker: str) -> None:
            taken = claimed(sqlite_database, self.numbers[place], worker)
            assert not (taken and self.numbers[place] in self.ended)

        @rule(place=place)
        def a_worker_is_killed(self, place: int) -> None:
            lose(sqlite_database, self.numbers[place])

        @rule(place=place, worker=worker, status=st.sampled_from(["succeeded", "failed"]))
        def a_worker_ends_a_part(self, place: int, worker: str, status: str) -> None:
            part = self.numbers[place]
            with sqlite_database() as session:
                if session.get(Part, part) is None:
                    return
            if end(sqlite_database, part, worker, status) is not None:
                assert part not in self.ended
                self.ended.append(part)

        @rule()
        def a_person_cancels_it(self) -> None:
            if self.row().finished_at is None:
                with sqlite_database.begin() as session:
                    rules.cancel(session, self.run)
                self.cancelled = True

        @invariant()
        def the_run_ends_after_its_parts(self) -> None:
            with sqlite_database() as session:
                left = select(func.count(Part.id)).where(
                    Part.run_id == self.run, Part.status.in_(("queued", "running"))
                )
                waiting = session.scalar(left)
            status = self.row().status
            assert (status == "running") == bool(waiting)
            if status == "queued":
                assert len(self.ended) == 3
            if status in ("failed", "cancelled"):
                assert (status == "cancelled") == self.cancelled

        def row(self) -> Run:
            return found(sqlite_database, self.run)

    run_state_machine_as_test(
        Parts, settings=hypothesis_settings(max_examples=20, stateful_step_count=15)
    )
