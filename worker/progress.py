"""One run in a worker's hands: claimed, kept alive, reported, and ended exactly once."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Self, TypeVar
from uuid import uuid4

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import errors
from app.db import planner
from app.db.engine import Database, read_only
from app.db.learning import Run
from app.imaging.stores import open_store
from app.runs import kinds, leavings, parts, rules
from app.runs.parameters import Parameters
from app.runs.results import Result
from app.settings import Settings
from worker import failures
from worker.outcomes import Cancelled, Closing, HandedOver, Place, outcome_of

log = logging.getLogger(__name__)

P = TypeVar("P", bound=Parameters, covariant=True)

MOST_ATTEMPTS = 5
"""A run that takes its worker down this often is ended: it would do so for ever."""

PATIENCE_SECONDS = 60
"""How long a run waits for a store that is away before it ends and says so."""

PROCESS = [""]
"""The name of this process among the workers, where it is one."""
CLOSING = threading.Event()
"""Set when this process is told to stop: the run in its hands goes back at the next batch."""


class Running(Generic[P]):
    """A claimed run, handed to the `execute` of its kind.

    Attributes:
        run_id: the run's number.
        kind: what kind of run it is.
        database: the sessionmaker; one reads in `reading`, and writes in `transaction`.
        settings: the process's settings.
        store: the content-addressed files.
        folder: this run's own folder, which outlives a kill: checkpoints to resume from.
    """

    def __init__(self, database: Database, settings: Settings, run: Run, owner: str) -> None:
        self.run_id = run.id
        self.kind = run.kind
        self._run = run
        self.database = database
        self.settings = settings
        self.store = open_store(settings, PATIENCE_SECONDS)
        self.folder: Path = settings.home / "runs" / str(run.id)
        self.place = Place(f"run {run.id}", settings.home, self.is_closing)
        self._owner = owner
        self._lease = timedelta(seconds=settings.run_lease_seconds)
        self._reported = float("-inf")
        self._stop: type[Exception] | None = None
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True, name=f"heart-{run.id}")

    @cached_property
    def parameters(self) -> P:
        """What was asked for."""
        found: P = kinds.find(self.kind).parameters_of(self._run)
        return found

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._heart.join()

    def reading(self) -> AbstractContextManager[Session]:
        """Open a unit of work that writes nothing and waits for nobody who writes."""
        return read_only(self.database)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a transaction that commits only while the run is ours.

        Raises:
            errors.LeaseLost: the run was taken over; nothing was written.
        """
        with self.database.begin() as session:
            if not self._keep(session):
                raise errors.LeaseLost("Another worker has taken this over.", self.place.name)
            yield session

    def report(self, done: int, total: int, message: str = "") -> None:
        """Record progress, at most once a second (the last step of a stage always)."""
        if time.monotonic() - self._reported < 1 and done < total:
            return
        self._reported = time.monotonic()
        with self.transaction() as session:
            self._record(session, done, total, message)

    def log(self, line: str) -> None:
        """Add a line to the run's log. Never patient data."""
        with self.transaction() as session:
            rules.write_log(session, self.run_id, line)

    def check(self) -> None:
        """Stop here where a person cancelled the run or another worker took it over.

        Raises:
            Cancelled: a person asked for it.
            errors.LeaseLost: the run is not ours any more.
            Closing: this process was told to stop.
        """
        if self._stop is not None:
            raise self._stop("The run was stopped.")
        if CLOSING.is_set():
            raise Closing

    def should_stop(self) -> bool:
        """Whether `check` would raise; what the training loops ask at each batch."""
        return self._stop is not None or CLOSING.is_set()

    def is_closing(self) -> bool:
        """Whether it is this process that stops, and not the run."""
        return self._stop is None and CLOSING.is_set()

    def outcome_before(self) -> tuple[str, dict[str, Any]] | None:
        """Return how the run ended before it was killed, where it had come so far."""
        kept = self.folder / leavings.OUTCOME
        if not kept.exists():
            return None
        status, outcome = json.loads(kept.read_text())
        return status, outcome

    def leave_nothing(self, status: str, outcome: dict[str, Any]) -> None:
        """Remove the originals an import has read, its outcome being written down before.

        Without it, one killed between this and its end would go on and miss its files. A run that
        was taken over leaves its files to the new owner.
        """
        if self.kind != "import" or not self._is_ours():
            return
        whole = self.folder / leavings.OUTCOME
        partial = whole.with_suffix(".partial")
        with suppress(OSError):  # a full disk: what is removed next makes room
            partial.write_text(json.dumps([status, outcome]))
            partial.rename(whole)
        leavings.remove_originals(self.settings.home, self._run)

    def _is_ours(self) -> bool:
        with self.database.begin() as session:
            return self._keep(session)

    def _keep(self, session: Session) -> bool:
        """Prolong the lease; False where what was claimed is not ours any more."""
        return rules.beat(session, self.run_id, self._owner, self._lease)

    def _record(self, session: Session, done: int, total: int, message: str) -> None:
        rules.report(session, self.run_id, self._owner, done, total, message)

    def _is_cancelled(self, session: Session) -> bool:
        return rules.find(session, self.run_id).cancel_requested

    def hand_over(self, shares: Sequence[parts.Share], task: str, resource: str) -> None:
        """Write the run's parts, whose owners the run belongs to from here on.

        Args:
            shares: what each is to be.
            task: what is done with each.
            resource: what that needs.
        """
        with self.database.begin() as session:
            count = parts.write(session, self.run_id, self._owner, shares, task, resource)
            # Not before: the row is held now, so whoever cancels it later finds its parts.
            if self._is_cancelled(session):
                raise Cancelled
            rules.write_log(session, self.run_id, f"Shared out in {count:,} parts.")

    def finish(self, status: str, **outcome: Any) -> None:
        """End the run; does nothing where it is not ours any more."""
        with self.database.begin() as session:
            rules.finish(session, self.run_id, self._owner, status, **outcome)

    def give_back(self) -> None:
        """Leave the run to the next worker; does nothing where it is not ours any more."""
        with self.database.begin() as session:
            rules.give_back(session, self.run_id, self._owner)

    def _beat(self) -> None:
        while not self._ended.wait(self._lease.total_seconds() / 6):
            try:
                with self.database.begin() as session:
                    if not self._keep(session):
                        self._stop = errors.LeaseLost
                    elif self._is_cancelled(session):
                        self._stop = Cancelled
            except OperationalError as error:
                # A database that is away for a moment costs a beat, not the run.
                log.warning("%s: a heartbeat failed (%s)", self.place.name, type(error).__name__)


