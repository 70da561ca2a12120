"""The worker beside the server: a process of its own, started again whenever it dies."""

import os
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

from app.settings import Settings


class WorkerProcess:
    """Keeps `python -m worker` running while the `with` block lasts.

    A process and not a thread: a crash while decoding or training must not take reading down.

    Args:
        settings: handed to the worker as its environment.
    """

    RESTART_SECONDS = 2.0
    STOP_SECONDS = 10.0

    def __init__(self, settings: Settings) -> None:
        self._environment = os.environ | settings.as_environment()
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep_running, daemon=True)
        self._start()

    def __enter__(self) -> Self:
        self._keeper.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: object, _traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        self._keeper.join()
        # Told to stop it gives its run back, which a kill would count as a death. Whatever it is
        # doing that takes longer can be killed at any line.
        self._process.terminate()
        try:
            self._process.wait(self.STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        # It ends when the pipe does, however this process ends.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker", "--beside-server"],
            env=self._environment,
            stdin=subprocess.PIPE,
        )

    def _keep_running(self) -> None:
        while not self._closing.wait(self.RESTART_SECONDS):
            if self._process.poll() is not None:
                self._start()
