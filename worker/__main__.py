"""`python -m worker`: the processes that take work, and what looks after them and the rows."""

import argparse
import logging
import signal
import threading

from app import logs, privacy, senders
from app.audit.heads import daily as heads
from app.db.engine import Database, open_database
from app.imaging import scratch
from app.imports import quarantine
from app.notifications import service as notifications
from app.runs import leavings
from app.settings import Settings, settings
from worker import render
from worker.crew import Crew
from worker.ending import end_with_the_parent
from worker.layout import seats, this_machine
from worker.reaper import Reaper

log = logging.getLogger(__name__)


def tidy_up(database: Database, settings: Settings) -> None:
    """Remove what ended imports and killed decoders have left behind."""
    try:
        leavings.tidy(database, settings.home)
        scratch.remove_abandoned(settings.home)
        with database.begin() as session:
            quarantine.forget_old_names(session)
    except Exception:
        log.exception("what was left behind could not be removed")


def main() -> None:
    """Take work until told to stop, then give back what is in hand."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--beside-server", action="store_true", help="end with standard input")
    if asked.parse_args().beside_server:
        end_with_the_parent()
    privacy.keep_to_the_owner(settings())
    logs.begin(settings())
    closing = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: closing.set())
    database = open_database(settings().resolved_database_url)
    tidy_up(database, settings())
    crew = Crew(seats(settings(), this_machine()), settings())
    reaper = Reaper(database, settings(), crew.posts)
    reaper.start()
    until_closing = (database, settings(), closing)
    threading.Thread(target=render.serve, args=until_closing, daemon=True, name="renderer").start()
    threading.Thread(target=heads.serve, args=until_closing, daemon=True, name="heads").start()
    forgets = notifications.serve_forgetting
    threading.Thread(target=forgets, args=until_closing, daemon=True, name="forgetting").start()
    wait_for_senders = senders.start(*until_closing) if settings().webhook_workers else None
    crew.keep_until(closing)
    if wait_for_senders:
        wait_for_senders()
    reaper.say_that_all_have_left()


if __name__ == "__main__":
    main()
