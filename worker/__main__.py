"""`python -m worker`: one process, one run at a time, and a reaper.

The reaper rings for waiting runs and removes uploads that nobody went on with.

The pool is `solo`: CUDA does not survive a fork, and a run may use every core by itself.
"""

import logging
import os
import threading
import time
import warnings

from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down

from app import privacy
from app.db.engine import read_only
from app.imaging import decoding
from app.imports import quarantine, uploads
from app.runs import doorbell, leavings, rules
from app.settings import settings
from models.machine import use_threads
from worker.main import celery, database
from worker.progress import CLOSING


def reap() -> None:
    """Ring, for ever, for runs that wait: their message was lost or their worker is gone.

    And remove abandoned uploads.
    """
    pause = settings().run_lease_seconds / 3
    rung: dict[int, float] = {}
    parent = os.getppid()
    while True:
        if settings().embedded and os.getppid() != parent:
            os._exit(1)  # the server this worker belongs to is gone
        try:
            with read_only(database()) as session:
                waiting = [run.id for run in rules.waiting(session)]
                used = uploads.in_use(session)
            uploads.remove_abandoned(settings().home, used)
            for run_id in waiting:
                if time.monotonic() - rung.get(run_id, float("-inf")) > 6 * pause:
                    doorbell.ring(run_id, settings())
                    rung[run_id] = time.monotonic()
        except Exception:
            logging.getLogger(__name__).exception("the reaper could not look; it tries again")
        time.sleep(pause)


def tidy_up() -> None:
    """Remove what ended imports and killed decoders have left behind."""
    try:
        leavings.tidy(database(), settings().home)
        decoding.remove_abandoned(settings().home)
        with database().begin() as session:
            quarantine.forget_old_names(session)
    except Exception:
        logging.getLogger(__name__).exception("what was left behind could not be removed")


def _close(**_about: object) -> None:
    """Have the run in hand go back at its next batch."""
    CLOSING.set()


def main() -> None:
    """Start the reaper and the Celery worker; returns when the worker is told to stop."""
    privacy.keep_to_the_owner(settings())
    tidy_up()
    use_threads(settings().threads)
    threading.Thread(target=reap, daemon=True, name="reaper").start()
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    # Celery warns root of messages that run code; ours are JSON, and pickles are refused.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    worker_shutting_down.connect(_close)
    celery.worker_main(["--quiet", "worker", "--pool=solo", "--loglevel=WARNING", *quiet])


if __name__ == "__main__":
    main()
