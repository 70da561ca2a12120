"""How much a sweep gets released, and at which error: selection and audit, simulated.

Run: python -m bench acceptance [--sweeps N]. Three equally frequent classes, the third one easy;
a calibrated labeler whose confidence varies widely; calibration reads drawn at random; one audit
for each predicted class. Prints one row for each labeler and rule.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import hypergeom, norm

from app.statistics.acceptance import audit_plan, plan_for_lot, select, selection_level

TOLERATED = 0.05
IMAGES = 6000
SPREAD = 2.5
"""Of the confidence, in logits."""
QUANTILES = norm.ppf((np.arange(2000) + 0.5) / 2000)

Plan = Callable[[int], tuple[int, int]]


@dataclass
class Outcome:
    """Sums over sweeps."""

    accepted: float = 0.0
    accepted_wrong: float = 0.0
    released: float = 0.0
    released_wrong: float = 0.0
    reads: float = 0.0
    lots: int = 0
    passed: float = 0.0


def confidence(centre: np.ndarray | float, z: np.ndarray) -> np.ndarray:
    """A confidence between a third (a guess) and one."""
    return 1 / 3 + 2 / 3 / (1 + np.exp(-(centre + SPREAD * z)))


def centre_for(accuracy: float) -> float:
    """The centre of the logits at which a calibrated labeler has this accuracy."""
    return float(brentq(lambda c: confidence(c, QUANTILES).mean() - accuracy, -12, 12))


def sweep(
    rng: np.random.Generator, accuracies: tuple[float, ...], n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw classes, confidences and whether the labeler is wrong."""
    centres = np.array([centre_for(accuracy) for accuracy in accuracies])
    classes = rng.integers(0, len(accuracies), n)
    scores = confidence(centres[classes], rng.normal(size=n))
    return classes, scores, rng.random(n) > scores


def simulate(
    accuracies: tuple[float, ...], reads: int, level: float, plan: Plan, sweeps: int
) -> Outcome:
    """Select and audit many sweeps by one rule; audits are counted by their exact chance."""
    rng, total = np.random.default_rng(0), Outcome()
    for _ in range(sweeps):
        _, calibration, missed = sweep(rng, accuracies, reads)
        classes, scores, wrong = sweep(rng, accuracies, IMAGES)
        accepted = select(calibration, missed, scores, level).accepted
        total.accepted += accepted.sum()
        total.accepted_wrong += wrong[accepted].sum()
        for index in range(len(accuracies)):
            lot = wrong[accepted & (classes == index)]
            if len(lot):
                add_lot(total, lot, *plan(len(lot)))
    return total


def add_lot(total: Outcome, lot: np.ndarray, sample: int, allowed: int) -> None:
    """Add what an audit of this lot does on average."""
    chance = float(hypergeom.cdf(allowed, len(lot), int(lot.sum()), sample))
    total.lots += 1
    total.passed += chance
    total.reads += sample
    total.released += chance * len(lot)
    total.released_wrong += chance * lot.sum()


def fixed(allowed: int) -> Plan:
    """The plan with this many allowed errors, whatever the lot's size."""
    n = audit_plan(TOLERATED, allowed)
    return lambda size: (n, allowed) if size > n else (size, int(TOLERATED * size + 1e-9))


def rules(reads: int) -> list[tuple[str, float, Plan]]:
    """The rules compared: how strictly to select, and how many errors an audit allows."""
    named = [
        (f"{share:.2g} x tolerated, {allowed} allowed", share * TOLERATED, fixed(allowed))
        for share in (1.0, 0.5, 1 / 3)
        for allowed in (0, 1, 2)
    ]
    level = selection_level(TOLERATED, reads)
    return [*named, ("as Condyle does", level, lambda size: plan_for_lot(TOLERATED, size))]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sweeps", type=int, default=100)
    sweeps = parser.parse_args().sweeps
    print(f"{IMAGES:,} images, tolerated error {TOLERATED:.0%}, {sweeps} sweeps a row")
    print(
        "accuracy by class  calibration  rule                          accepted  its error  ",
        end="",
    )
    print("lots passing  released  its error  audit reads")
    for accuracies in ((0.75, 0.75, 0.95), (0.85, 0.85, 0.98), (0.95, 0.95, 0.99)):
        for reads in (40, 120):
            for name, level, plan in rules(reads):
                row = simulate(accuracies, reads, level, plan, sweeps)
                print(
                    f"{'/'.join(f'{a:.2f}' for a in accuracies):<18} {reads:>11}  {name:<28}"
                    f"{row.accepted / sweeps / IMAGES:>10.0%}"
                    f"{row.accepted_wrong / max(row.accepted, 1):>11.1%}"
                    f"{row.passed / max(row.lots, 1):>14.0%}"
                    f"{row.released / sweeps / IMAGES:>10.0%}"
                    f"{row.released_wrong / max(row.released, 1):>11.1%}"
                    f"{row.reads / sweeps:>13.0f}"
                )


if __name__ == "__main__":
    main()
