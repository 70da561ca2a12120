"""How long films took to decode: counted by workers, kept in the database, told by the web."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.upsert import insert_into
from app.db.work import DecodeCount
from app.imaging.decode_times import BOUNDS, DECODED, NO_BOUND, REFUSED, SECONDS, Counts
from app.imaging.undecodable import REFUSALS


def write_down(session: Session, counts: Counts) -> None:
    """Add what a process has counted to what all have.

    Args:
        session: an open unit of work of its own: every process adds to the same few rows, in the
            same order, and holds them until it commits.
        counts: since this process did so last.
    """
    rows = [{"what": what, "part": part, "value": n} for (what, part), n in sorted(counts.items())]
    add = insert_into(session.get_bind().dialect.name, DecodeCount)
    more = {"value": DecodeCount.value + add.excluded.value}
    session.execute(add.on_conflict_do_update(index_elements=["what", "part"], set_=more), rows)


def families(session: Session) -> Iterator[Metric]:
    """Yield the histogram of seconds, and how many files were refused, by kind."""
    query = select(DecodeCount.what, DecodeCount.part, DecodeCount.value)
    counts = {(what, part): value for what, part, value in session.execute(query)}
    names = [*map(str, BOUNDS), NO_BOUND]
    up_to = accumulate(counts.get((DECODED, name), 0) for name in names)
    buckets = list(zip([*names[:-1], "+Inf"], up_to, strict=True))
    words = "Seconds that decoding a file took, whatever came of it."
    seconds = HistogramMetricFamily("condyle_decode_seconds", words)
    seconds.add_metric([], buckets, counts.get((SECONDS, ""), 0))
    yield seconds
    words = "Files that could not be decoded, by what was wrong."
    refused = CounterMetricFamily("condyle_decode_refused", words, labels=["kind"])
    for kind in REFUSALS:
        refused.add_metric([kind], counts.get((REFUSED, kind), 0))
    yield refused
