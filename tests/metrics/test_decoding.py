"""Prometheus is told how long decoding takes, by whichever process, and what could not be read."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from files import bad_films
from metrics.test_metrics import scraped, watched
from support.databases import ON_BOTH
from support.web import Web

from app.imaging.decode_times import TIMES
from app.imaging.decoding import Decoder, Undecodable
from app.settings import Settings
from worker.decode_counts import flush

__all__ = ["watched"]


def stopped(decoder: Decoder, ends: Callable[[int], None]) -> None:
    """Stop the process of a decoder, and have something happen to it while it is asked."""
    assert decoder._process is not None
    pid = decoder._process.pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, ends, [pid]).start()


def crash(pid: int) -> None:
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)


@ON_BOTH
def test_seconds_and_refusals_of_all_workers_are_told_together(
    watched: Web, tmp_path: Path
) -> None:
    TIMES.take()
    good, bad = tmp_path / "good.dcm", tmp_path / "bad.dcm"
    good.write_bytes(bad_films.as_file(bad_films.good()))
    bad.write_bytes(bad_films.text())
    with Decoder(Settings(home=tmp_path, decode_seconds=5)) as decoder:
        decoder.decode(good)
        decoder.decode(good)
        for path, ends in ((bad, None), (good, crash)):
            if ends:
                stopped(decoder, ends)
            with pytest.raises(Undecodable):
                decoder.decode(path)
    mine = TIMES.take()
    several = 4

    def work() -> None:
        for _ in range(5):
            TIMES.add(mine)
            flush(watched.database)

    workers = [threading.Thread(target=work) for _ in range(several)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    flush(watched.database)
    told, times = scraped(watched.anonymous()), several * 5
    assert told["condyle_decode_seconds_count",] == 4 * times
    assert told["condyle_decode_seconds_bucket", "le=+Inf"] == 4 * times
    assert told["condyle_decode_seconds_bucket", "le=0.05"] < 4 * times, "one waited"
    assert told["condyle_decode_seconds_sum",] == pytest.approx(times * mine["seconds", ""])
    kinds = {
        kind: told["condyle_decode_refused_total", f"kind={kind}"] for kind in ("file", "crash")
    }
    assert kinds == {"file": times, "crash": times}
    assert told["condyle_decode_refused_total", "kind=memory"] == 0
