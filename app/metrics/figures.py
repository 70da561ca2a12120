"""What the database tells of work, for Prometheus: each figure is read from an index."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock
from time import monotonic

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Row, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import clock
from app.db.engine import Database, read_only
from app.db.learning import Lot, Run
from app.db.reading import Annotation, Lease
from app.db.work import RESOURCES, Part
from app.metrics import decoding
from app.runs import workers

FRESH_SECONDS = 5.0
"""For how long figures are told again, so that several who ask cost no more than one."""
UNDER_WAY = ("queued", "running")


class Figures:
    """What a process read last, for whoever asks again at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: list[Metric] = []
        self._at = float("-inf")

    def of(self, database: Database) -> list[Metric]:
        """Return the figures of a database; `condyle_database_up` 0 where it does not answer."""
        with self._lock:
            if monotonic() - self._at > FRESH_SECONDS:
                self._kept = _read(database)
                self._at = monotonic()
            return self._kept


class FiguresOf(Collector):
    """A collector of the figures of a database and of the room in a home folder.

    Args:
        figures: as this process keeps them.
        database: asked for them.
        home: the home folder.
    """

    def __init__(self, figures: Figures, database: Database, home: Path) -> None:
        self._figures, self._database, self._home = figures, database, home

    def collect(self) -> Iterable[Metric]:
        """Yield each figure."""
        yield from self._figures.of(self._database)
        room = GaugeMetricFamily(
            "condyle_disk_free_bytes", "Free bytes on the disk of the home folder."
        )
        room.add_metric([], shutil.disk_usage(self._home).free)
        yield room


def _read(database: Database) -> list[Metric]:
    try:
        with read_only(database) as session:
            found = list(_figures(session))
    except SQLAlchemyError:
        return [_gauge("condyle_database_up", "Whether the database answers.", (), [((), 0)])]
    return [_gauge("condyle_database_up", "Whether the database answers.", (), [((), 1)]), *found]


def _figures(session: Session) -> Iterator[Metric]:
    yield _by_columns(
        "condyle_runs",
        "Runs, by kind and status.",
        ("kind", "status"),
        session.execute(select(Run.kind, Run.status, func.count()).group_by(Run.kind, Run.status)),
    )
    first = session.scalar(select(func.min(Run.created_at)).where(Run.status == "queued"))
    waited = (clock.moment(session) - first).total_seconds() if first else 0.0
    yield _gauge(
        "condyle_run_waiting_seconds",
        "Seconds that the run which has waited for the longest has waited; 0 where none waits.",
        (),
        [((), max(0.0, waited))],
    )
    yield _by_columns(
        "condyle_parts",
        "Parts of runs that wait (queued) or are under way, by what they need.",
        ("resource", "status"),
        session.execute(
            select(Part.resource, Part.status, func.count())
            .where(Part.status.in_(UNDER_WAY))
            .group_by(Part.resource, Part.status)
        ),
        [(resource, status) for resource in RESOURCES for status in UNDER_WAY],
    )
    yield _workers(session)
    yield _by_columns(
        "condyle_leases",
        "Films that readers have in their hands, by worklist.",
        ("worklist",),
        session.execute(
            select(Lease.worklist, func.count())
            .where(Lease.expires_at > clock.NOW)
            .group_by(Lease.worklist)
        ),
    )
    yield _by_columns(
        "condyle_lots",
        "Lots of accepted pseudo-labels, by status.",
        ("status",),
        session.execute(select(Lot.status, func.count()).group_by(Lot.status)),
    )
    # Its number and not how many there are: these would have to be gone through.
    newest = session.scalar(select(func.max(Annotation.id))) or 0
    reads = CounterMetricFamily(
        "condyle_reads", "Number of the newest read: reads, corrections and undos so far."
    )
    reads.add_metric([], newest)
    yield reads
    yield from decoding.families(session)


def _workers(session: Session) -> Metric:
    taken = dict.fromkeys(RESOURCES, 0)
    for worker in workers.live(session):
        for resource in worker.queues:
            taken[resource] = taken.get(resource, 0) + 1
    samples = [((resource,), count) for resource, count in taken.items()]
    words = "Worker processes that were seen lately, by the work they take."
    return _gauge("condyle_workers", words, ("resource",), samples)


def _by_columns(
    name: str,
    words: str,
    labels: Sequence[str],
    rows: Iterable[Row[*tuple[object, ...]]],
    always: Iterable[tuple[str, ...]] = (),
) -> Metric:
    """Return a gauge of rows whose last column is a count; `always` are told also where 0."""
    counts: dict[tuple[str, ...], float] = dict.fromkeys(always, 0)
    for *values, count in rows:
        counts[tuple(map(str, values))] = float(str(count))
    return _gauge(name, words, labels, counts.items())


def _gauge(
    name: str, words: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=labels)
    for values, value in samples:
        gauge.add_metric(values, value)
    return gauge
