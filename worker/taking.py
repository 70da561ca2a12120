"""Taking messages from queues, one thing at a time, until told to stop."""

import warnings
from collections.abc import Sequence

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down

from worker.progress import CLOSING, PROCESS


def take_work(celery: Celery, name: str, queues: Sequence[str]) -> None:
    """Carry out what the messages in some queues name; return when told to stop.

    The pool is `solo`: CUDA does not survive a fork.

    Args:
        celery: the application with its tasks.
        name: of this process among the workers; the owners it claims by begin with it.
        queues: of `app.db.work.RESOURCES`.
    """
    PROCESS[0] = name
    # Celery warns root of messages that run code; ours are JSON, and pickles are refused.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker_shutting_down.connect(_close)
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=WARNING"]
    own = ["--pool=solo", f"--queues={','.join(queues)}", f"--hostname={name}@%h"]
    celery.worker_main(["--quiet", "worker", *own, *quiet])


def _close(**_about: object) -> None:
    """Have the work in hand go back at its next batch."""
    CLOSING.set()
