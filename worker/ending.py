"""A process that ends with the one that started it, however that one ends."""

import os
import sys
import threading


def end_with_the_parent() -> None:
    """End this process when its standard input does: whoever held its other end is gone.

    What is in hand is left to its lease, as after a kill.
    """
    threading.Thread(target=_watch, daemon=True, name="parent").start()


def _watch() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(1)
