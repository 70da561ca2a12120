"""How many decisions people have to make for 95 % of what all labels would give.

Reads what `bench/gain.py` has left in a folder: `baseline` at several `--seed-patients` is random
labelling, `final` is Condyle (seed reads, audits and reviews all count as decisions), `full` is
all true labels. For example:

    python -m bench gain --out DIR --method text --seed-patients 100 --reviews 0 --draws 3 5 6
    python -m bench gain --out DIR --method text --seed-patients 600 --arms baseline --draws 2 3
    python -m bench gain --out DIR --method text --arms full --draws 2 3
    python -m bench efficiency DIR
"""

import argparse
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bench._knees import CLASSES, are_here, labels, locked, of_patients, read
from models.metrics import figures

SHARE = 0.95
Points = Mapping[int, Sequence[tuple[float, float]]]


def found(folder: Path) -> tuple[dict[str, Points], list[float]]:
    """Return (decisions, WAUC) by curve and seed size, and the WAUCs of full supervision."""
    rows = read()
    truth = labels(of_patients(rows, locked(rows)))

    def point(kept: Path) -> tuple[float, float]:
        with np.load(kept) as arm:
            wauc = figures(arm["probabilities"], truth, CLASSES)["wauc"]
            return float(arm["decisions"]), float(wauc)

    curves: dict[str, dict[int, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for kept in sorted(folder.glob("*-draw-*/baseline.npz")):
        curves["random labelling"][int(kept.parent.name.split("-")[0])].append(point(kept))
    for kept in sorted(folder.glob("*-draw-*/final.npz")):
        method, patients = kept.parent.name.split("-")[:2]
        curves[f"Condyle, {method}"][int(patients)].append(point(kept))
    full = [point(kept)[1] for kept in sorted(folder.glob("*-draw-*/full.npz"))]
    return dict(curves), full


def needed(points: Points, target: float) -> float | None:
    """Return the decisions at which a curve of means crosses the target, linear in their log.

    Returns:
        The first point's own decisions where that is above already; None where none is.
    """
    means = sorted(tuple(np.mean(own, axis=0)) for own in points.values())
    if means[0][1] >= target:
        return float(means[0][0])
    for (fewer, low), (more, high) in itertools.pairwise(means):
        if low < target <= high:
            share = (target - low) / (high - low)
            return float(np.exp(np.log(fewer) + share * np.log(more / fewer)))
    return None


def main() -> None:
    """Print the curves and the decisions each needs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("bench-results"))
    given = parser.parse_args()
    if not are_here():
        return
    curves, full = found(given.folder)
    if not full:
        print("The folder has no full supervision yet: run bench/gain.py with --arms full.")
        return
    target = SHARE * float(np.mean(full))
    print(
        f"full supervision {np.mean(full):.4f} ({len(full)} trainings); {SHARE:.0%}: {target:.4f}"
    )
    for curve, points in sorted(curves.items()):
        for patients in sorted(points):
            decisions, wauc = np.mean(points[patients], axis=0)
            print(
                f"{curve:<18} {patients:>5} seed patients {decisions:>7.0f} decisions  "
                f"WAUC {wauc:.4f}  ({len(points[patients])} draws)"
            )
        enough = needed(points, target)
        print(f"{curve:<18} needs {f'{enough:.0f} decisions' if enough else 'more than measured'}")


if __name__ == "__main__":
    main()
