"""The decoding process of a worker, kept from part to part: to start one takes a second."""

import atexit
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.imaging.decoding import Decoder
from app.settings import Settings

WARM_SECONDS = 30.0
"""How long it waits for the next part before it gives its memory back."""


@dataclass(frozen=True)
class _Kept:
    settings: Settings
    decoder: Decoder
    end: threading.Timer


_lock = threading.Lock()
_kept: list[_Kept] = []


@contextmanager
def warm_decoder(settings: Settings) -> Iterator[Decoder]:
    """Lend the decoder that waits, or a new one; afterwards it waits for whoever comes next.

    Args:
        settings: of the process; one of other settings is ended.
    """
    decoder = _waiting(settings) or Decoder(settings).__enter__()
    try:
        yield decoder
    except BaseException:
        decoder.__exit__()
        raise
    _keep(settings, decoder)


@atexit.register
def end() -> None:
    """End the decoder that waits, if one does."""
    with _lock:
        for kept in _kept:
            kept.end.cancel()
            kept.decoder.__exit__()
        _kept.clear()


def _waiting(settings: Settings) -> Decoder | None:
    with _lock:
        if _kept and _kept[0].settings == settings:
            kept = _kept.pop()
            kept.end.cancel()
            return kept.decoder
    end()
    return None


def _keep(settings: Settings, decoder: Decoder) -> None:
    timer = threading.Timer(WARM_SECONDS, end)
    timer.daemon = True
    end()
    with _lock:
        _kept.append(_Kept(settings, decoder, timer))
    timer.start()
