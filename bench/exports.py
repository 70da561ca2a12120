"""Downloads of a million labels: how long they take, what they hold in memory, and who waits.

Run: python -m bench exports [--images 1000000] [--databases sqlite,postgresql]. Every image of
the workspace has a label and a read. Meanwhile another thread writes, as a reader's decision does:
the longest it waits is the last column.
"""

import argparse
import threading
import time
import tracemalloc

from sqlalchemy import text

from app.db.engine import Database, snapshot
from app.export import rules
from bench._workspaces import workspaces

WANTED = (("labels", "csv"), ("labels", "json"), ("reads", "csv"), ("pseudo-labels", "csv"))


def write_on(database: Database, stop: threading.Event, waited: list[float]) -> None:
    """Write every few milliseconds; note how long each took."""
    while not stop.wait(0.05):
        began = time.perf_counter()
        with database.begin() as session:
            session.execute(text("UPDATE lease SET expires_at = expires_at WHERE image_id = 1"))
        waited.append(time.perf_counter() - began)


def measure(database: Database, what: str, format: str) -> str:
    """Return a row of the table."""
    stop, waited = threading.Event(), list[float]()
    writer = threading.Thread(target=write_on, args=(database, stop, waited))
    writer.start()
    began, busy, size = time.perf_counter(), time.process_time(), 0
    with snapshot(database) as session:
        for piece in rules.table(session, what, format):
            size += len(piece)
    took, cpu = time.perf_counter() - began, time.process_time() - busy
    stop.set()
    writer.join()
    figures = f"{took:>8.1f} s{cpu:>8.1f} s{size / 1e6:>9.1f} MB{1000 * max(waited):>9.0f} ms"
    return f"{what:<16}{format:<6}{figures}"


def peak(database: Database, what: str) -> float:
    """Return the most MB that Python held of an export, after its first pieces."""
    tracemalloc.start()
    with snapshot(database) as session:
        for number, _ in enumerate(rules.table(session, what, "csv")):
            if number == 10:
                tracemalloc.reset_peak()
            if number == 100:
                break
    found = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    wanted = parser.parse_args()
    for kind in wanted.databases.split(","):
        with workspaces(kind, [wanted.images], labelled=True) as [(database, _)]:
            print(
                f"{kind}: what, format, seconds, of the processor, size, longest wait of a write",
                flush=True,
            )
            for what, format in WANTED:
                print(measure(database, what, format), flush=True)
            print(f"labels: at most {peak(database, 'labels'):.1f} MB at a time", flush=True)


if __name__ == "__main__":
    main()
