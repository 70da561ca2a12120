"""Where tests write: in memory where there is room, since a disk takes most of their time."""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 6 * 2**30
"""Bytes that must be free in it: a run of all tests by four processes keeps less than a third."""


def write_into_memory() -> None:
    """Let this process, and those that it starts, put temporary files into memory.

    PostgreSQL's, too: a new database is 400 files. Whoever names a place in TMPDIR gets it.
    """
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it is chosen anew


def let_bytecode_be_kept() -> None:
    """Let the processes that tests start keep what they compiled: each would compile it again."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _has_room(folder: Path) -> bool:
    """Whether a folder in memory is there, large enough, and lets what lies in it be run."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC
