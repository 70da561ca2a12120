"""CPU time of reading reports and of a sweep by them, of an earlier build and of this one.

Each build reads the same reports in a process of its own, in turns, and its best turn counts. A
sweep is what `worker/sweep.py` asks of a text labeler, 256 films at a time, without a database.

    python -m bench report_speed --previous COMMIT [--reports FILE] [--turns 3]

The reports are those of `bench/knee_reports.py`, or of a CSV file with the columns `report`,
`laterality`, `label` and `patient_id`.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from bench._knees import CLASSES, are_here, read
from bench.knee_reports import ERROR, HEDGING, write

ROOT = Path(__file__).parents[1]
SEED, SHARD = 600, 256
MEASURE = """
import json, sys, tempfile, time
from pathlib import Path
import numpy as np
from models.images.data import Film
from models.labeler_training import train_labeler
from models.recipe import Recipe
from models.reports import clean

rows, classes, seed, shard = json.loads(Path(sys.argv[1]).read_text("utf-8"))
films = [Film(None, row["report"], row["patient_id"], row["laterality"]) for row in rows]
labels = np.array([classes.index(row["label"]) for row in rows[:seed]])
clean(films[0].report, "L")
began = time.process_time()
for film in films:
    clean(film.report, film.laterality)
reading = time.process_time() - began
work = Path(tempfile.mkdtemp())
labeler = train_labeler("text", films[:seed], labels, classes, Recipe(), work)
marks = getattr(labeler, "readings", None) or labeler.words
began = time.process_time()
for start in range(0, len(films), shard):
    labeler.predict(films[start : start + shard])
    marks(films[start : start + shard])
print(json.dumps([reading / len(films), (time.process_time() - began) / len(films)]))
"""
"""Run in each build's folder: CPU seconds a report of reading, and of a sweep."""


def reports_of(file: Path | None) -> list[dict[str, str]]:
    """Return the reports of a CSV file, or those written for the real knees."""
    if file:
        with file.open(encoding="utf-8", newline="") as table:
            return list(csv.DictReader(table))
    with tempfile.TemporaryDirectory() as folder:
        return read(write(Path(folder) / "knees", 0, ERROR, HEDGING, set()))


def seconds(build: Path, reports: Path) -> tuple[float, float]:
    """Return the CPU seconds a report that one build takes to read, and to sweep."""
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, str(reports)],
        cwd=build,
        env=os.environ | {"PYTHONPATH": str(build), "OMP_NUM_THREADS": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    reading, sweep = json.loads(told.stdout)
    return reading, sweep


def main() -> None:
    """Measure both builds in turns, and print milliseconds a report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--previous", required=True)
    parser.add_argument("--reports", type=Path)
    parser.add_argument("--turns", type=int, default=3)
    given = parser.parse_args()
    if given.reports is None and not are_here():
        return
    with tempfile.TemporaryDirectory() as folder:
        previous, reports = Path(folder) / "previous", Path(folder) / "reports.json"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", previous, given.previous], check=True)
        try:
            rows = reports_of(given.reports)
            random.Random(0).shuffle(rows)
            reports.write_text(json.dumps([rows, CLASSES, SEED, SHARD]), "utf-8")
            builds = {given.previous: previous, "this": ROOT}
            turns = [
                {name: seconds(build, reports) for name, build in builds.items()}
                for _ in range(given.turns)
            ]
        finally:
            subprocess.run([*git, "remove", "--force", previous], check=True)
    print(f"CPU milliseconds a report, the best of {given.turns} turns, {len(rows):,} reports:")
    for name in turns[0]:
        reading, sweep = (1000 * min(turn[name][part] for turn in turns) for part in (0, 1))
        print(f"  {name:<12} read {reading:.3f}  sweep {sweep:.3f}")


if __name__ == "__main__":
    main()
