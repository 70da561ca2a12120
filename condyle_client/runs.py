"""Starting runs, and waiting for them."""

import time
from collections.abc import Callable
from typing import Any

from condyle_client import operations as ops
from condyle_client.answers import Run
from condyle_client.connection import Connection
from condyle_client.errors import RunCancelled, RunFailed, StillRunning

Progress = Callable[[Run], None]
"""Told how a run stands, whenever that has changed."""

FIRST_LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.1, 2.0
"""Between two looks at a run: seldomer each time, up to the latter."""


def silent(_run: Run) -> None:
    """Tell nobody."""


class Runs:
    """Runs: background jobs that a worker carries out. Scope `runs`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def start(self, kind: str, **parameters: Any) -> Run:
        """Start a run; one of a kind at a time.

        Args:
            kind: such as `train_labeler`, as the page *Runs* and the OpenAPI name them.
            parameters: of this kind; those left out have their defaults.
        """
        return self._connection.ask(ops.START_RUN, body={"kind": kind, "parameters": parameters})

    def get(self, run_id: int) -> Run:
        """Return a run as it stands."""
        return self._connection.ask(ops.GET_RUN, {"run_id": run_id})

    def cancel(self, run_id: int) -> Run:
        """Ask a run to stop; return how it stands."""
        return self._connection.ask(ops.CANCEL_RUN, {"run_id": run_id})

    def wait(
        self, run: Run | int, limit_seconds: float | None = None, progress: Progress = silent
    ) -> Run:
        """Wait until a run has succeeded, and return it with its result.

        Args:
            run: the run, or its number.
            limit_seconds: how long to wait; None for as long as it takes.
            progress: told how it stands, at the beginning and whenever that has changed.

        Raises:
            RunFailed: it failed; its text says why and what to do.
            RunCancelled: somebody cancelled it.
            StillRunning: the time is over; the run goes on.
        """
        run_id = run if isinstance(run, int) else run.id
        begun, pause, told = time.monotonic(), FIRST_LOOK_SECONDS, None
        while True:
            now = self.get(run_id)
            if now != told:
                progress(now)
                told = now
            if now.finished_at is not None:
                return _succeeded(now)
            left = float("inf")
            if limit_seconds is not None:
                left = limit_seconds - (time.monotonic() - begun)
                if left <= 0:
                    raise StillRunning(now, limit_seconds)
            time.sleep(min(pause, left))
            pause = min(1.5 * pause, LONGEST_LOOK_SECONDS)


def _succeeded(run: Run) -> Run:
    if run.status == "failed":
        raise RunFailed(run)
    if run.status == "cancelled":
        raise RunCancelled(run)
    return run
