"""The processes of one worker: started, started again when one dies, and ended together."""

import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from importlib.metadata import version
from uuid import uuid4

from app.runs.workers import Post
from app.settings import Settings
from worker.layout import Seat

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
RESTART_SECONDS = 2.0
"""At least so long from one start of a process to the next: what dies at once is not hurried."""


class Member:
    """One process, and the next one in its seat when it has died.

    Args:
        seat: its queues, threads and GPU.
        settings: of this process, handed to it as its environment.
    """

    def __init__(self, seat: Seat, settings: Settings) -> None:
        self._seat = seat
        chosen = settings.model_copy(update={"threads": seat.threads})
        self._environment = os.environ | chosen.as_environment()
        if seat.gpus:
            self._environment["CUDA_VISIBLE_DEVICES"] = ",".join(seat.gpus)
        self._start()

    def post(self) -> Post:
        """Return what the process is to be known by."""
        return Post(
            self.name,
            socket.gethostname(),
            self._process.pid,
            version("condyle"),
            list(self._seat.queues),
            self._seat.threads,
        )

    def keep(self) -> None:
        """Start the process again if it has died."""
        code = self._process.poll()
        if code is None or time.monotonic() - self._started < RESTART_SECONDS:
            return
        log.warning("a process for %s ended with %s", ", ".join(self._seat.queues), code)
        self._start()

    def stop(self) -> None:
        """Tell the process to give back what it has in hand, and to end."""
        self._process.terminate()

    def wait(self) -> None:
        """Wait for the process to end."""
        self._process.wait()

    def _start(self) -> None:
        self.name = uuid4().hex[:12]
        self._started = time.monotonic()
        asked = ["--name", self.name, "--queues", ",".join(self._seat.queues)]
        # The process ends when the pipe does, however this one ends. Ctrl-C is for this one alone.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker.solo", *asked],
            env=self._environment,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )


class Crew:
    """All processes of a worker.

    Args:
        seats: one for each.
        settings: of this process.
    """

    def __init__(self, seats: Sequence[Seat], settings: Settings) -> None:
        self._members = [Member(seat, settings) for seat in seats]

    def posts(self) -> list[Post]:
        """Return what the processes are to be known by."""
        return [member.post() for member in self._members]

    def keep_until(self, closing: threading.Event) -> None:
        """Keep every process running until told to stop; then stop them and wait for them."""
        while not closing.wait(LOOK_SECONDS):
            for member in self._members:
                member.keep()
        for member in self._members:
            member.stop()
        for member in self._members:
            member.wait()
