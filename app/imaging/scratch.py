"""The folders of the home that decoding processes write into, each locked while it is in use."""

import fcntl
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

SCRATCH = ".decoding-"


def make(home: Path) -> tuple[TemporaryDirectory[str], int]:
    """Make a scratch folder, and return it with its lock.

    Until it is locked it looks abandoned, and another process that begins just then removes it.
    """
    while True:
        made = TemporaryDirectory(dir=home, prefix=SCRATCH, ignore_cleanup_errors=True)
        try:
            lock = os.open(made.name, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if Path(made.name).is_dir():
            return made, lock
        os.close(lock)


def remove_abandoned(home: Path) -> None:
    """Remove the scratch folders of killed processes: those that nobody holds the lock of."""
    for folder in home.glob(SCRATCH + "*"):
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
