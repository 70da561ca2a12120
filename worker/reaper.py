"""What looks after the rows: work that waits unheard, workers that are there, files left behind.

One thread in each worker. Whatever it finds it finds again, so a look that fails costs nothing.
"""

import logging
import threading
import time
from collections.abc import Callable

from app.db import planner
from app.db.engine import Database, read_only
from app.imports import uploads
from app.monitor import stopping
from app.receiving import importing as arrivals
from app.receiving import on_arrival
from app.removal import files as removals
from app.removal.doing import go_on
from app.runs import doorbell, parts, rules, workers
from app.runs.workers import Post
from app.settings import Settings

log = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
"""Between two signs of life of a worker, whatever the lease."""
MODELS_WATCHED_EVERY = 600.0
"""Seconds between two looks at what was audited of what arrives."""
TABLES_SEEN_EVERY = 3600.0
"""After each run they are looked at anyhow."""
RUNG_AT_ONCE = 64
"""Parts that are rung for at a time: a million that wait are heard one after the other."""


class Reaper(threading.Thread):
    """Looks after the rows while the worker lives.

    Args:
        database: the sessionmaker.
        settings: of the worker.
        posts: returns what the worker's processes are known by.
    """

    def __init__(
        self, database: Database, settings: Settings, posts: Callable[[], list[Post]]
    ) -> None:
        super().__init__(daemon=True, name="reaper")
        self._database = database
        self._settings = settings
        self._posts = posts
        self._known: set[str] = set()
        self._beaten = float("-inf")
        self._tables_seen = time.monotonic()
        self._models_watched = float("-inf")

    def run(self) -> None:
        """Look for ever."""
        while True:
            for look in (
                self.say_who_is_there,
                self.ring,
                self.remove_uploads,
                self.see_to_arrivals,
                self.go_on_removing,
                self.see_how_tables_have_grown,
                self.watch_models_in_use,
            ):
                try:
                    look()
                except Exception:
                    log.exception("the reaper could not look; it tries again")
            time.sleep(min(BEAT_SECONDS, self._settings.run_lease_seconds / 3))

    def say_who_is_there(self) -> None:
        """Record the processes that live, and take back those that have died."""
        posts = self._posts()
        names = {post.name for post in posts}
        if names == self._known and time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        with self._database.begin() as session:
            workers.report(session, posts)
            workers.leave(session, self._known - names)
        self._known, self._beaten = names, time.monotonic()

    def say_that_all_have_left(self) -> None:
        """Record that the worker has ended."""
        with self._database.begin() as session:
            workers.leave(session, self._known)

    def ring(self) -> None:
        """Ring for what waits in a queue that is empty: its message was lost, or its worker died.

        Where messages wait, workers are busy: more of them would only fill the broker.
        """
        with read_only(self._database) as session:
            runs = rules.waiting(session)
            waiting = parts.waiting(session, RUNG_AT_ONCE)
        if not runs and not waiting:
            return
        idle = doorbell.idle_queues(self._settings)
        for run in runs:
            if doorbell.queue_of(run) in idle:
                doorbell.ring(run, self._settings)
        doorbell.ring_for([each for each in waiting if each.resource in idle], self._settings)

    def see_how_tables_have_grown(self) -> None:
        """Have the database look at its tables, now and then: what people do changes them too."""
        if time.monotonic() - self._tables_seen > TABLES_SEEN_EVERY:
            self._tables_seen = time.monotonic()
            planner.refresh(self._database)

    def watch_models_in_use(self) -> None:
        """Stop acceptance, now and then looked at, where audits of what arrives speak for it."""
        if time.monotonic() - self._models_watched > MODELS_WATCHED_EVERY:
            self._models_watched = time.monotonic()
            stopping.look(self._database)

    def go_on_removing(self) -> None:
        """Start a run where something waits to be removed: a kill, or another run, came between."""
        with read_only(self._database) as session:
            due = removals.is_due(session)
        if due:
            go_on(self._database, self._settings, None)

    def see_to_arrivals(self) -> None:
        """Import films that have arrived, and have them read, where an admin wants it.

        What was imported is removed from where it had arrived.
        """
        arrivals.remove_imported(self._database, self._settings)
        arrivals.go_on(self._database, self._settings)
        on_arrival.go_on(self._database, self._settings)

    def remove_uploads(self) -> None:
        """Remove uploads that nobody went on with."""
        with read_only(self._database) as session:
            used = uploads.in_use(session)
        uploads.remove_abandoned(self._settings.home, used)
