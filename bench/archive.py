"""The archive's page with a million images: median and 95th percentile of each kind of search.

Run: python -m bench archive [--images 1000000] [--databases sqlite,postgresql] [--times 40]. The
workspaces are those of `bench pages`. First is said how long the process reads the archive after
its start, and how long a page takes meanwhile; then each search is asked, its address and the page
after it where there is one. Wanted: 150 ms at the 95th percentile. What the process computes, which
other load changes less, stands beside it.
"""

import argparse
import os
import re
import statistics
import sys
import time
from html import unescape
from pathlib import Path

from starlette.testclient import TestClient

from app.server import pass_over_what_is_loaded
from bench._workspaces import workspaces

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.web import Web

WANTED = 150
SEARCHES = {
    "first page": "",
    "as a table": "show=table",
    "site": "site=site+1",
    "label": "label=2",
    "status": "status=needs_review",
    "confidence": "confidence=95-100",
    "waits": "waits=seed",
    "site and view": "site=site+1&view=AP",
    "label, against, view": "label=2&against=differ&view=AP",
    "site, predicted, status": "site=site+1&predicted=2&status=accepted",
    "oldest": "sort=oldest",
    "least sure": "sort=unsure",
    "most sure": "sort=sure",
    "disagreements first": "sort=disagreement",
    "most sure, of a site": "sort=sure&site=site+1",
    "keys": "q=p7+i44",
    "nothing": "site=nowhere",
}
FAR = "after=500000", "sort=oldest&after=500000", "site=site+1&after=500000"
"""Pages from the middle of the archive on."""


def asked(client: TestClient, address: str, times: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each answer, ascending, by the clock and by the processor."""
    client.get(address)
    took, computed = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        assert client.get(address).status_code == 200
        took.append(1000 * (time.perf_counter() - began))
        computed.append(1000 * (time.process_time() - worked))
    return sorted(took), sorted(computed)


def following(client: TestClient, address: str) -> str | None:
    """Return where the page after leads."""
    found = re.search(r'rel="next" href="([^"]+)"', client.get(address).text)
    return unescape(found[1]) if found else None


def start(client: TestClient) -> None:
    """Print how long the archive is read, and how long its page takes meanwhile."""
    took, began = [], time.perf_counter()
    again = True
    while again:
        asked_at = time.perf_counter()
        again = "Refresh" in client.get("/archive").headers
        took.append(1000 * (time.perf_counter() - asked_at))
        time.sleep(0.2 if again else 0)
    print(
        f"read after {time.perf_counter() - began:.1f} s; a page meanwhile: median"
        f" {statistics.median(took):.0f}, longest {max(took):.0f} ms, of {len(took)}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1_000_000)
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--times", type=int, default=40)
    wanted = parser.parse_args()
    for kind in wanted.databases.split(","):
        with workspaces(kind, [wanted.images]) as opened:
            client = Web(*opened[0]).browser("Bench archive", "admin")
            print(f"{kind}, {wanted.images:,} images; load {os.getloadavg()[0]:.1f}")
            start(client)
            pass_over_what_is_loaded()
            print(f"{'ms':<36}{'fastest':>9}{'p50':>9}{'p95':>9}{'computed':>10}")
            addresses = [(name, f"/archive?{search}") for name, search in SEARCHES.items()]
            for name, address in addresses[:]:
                if after := following(client, address):
                    addresses.append((f"{name}, second page", after))
            addresses += [(search, f"/archive?{search}") for search in FAR]
            for name, address in addresses:
                took, computed = asked(client, address, wanted.times)
                late = took[round(0.95 * (len(took) - 1))]
                figures = took[0], statistics.median(took), late
                print(
                    f"{name:<36}{''.join(f'{each:>9.1f}' for each in figures)}"
                    f"{statistics.median(computed):>10.1f}{' *' if late > WANTED else ''}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
