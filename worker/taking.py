"""Taking messages from queues, one thing at a time, until told to stop."""

import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence

from celery import Task
from celery.platforms import SecurityWarning
from celery.signals import setup_logging, worker_shutting_down

from app import logs
from app.audit.origins import begin_worker
from app.classification import rules
from app.db.engine import open_database
from app.runs.doorbell import make_celery
from app.settings import Settings
from app.telemetry import spans
from worker import classify, decode_counts, parts, progress
from worker.progress import CLOSING, PROCESS, Execute
from worker.table import tasks_of

Kinds = Mapping[str, Execute]


def take_work(
    settings: Settings, name: str, queues: Sequence[str], kinds: Callable[[str], Kinds]
) -> None:
    """Carry out what the messages in some queues name; return when told to stop.

    Beside it, a process that takes the queue `gpu` answers films that are to be classified.

    The pool is `solo`: CUDA does not survive a fork.

    Args:
        settings: of this process.
        name: of this process among the workers; the owners it claims by begin with it.
        queues: of `app.db.work.RESOURCES`.
        kinds: returns, for one of the queues, the `execute` of each kind of run that its messages
            may ask for; others are left to others.
    """
    PROCESS[0] = name
    begin_worker()
    if rules.RESOURCE in queues:
        beside = (settings, threading.Event())
        threading.Thread(target=classify.serve, args=beside, daemon=True, name="films").start()
    celery = make_celery(settings)
    database = open_database(settings.resolved_database_url)
    tracer = spans.tracer_of(settings, "condyle-worker")

    @celery.task(name="run", bind=True)
    def run(task: Task, run_id: int) -> None:
        """Carry out a run, unless someone else has it: a doubled message does nothing."""
        queue = _queue_of(task)
        with spans.work(tracer, "run", run_id, queue):
            progress.execute(database, settings, run_id, kinds(queue))

    @celery.task(name="part", bind=True)
    def part(task: Task, part_id: int) -> None:
        """Carry out a part of a run, unless someone else has it; likewise."""
        queue = _queue_of(task)
        with spans.work(tracer, "part", part_id, queue):
            parts.execute(database, settings, part_id, tasks_of(kinds(queue)))

    if settings.log_format == "json":
        setup_logging.connect(_as_set)  # else Celery sets up its own
        logs.begin(settings)
    # Celery warns root of messages that run code; ours are JSON, and pickles are refused.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker_shutting_down.connect(_close)
    # Celery tells of its shutdown beside all logging, upon whatever else is on the terminal.
    sys.__stdout__ = None  # type: ignore[misc]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    own = ["--pool=solo", f"--queues={','.join(queues)}", f"--hostname={name}@%h"]
    ended = threading.Event()
    counts = threading.Thread(target=decode_counts.serve, args=(database, ended), daemon=True)
    counts.start()
    try:
        celery.worker_main(["--quiet", "worker", *own, *quiet])
    finally:
        ended.set()
        counts.join()


def _queue_of(task: Task) -> str:
    return str(task.request.delivery_info["routing_key"])


def _close(**_about: object) -> None:
    """Have the work in hand go back at its next batch."""
    CLOSING.set()


def _as_set(**_about: object) -> None:
    """Leave the logging of this process as it is."""
