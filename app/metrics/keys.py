"""Who may read `/metrics`, and where several web processes count together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from app.key_files import read_key
from app.settings import Settings

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus-client knows the folder of all processes."""


def metrics_key(settings: Settings) -> bytes | None:
    """Return the key by which the metrics are read; None where none is set: nobody reads them.

    Raises:
        errors.Refused: the file cannot be read, or the key is too short.
    """
    return read_key(settings.metrics_key, "The key of the metrics", "CONDYLE_METRICS_KEY")


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
