"""Who may read `/metrics`, and where several web processes count together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from app import errors
from app.settings import Settings

SHORTEST_KEY = 32
"""Bytes; as many as `openssl rand -hex 16` writes."""
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus-client knows the folder of all processes."""


def metrics_key(settings: Settings) -> bytes | None:
    """Return the key by which the metrics are read; None where none is set: nobody reads them.

    Raises:
        errors.Refused: the file cannot be read, or the key is too short.
    """
    if not settings.metrics_key:
        return None
    try:
        key = Path(settings.metrics_key).read_bytes().strip()
    except OSError as error:
        raise errors.Refused(
            f"The key of the metrics cannot be read ({error.strerror}).",
            "CONDYLE_METRICS_KEY",
            "Name a file that this user may read.",
        ) from error
    if len(key) < SHORTEST_KEY:
        raise errors.Refused(
            f"The key of the metrics has fewer than {SHORTEST_KEY} bytes.",
            "CONDYLE_METRICS_KEY",
            "Make one with `openssl rand -hex 32`.",
        )
    return key


@contextmanager
def counting_together(processes: int) -> Iterator[None]:
    """Give the web processes that are started meanwhile a folder in which they count together.

    Args:
        processes: how many there will be; one needs no folder.
    """
    if processes == 1:
        yield
        return
    with TemporaryDirectory(prefix="condyle-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]
