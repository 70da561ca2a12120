"""A bar that says how far the demo is, below the lines it prints."""

import time
from collections.abc import Callable
from typing import TextIO

WIDTH = 30
SECONDS_BETWEEN = 0.5
"""Between two drawings of the same line."""
Report = Callable[[float, str], None]
"""Told how much is done, 0 to 1, and what goes on."""


def silent(share: float, doing: str) -> None:
    """Report to nobody."""


class Bar:
    """Lines of words, and below them one line that is drawn over: the bar.

    Where the output is no terminal, each line begins with the share that is done instead.

    Args:
        out: where to write.
    """

    def __init__(self, out: TextIO) -> None:
        self._out, self._terminal = out, out.isatty()
        self._share, self._doing = 0.0, ""
        self._began = time.monotonic()
        self._drawn = 0.0

    def say(self, words: str) -> None:
        """Print a line above the bar."""
        if not self._terminal:
            self._out.write(f"[{self._share:4.0%}] {words}\n")
        else:
            self._out.write(f"\r\x1b[K{words}\n")
            self._draw()
        self._out.flush()

    def report(self, share: float, doing: str) -> None:
        """Draw the bar anew."""
        self._share = max(self._share, min(share, 1.0))
        changed = doing != self._doing
        self._doing = doing
        if self._terminal and (changed or time.monotonic() - self._drawn > SECONDS_BETWEEN):
            self._draw()
            self._out.flush()

    def end(self) -> None:
        """Take the bar away."""
        if self._terminal:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        full = round(WIDTH * self._share)
        minutes, seconds = divmod(round(self._drawn - self._began), 60)
        bar = "█" * full + "░" * (WIDTH - full)
        self._out.write(f"\r\x1b[K{bar} {self._share:4.0%}  {minutes}:{seconds:02}  {self._doing}")
