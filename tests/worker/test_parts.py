"""Runs that have parts, in one process: what a worker does with each, and what follows."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update
from support.databases import ON_BOTH

from app import errors
from app.db import clock
from app.db.engine import Database
from app.db.learning import Run, RunLogLine
from app.db.work import Part
from app.runs import doorbell, parts, rules
from app.runs.kinds import EVALUATE
from app.runs.parts import Share
from app.settings import Settings
from worker import parts as work
from worker import progress
from worker.parts import InParts, RunningPart

TASK = "count/1"
Do = Callable[[RunningPart[Any]], dict[str, Any]]

pytestmark = ON_BOTH


class Counting:
    """A kind of run whose parts write log lines, and whose end counts them."""

    def __init__(self, database: Database, settings: Settings, count: int) -> None:
        self.database, self.settings, self.count = database, settings, count
        self.closed = 0
        with database.begin() as session:
            self.run_id = rules.request(session, EVALUATE, {}).id

    def plan(self, running: Any) -> list[Share]:
        return [Share({"word": f"word {number}"}, 2) for number in range(1, self.count + 1)]

    def close(self, running: Any) -> Any:
        self.closed += 1
        with running.database() as session:
            assert parts.results(session, self.run_id) == [{"found": 1}] * self.count
        return EVALUATE.result(evaluation=1)

    def ring(self, do: Do | None = None) -> Run:
        """Ring a worker for the run."""
        kind = InParts(TASK, "cpu", self.plan, do or write, self.close)
        progress.execute(self.database, self.settings, self.run_id, {"evaluate": kind})
        return self.run()

    def ring_for(self, number: int, do: Do | None = None) -> Run:
        """Ring a worker for one of its parts."""
        tasks = {TASK: do or write}
        work.execute(self.database, self.settings, self.part(number).id, tasks)
        return self.run()

    def part(self, number: int) -> Part:
        with self.database() as session:
            return parts.numbered(session, self.run_id, number, number)[0]

    def run(self) -> Run:
        with self.database() as session:
            return rules.find(session, self.run_id)

    def written(self) -> list[str]:
        with self.database() as session:
            words = RunLogLine.text.startswith("word")
            return list(session.scalars(select(RunLogLine.text).where(words)))


def write(part: RunningPart[Any]) -> dict[str, Any]:
    with part.transaction() as session:
        rules.write_log(session, part.run_id, part.range["word"])
        part.advance(session, 2)
    return {"found": 1}


@pytest.fixture
def counting(database: Database, settings: Settings) -> Counting:
    settings.home.mkdir(exist_ok=True)
    return Counting(database, settings, 3)


def killed(part: RunningPart[Any]) -> dict[str, Any]:
    raise SystemExit


def test_a_run_is_planned_done_in_parts_and_closed_once(counting: Counting) -> None:
    assert counting.ring().status == "running"
    assert counting.ring().status == "running", "a doubled message plans nothing anew"
    for number in (2, 1, 3):
        assert counting.closed == 0
        run = counting.ring_for(number)
        counting.ring_for(number)
    assert (run.status, run.done, run.total) == ("queued", 6, 6)
    assert counting.ring().status == "succeeded"
    assert counting.closed == 1
    assert sorted(counting.written()) == ["word 1", "word 2", "word 3"]


def test_a_run_without_anything_to_share_out_is_closed_at_once(
    database: Database, settings: Settings
) -> None:
    assert Counting(database, settings, 0).ring().status == "succeeded"


def test_the_end_of_a_part_rings_for_one_further_on_and_that_of_the_last_for_the_run(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(work, "AHEAD", 2)
    monkeypatch.setattr(doorbell, "ring", lambda run, _settings: rung.append("run"))
    monkeypatch.setattr(
        doorbell, "ring_for", lambda some, _settings: rung.extend(f"{part.number}" for part in some)
    )
    counting.ring()
    assert rung == ["1", "2"]
    counting.ring_for(1)
    assert rung == ["1", "2", "3"]
    counting.ring_for(2)
    counting.ring_for(3)
    assert rung == ["1", "2", "3", "run"]


def test_a_worker_that_lost_its_part_writes_nothing_more(counting: Counting) -> None:
    counting.ring()

    def overtaken(part: RunningPart[Any]) -> dict[str, Any]:
        with counting.database.begin() as session:
            session.execute(update(Part).values(lease_expires_at=clock.after(-1)))
        counting.ring_for(1)
        with pytest.raises(errors.LeaseLost):
            write(part)
        return {"found": 2}

    counting.ring_for(1, overtaken)
    assert counting.written() == ["word 1"]
    assert counting.part(1).result == {"found": 1}


def test_a_part_that_kills_five_workers_fails_in_words_after_the_others_have_ended(
    counting: Counting,
) -> None:
    counting.ring()
    for _ in range(progress.MOST_ATTEMPTS):
        with pytest.raises(SystemExit):
            counting.ring_for(1, killed)
        with counting.database.begin() as session:
            session.execute(update(Part).values(lease_expires_at=clock.after(-1)))
    assert counting.ring_for(1, killed).status == "running"
    counting.ring_for(2)
    run = counting.ring_for(3)
    assert run.status == "failed"
    assert run.failure is not None
    assert run.failure["where"] == f"run {run.id}, part 1"
    assert "memory" in run.failure["do"]
    assert counting.written() == ["word 2", "word 3"]
    with counting.database() as session:
        assert session.scalar(select(func.count(Part.id))) == 0
        said = session.scalars(select(RunLogLine.text)).all()
    assert any(line.startswith("Part 1 failed") for line in said)


def test_a_part_that_gets_on_before_each_death_is_never_given_up(counting: Counting) -> None:
    counting.ring()

    def gets_on(part: RunningPart[Any]) -> dict[str, Any]:
        write(part)
        raise SystemExit

    for _ in range(progress.MOST_ATTEMPTS + 2):
        with pytest.raises(SystemExit):
            counting.ring_for(1, gets_on)
        with counting.database.begin() as session:
            session.execute(update(Part).values(lease_expires_at=clock.after(-1)))
    counting.ring_for(1)
    assert counting.part(1).status == "succeeded"


def test_a_reason_that_one_part_raises_ends_the_run_with_it(counting: Counting) -> None:
    counting.ring()

    def refuse(part: RunningPart[Any]) -> dict[str, Any]:
        raise errors.Refused("Nobody answers.", "the model", "Start it.")

    run = counting.ring_for(2, refuse)
    assert run.status == "failed"
    assert run.failure == {"what": "Nobody answers.", "where": "the model", "do": "Start it."}
    assert counting.written() == []


def test_a_run_cancelled_while_it_is_planned_gets_no_parts(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = counting.plan

    def cancelled_meanwhile(running: Any) -> list[Share]:
        with counting.database.begin() as session:
            rules.cancel(session, counting.run_id)
        return plan(running)

    monkeypatch.setattr(counting, "plan", cancelled_meanwhile)
    assert counting.ring().status == "cancelled"
    with counting.database() as session:
        assert not parts.are_under_way(session, counting.run_id)


def test_a_part_taken_over_after_its_run_was_cancelled_stops_before_it_begins(
    counting: Counting,
) -> None:
    counting.ring()
    with pytest.raises(SystemExit):
        counting.ring_for(1, killed)
    with counting.database.begin() as session:
        rules.cancel(session, counting.run_id)
        session.execute(update(Part).values(lease_expires_at=clock.after(-1)))

    def begin(part: RunningPart[Any]) -> dict[str, Any]:
        part.check()
        return write(part)

    assert counting.ring_for(1, begin).status == "cancelled"
    assert counting.written() == []


def test_a_process_told_to_stop_gives_its_part_back(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting.ring()

    def stopped(part: RunningPart[Any]) -> dict[str, Any]:
        progress.CLOSING.set()
        part.check()
        return {}

    try:
        counting.ring_for(1, stopped)
    finally:
        progress.CLOSING.clear()
    left = counting.part(1)
    assert (left.status, left.owner, left.attempts) == ("queued", None, 0)


def test_a_worker_leaves_parts_and_runs_it_does_not_know_to_others(counting: Counting) -> None:
    progress.execute(counting.database, counting.settings, counting.run_id, {})
    assert counting.run().status == "queued"
    counting.ring()
    work.execute(counting.database, counting.settings, counting.part(1).id, {"count/0": write})
    left = counting.part(1)
    assert (left.status, left.attempts) == ("queued", 0)
