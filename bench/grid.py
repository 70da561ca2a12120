"""Confirming a page of the grid, and taking it back, over HTTP from a real server.

Run: python -m bench grid [--images 10000,1000000] [--databases sqlite,postgresql] [--pages N].
Each row is a workspace of so many images, nine tenths of them in review with one predicted class. A
reader is given 200, approves all but three, gets the next 200, and takes the batch back; the answer
to each holds a page of thumbnails' addresses.
"""

import argparse
import os
import statistics
from uuid import uuid4

from sqlalchemy import text

from app.db import planner
from app.db.engine import Database
from bench.reading import AT, NUMBERS, ask, fill, serving, workspace

WARM_UP = 2
SWEEP = (
    # What is on a blind worklist is in nobody's review.
    "DELETE FROM worklist_item WHERE NOT done",
    "INSERT INTO run (id, kind, status, parameters, attempts, done, total, message,"
    f" cancel_requested, result, created_at) VALUES (1, 'train_labeler', 'succeeded', '{{}}', 0, 0,"
    f" 0, '', FALSE, '{{}}', {AT}), (2, 'sweep', 'succeeded', '{{}}', 0, 0, 0, '', FALSE, '{{}}',"
    f" {AT})",
    "INSERT INTO model_version (id, role, method, run_id, folder, digest, recipe, metrics,"
    " training_digest, doubtful, created_at) VALUES (1, 'labeler', 'image', 1, 'f', 'd', '{}',"
    f" '{{}}', 't', '', {AT})",
    "INSERT INTO sweep (id, run_id, labeler_id, tolerated_error, selected, selection, created_at)"
    f" VALUES (1, 2, 1, 0.05, TRUE, '{{}}', {AT})",
    f"{NUMBERS} INSERT INTO rendition (image_id, kind, digest, width, height, bits, window_centre,"
    " window_width) SELECT i, 'model', 'm' || i, 512, 640, 8, 127.5, 255 FROM n",
    f"{NUMBERS} INSERT INTO pseudo_label (sweep_id, image_id, class_id, probabilities, confidence,"
    " conflict, near_copy, status, review_order, in_audit)"
    " SELECT 1, i, 1, '[0.9, 0.1]', 0.5 + 0.4 * i / :count, FALSE, FALSE, 'needs_review', i, FALSE"
    " FROM n WHERE i > :count / 10",
)


def sweep(database: Database, images: int) -> None:
    """Put the images nobody has read into review, as one finished sweep."""
    with database.begin() as session:
        for statement in SWEEP:
            session.execute(text(statement), {"count": images} if ":count" in statement else {})
    planner.refresh(database)


def measure(url: str, home: str, token: str, pages: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each confirmation and of each undo."""
    confirmed, undone = [], []
    with serving(url, home, "app.main:create_app") as (condyle, _):
        grid, _ = ask(condyle, "/api/v1/grid/1/page", token, {})
        for page in range(WARM_UP + pages):
            labels = [tile["pseudo_label_id"] for tile in grid["tiles"]]
            decisions = [{"pseudo_label_id": each, "decision": "approve"} for each in labels[3:]]
            decisions += [{"pseudo_label_id": each, "decision": "leave"} for each in labels[:3]]
            batch = {"decisions": decisions, "milliseconds": 9000, "idempotency_key": uuid4().hex}
            grid, took = ask(condyle, "/api/v1/grid/1/decisions", token, batch)
            again, took_back = ask(
                condyle, "/api/v1/grid/undo", token, {"idempotency_key": uuid4().hex}
            )
            assert len(again["tiles"]) == len(labels), "the batch came back whole"
            batch["idempotency_key"] = uuid4().hex
            grid, _ = ask(condyle, "/api/v1/grid/1/decisions", token, batch)
            if page >= WARM_UP:
                confirmed.append(took)
                undone.append(took_back)
    return confirmed, undone


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", default="10000,1000000")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--pages", type=int, default=10)
    wanted = parser.parse_args()
    print(f"{wanted.pages} pages of 200 a row; milliseconds; load {os.getloadavg()[0]:.1f}")
    print("database       images  |  confirm p50     max  |  undo p50     max")
    for kind in wanted.databases.split(","):
        for size in (int(size) for size in wanted.images.split(",")):
            with workspace(kind) as (url, home, database):
                token = fill(database, size)
                sweep(database, size)
                confirmed, undone = measure(url, home, token, wanted.pages)
            confirm, undo = statistics.median(confirmed), statistics.median(undone)
            print(
                f"{kind:<12}{size:>9,}  |{confirm:>13.0f}{max(confirmed):>8.0f}"
                f"  |{undo:>10.0f}{max(undone):>8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
