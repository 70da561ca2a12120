"""Runs that have parts: planned by one worker, done by many, closed by one.

A kind of run with parts has three functions. `plan` says what the parts are of. `carry_out` does
one part, and writes what it made with how far it is in one transaction of the part. `close` follows
the last part. Each may be killed at any line and is then begun again, by another worker or the
same, so what it writes overwrites itself or is passed over.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.engine import Database
from app.db.learning import Run
from app.db.work import Part
from app.runs import doorbell, leavings, parts, rules
from app.runs.parameters import Parameters
from app.runs.parts import Share
from app.runs.results import Result
from app.settings import Settings
from worker import failures
from worker.outcomes import Cancelled, Closing, HandedOver, Place, outcome_of
from worker.progress import MOST_ATTEMPTS, Running, new_owner

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Parameters, covariant=True)
R = TypeVar("R", bound=Result)
DoPart = Callable[["RunningPart[Any]"], dict[str, Any]]

AHEAD = 64
"""Parts of one run that have a message at a time. The end of each rings for one more, so that a
million films neither fill the broker nor keep what is asked for meanwhile waiting."""


class RunningPart(Running[P]):
    """A claimed part of a run, handed to the `carry_out` of its kind.

    Attributes:
        number: among the run's parts.
        range: what it is of, as `plan` has said.
        total: how many films or files that are.
        done: how many of them were done for good when it was taken.
        attempts: how many workers have taken it since it last got on, this one among them.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        run: Run,
        part: Part,
        owner: str,
        stops: bool,
    ) -> None:
        super().__init__(database, settings, run, owner)
        self.number = part.number
        self.range: dict[str, Any] = part.range
        self.total, self.done, self.attempts = part.total, part.done, part.attempts
        self.place = Place(f"run {run.id}, part {part.number}", settings.home, self.is_closing)
        self._part = part
        if stops:
            self._stop = Cancelled

    def advance(self, session: Session, done: int) -> None:
        """Record, in the transaction that writes what was made, how many films are done for good.

        Args:
            session: of `transaction`.
            done: of the part's films.
        """
        parts.advance(session, self._part.id, self._owner, done)

    def end(self, status: str, *, stops: bool = False, **outcome: Any) -> Run | None:
        """End the part; return the run as it stands, None where the part is not ours any more."""
        with self.database.begin() as session:
            run = parts.finish(session, self._part, self._owner, status, stops=stops, **outcome)
            if run is not None and status == "failed":
                failure = outcome["failure"]
                rules.write_log(session, run.id, f"Part {self.number} failed: {failure['what']}")
        return run

    def give_back(self) -> None:
        """Leave the part to the next worker; does nothing where it is not ours any more."""
        with self.database.begin() as session:
            parts.give_back(session, self._part.id, self._owner)

    def _keep(self, session: Session) -> bool:
        return parts.beat(session, self._part.id, self._owner, self._lease)

    def _record(self, session: Session, done: int, total: int, message: str) -> None:
        """How far a part is it says by `advance`."""

    def _is_cancelled(self, session: Session) -> bool:
        return parts.must_stop(session, self.run_id)


@dataclass(frozen=True)
class InParts(Generic[P, R]):
    """A kind of run that has parts, as `execute` of a kind without.

    Attributes:
        task: what is done with a part, and in which edition: `sweep/1`. A worker that does not
            know it leaves the part to others, so what changes a part's meaning changes this.
        resource: what a part needs, one of `app.db.work.RESOURCES`.
        plan: says what the parts are of; none, and the run is closed at once.
        carry_out: does one part and returns figures for `close`.
        close: follows the last part and returns the run's result.
    """

    task: str
    resource: str
    plan: Callable[[Running[P]], Sequence[Share]]
    carry_out: Callable[[RunningPart[P]], dict[str, Any]]
    close: Callable[[Running[P]], R]

    def __call__(self, running: Running[P]) -> R:
        """Plan a run or, where its parts are done, close it.

        Raises:
            HandedOver: it was planned.
        """
        with running.reading() as session:
            done = parts.are_under_way(session, running.run_id)
        if not done and (shares := self.plan(running)):
            running.hand_over(shares, self.task, self.resource)
            _ring_for_the_first(running)
            raise HandedOver
        return self.close(running)


def execute(
    database: Database,
    settings: Settings,
    part_id: int,
    tasks: Mapping[str, DoPart],
) -> None:
    """Claim a part and carry it to its end; do nothing where it is someone else's or over.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        part_id: the part the doorbell rang for.
        tasks: what is done with the parts this worker knows.
    """
    try:
        running = _claimed(database, settings, part_id, tasks)
        if running is not None:
            _carry_out(running, tasks)
    except OperationalError as error:
        # Whoever finds its lease run out goes on with it, as after a kill.
        log.warning("part %s waits for its database (%s)", part_id, type(error).__name__)


def _claimed(
    database: Database, settings: Settings, part_id: int, tasks: Mapping[str, DoPart]
) -> RunningPart[Any] | None:
    owner, lease = new_owner(), timedelta(seconds=settings.run_lease_seconds)
    with database.begin() as session:
        part = parts.claim(session, part_id, owner, lease, tasks.keys())
        if part is None:
            return None
        run = rules.find(session, part.run_id)
        stops = parts.must_stop(session, run.id)
    return RunningPart(database, settings, run, part, owner, stops)


def _carry_out(running: RunningPart[Any], tasks: Mapping[str, DoPart]) -> None:
    part = running._part
    if part.attempts > MOST_ATTEMPTS:
        run = running.end("failed", failure=failures.gave_up(running.place.name, MOST_ATTEMPTS))
    else:
        try:
            with running:
                status, outcome = outcome_of(lambda: tasks[part.task](running), running.place)
            run = running.end(status, stops=status == "failed", **outcome)
        except Closing:
            running.give_back()
            return
    if run is not None:
        _go_on(running, run)


def _go_on(running: RunningPart[Any], run: Run) -> None:
    """See to what follows the end of a part: the run's close, the next message, or nothing."""
    if run.status == "queued":
        doorbell.ring(run, running.settings)
    elif run.finished_at is not None:
        leavings.tidy(running.database, running.settings.home)
    else:
        _ring_for(running, running.number + AHEAD, running.number + AHEAD)


def _ring_for_the_first(running: Running[Any]) -> None:
    _ring_for(running, 1, AHEAD)


def _ring_for(running: Running[Any], first: int, last: int) -> None:
    with running.reading() as session:
        waiting = parts.numbered(session, running.run_id, first, last)
    doorbell.ring_for(waiting, running.settings)
