"""Every page, list and GET of the API with 10,000 and with 1,000,000 images, on both databases.

Run: python -m bench pages [--images 10000,1000000] [--databases sqlite,postgresql] [--times 7]
[--only TEXT]. The workspaces hold rows and no files, and nobody has gathered statistics of them;
they are kept in the temporary folder for the next time. What is counted beside a page is waited
for first. Small and large are asked in turns, so that a busy machine slows both; where it does, the
fastest answers say more than the medians. Wanted: at most 1.5 times as long by either of them, and
300 ms at the median. With --rows, instead of times: how many rows and blocks of 8 kB each page has
PostgreSQL go through, which no other load changes.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from bench._workspaces import workspaces

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.plans import follow
from support.web import Web
from test_safe_methods import addresses, paths

TOLERATED, LONGEST = 1.5, 300
NOTICED = 2
"""Milliseconds more that are none of the archive's, but a busy machine's."""
PATIENCE = 8
"""Seconds after which a page is not asked again."""
COUNTED = 120
"""Seconds for which one waits for what is counted beside a page; the archive is read first."""
KNOWN = {
    "worklist": ["seed", "validation", "audit", "adjudication"],
    "image_id": ["401"],
    "pseudo_label_id": ["5"],
    "class_id": ["1"],
    "run_id": ["13"],
    "evaluation_id": ["1"],
    "digest": ["m401"],
    "film_id": ["1"],
    "part": ["0"],
    "token": ["none"],
    "import_id": ["1"],
    "document": ["help"],
    "picture": ["loop.svg"],
}
ALSO = (
    "/archive?site=site+1",
    "/archive?label=2&against=differ&view=AP",
    "/archive?sort=disagreement",
    "/archive?q=p7+i44",
    "/agreement?worklist=seed",
    "/find-films?words=normal",
    "/find-films?words=arthroplasty",
    "/review?site=site+1&view=AP",
)
NO_PAGES = "/api/v1/export/"
"""What is exported is as long as the archive."""


def asked(web: Web, only: str) -> Iterator[tuple[str, str]]:
    """Yield who asks for what."""
    found = [each for path in paths(web) for each in addresses(path, {**KNOWN, "what": ["labels"]})]
    for role in ("admin", "reader"):
        for address in (*found, *ALSO):
            if only in f"{role} {address}" and not address.startswith(NO_PAGES):
                yield role, address


def settle(client: TestClient, address: str) -> None:
    """Ask until what is counted beside the page is there."""
    deadline = time.perf_counter() + COUNTED
    while "Refresh" in client.get(address).headers and time.perf_counter() < deadline:
        time.sleep(0.1)


def milliseconds(client: TestClient, address: str) -> tuple[int, float]:
    """Return the status of an answer, and how long it took."""
    began = time.perf_counter()
    status = client.get(address).status_code
    return status, 1000 * (time.perf_counter() - began)


def asked_in_turns(
    clients: list[TestClient], address: str, times: int
) -> tuple[int, list[list[float]]]:
    """Return the status, and the milliseconds of each answer of each workspace."""
    took: list[list[float]] = [[] for _ in clients]
    for client in clients:
        settle(client, address)
    status, began = 0, time.perf_counter()
    for _ in range(times):
        for client, found in zip(clients, took, strict=True):
            status, each = milliseconds(client, address)
            found.append(each)
        if time.perf_counter() - began > PATIENCE:
            break
    return status, took


def browsers(web: Web) -> dict[str, Any]:
    """Return a browser of each role."""
    return {role: web.browser(f"Bench {role}", role) for role in ("admin", "reader")}


def row(who: str, address: str, status: int, took: list[list[float]]) -> tuple[str, bool]:
    """Return a row of the table, and whether it is over what is wanted."""
    medians = [statistics.median(each) for each in took]
    fastest = [min(each) for each in took]
    ratios = medians[-1] / medians[0], fastest[-1] / fastest[0]
    grows = min(ratios) > TOLERATED and fastest[-1] - fastest[0] > NOTICED
    over = grows or medians[-1] > LONGEST
    columns = [f"{each:>10.1f}" for each in (*medians, ratios[0], *fastest, ratios[1])]
    return f"{who + ' ' + address:<50}{status:>4}{''.join(columns)}{' *' if over else ''}", over


def print_rows(sizes: list[int], only: str) -> None:
    """Print what each page has PostgreSQL go through."""
    with workspaces("postgresql", sizes) as opened:
        takes = [follow(database) for database, _ in opened]
        for database, _ in opened:
            database.kw["bind"].dispose()
        webs = [Web(*each) for each in opened]
        clients = [browsers(web) for web in webs]
        heads = [*(f"{size:,} rows" for size in sizes), *(f"{size:,} blocks" for size in sizes)]
        print(" " * 50 + "".join(f"{head:>17}" for head in heads))
        for role, address in asked(webs[0], only):
            rows, blocks = [], []
            for each, take in zip(clients, takes, strict=True):
                settle(each[role], address)
                take()
                each[role].get(address)
                work = take()
                rows.append(sum(statement.rows for statement in work))
                blocks.append(sum(statement.blocks for statement in work))
            figures = "".join(f"{figure:>17,}" for figure in (*rows, *blocks))
            print(f"{role + ' ' + address:<50}{figures}", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="10000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--only", default="", help="role and address that hold this text")
    parser.add_argument("--rows", action="store_true", help="count rows instead of milliseconds")
    wanted = parser.parse_args()
    sizes = [int(size) for size in wanted.images.split(",")]
    if wanted.rows:
        print_rows(sizes, wanted.only)
        return
    print(f"milliseconds, of {wanted.times}: median, fastest; load {os.getloadavg()[0]:.1f}")
    for kind in wanted.databases.split(","):
        with workspaces(kind, sizes) as opened:
            webs = [Web(*each) for each in opened]
            clients = [browsers(web) for web in webs]
            heads = [*(f"{size:,}" for size in sizes), "ratio"] * 2
            print(f"{kind:<54}" + "".join(f"{head:>10}" for head in heads))
            found = []
            for role, address in asked(webs[0], wanted.only):
                each = [each[role] for each in clients]
                line, over = row(role, address, *asked_in_turns(each, address, wanted.times))
                print(line, flush=True)
                found.append(over)
            print(f"{kind}: {sum(found)} of {len(found)} over {TOLERATED} times or {LONGEST} ms")


if __name__ == "__main__":
    main()