Execute = Callable[[Running[Any]], Result]


def execute(
    database: Database,
    settings: Settings,
    run_id: int,
    executes: Mapping[str, Execute],
) -> None:
    """Claim a run and carry it to its end; do nothing where it is someone else's or over.

    Args:
        database: the sessionmaker.
        settings: the process's settings.
        run_id: the run the doorbell rang for.
        executes: the `execute` of each kind of run; one that has none is left to a worker that
            does, for it is of another release.
    """
    owner = new_owner()
    run = _claimed(database, settings, run_id, owner, executes)
    if run is None:
        return
    try:
        if run.attempts <= MOST_ATTEMPTS:
            _carry_out(Running(database, settings, run, owner), executes[run.kind])
        leavings.tidy(database, settings.home)
        planner.refresh(database)
    except OperationalError as error:
        # Whoever finds its lease run out goes on with it, as after a kill.
        log.warning("run %s waits for its database (%s)", run_id, type(error).__name__)


def _carry_out(running: Running[Any], execute: Execute) -> None:
    try:
        with running:
            status, outcome = running.outcome_before() or outcome_of(
                lambda: _result(running, execute), running.place
            )
            running.leave_nothing(status, outcome)
        running.finish(status, **outcome)
    except Closing:
        running.give_back()
    except HandedOver:
        log.info("%s has been planned", running.place.name)


def _result(running: Running[Any], execute: Execute) -> dict[str, Any]:
    kinds.find(running.kind).require(running.parameters, running.settings)
    return execute(running).stored()


def new_owner() -> str:
    """Return a name to claim by that nobody else has; it begins with this process's."""
    return f"{PROCESS[0]}-{uuid4().hex}"


def _claimed(
    database: Database,
    settings: Settings,
    run_id: int,
    owner: str,
    executes: Mapping[str, Execute],
) -> Run | None:
    """Return the run, now the owner's, which has failed where it was begun too often."""
    lease = timedelta(seconds=settings.run_lease_seconds)
    with database.begin() as session:
        run = session.get(Run, run_id)
        if run is None or run.kind not in executes:
            return None
        if not rules.claim(session, run_id, owner, lease):
            return None
        session.refresh(run)
        if run.attempts > MOST_ATTEMPTS:
            place = f"run {run.id}, after: {run.message or 'the start'}"
            why = failures.gave_up(place, MOST_ATTEMPTS)
            rules.finish(session, run_id, owner, "failed", failure=why)
        elif run.attempts > 1:
            rules.write_log(session, run_id, "The worker had stopped; going on where it was.")
    return run
