"""Selection with its audit against the fixed threshold everybody uses, on the real knees.

For each draw of 300 seed patients a labeler is trained as a round trains it (120 patients kept out
as calibration reads) and labels the other development films. Compared are what Condyle
accepts and releases at 5 % tolerated error, and what a fixed threshold of 0.9 on the probability
accepts. The reports are written from the grades with a stated error and hedging
(`bench/knee_reports.py`); the true labels are the manifest's. A draw whose seed holds too few films
of a class, which a round refuses, is replaced by the next.

    python -m bench risk [--method text] [--draws 20] [--lots 200] [--error 0.05] [--hedging 0.1]

The knees are needed in ../shared/data/knee beside the checkout.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.statistics.acceptance import (
    acceptance_score,
    audit,
    plan_for_lot,
    select,
    selection_level,
)
from app.statistics.proportions import clopper_pearson
from app.statistics.splits import draw_calibration, draw_seed
from bench._knees import CLASSES, Row, are_here, films, labels, locked, of_patients, read
from bench.knee_reports import ERROR, HEDGING, write
from models.errors import TrainingError
from models.labeler_training import train_labeler
from models.machine import use_threads
from models.recipe import CPU

SEED_PATIENTS = 300
TOLERATED = 0.05
THRESHOLD = 0.9


@dataclass(frozen=True)
class Swept:
    """What a labeler said of calibration reads and of the archive, and where it was wrong."""

    calibration_scores: NDArray[np.float64]
    calibration_wrong: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    scores: NDArray[np.float64]
    predicted: NDArray[np.int64]
    wrong: NDArray[np.bool_]


@dataclass(frozen=True)
class Lot:
    """The accepted labels of one predicted class: which of them are wrong."""

    wrong: NDArray[np.bool_]

    @property
    def broken(self) -> bool:
        """Whether more are wrong than is tolerated."""
        return bool(self.wrong.mean() > TOLERATED)

    def released(self, rng: np.random.Generator) -> bool:
        """Read a random sample and judge the lot by it."""
        size, allowed = plan_for_lot(TOLERATED, len(self.wrong))
        sample = rng.choice(self.wrong, size, replace=False)
        return audit(int(sample.sum()), size, allowed, len(self.wrong)).passed


def sweep(development: Sequence[Row], method: str, draw: int, folder: Path) -> Swept:
    """Train a labeler on one draw's seed and let it label everything else."""
    seed = draw_seed([row["patient_id"] for row in development], SEED_PATIENTS, draw)
    known = of_patients(development, set(seed))
    by_patient = {
        patient: [n for n, row in enumerate(known) if row["patient_id"] == patient]
        for patient in seed
    }
    kept_out = draw_calibration(by_patient, draw)
    reads = [known[n] for n in kept_out.values()]
    training = of_patients(known, set(kept_out), inside=False)
    archive = of_patients(development, set(seed), inside=False)
    recipe = dataclasses.replace(CPU, checkpoint_steps=500)
    own = folder / str(draw)
    labeler = train_labeler(method, films(training), labels(training), CLASSES, recipe, own)
    calibration, new = labeler.predict(films(reads)), labeler.predict(films(archive))
    confidence = new.probabilities.max(axis=1)
    predicted = new.probabilities.argmax(axis=1)
    return Swept(
        acceptance_score(calibration.probabilities.max(axis=1), calibration.conflict),
        calibration.probabilities.argmax(axis=1) != labels(reads),
        confidence,
        acceptance_score(confidence, new.conflict),
        predicted,
        predicted != labels(archive),
    )


def swept_draws(development: Sequence[Row], method: str, folder: Path) -> Iterator[Swept]:
    """Yield the sweep of one draw after the other, saying which a round would refuse."""
    for draw in count(1):
        try:
            yield sweep(development, method, draw, folder)
        except TrainingError as error:
            print(f"Draw {draw} is left out: {error.what} {error.where}")


def lots(swept: Swept, accepted: NDArray[np.bool_]) -> list[Lot]:
    """Return the lots of what was accepted, one for each predicted class."""
    own = [accepted & (swept.predicted == place) for place in range(len(CLASSES))]
    return [Lot(swept.wrong[some]) for some in own if some.any()]


def chosen(swept: Swept) -> dict[str, NDArray[np.bool_]]:
    """Return what each rule accepts."""
    level = selection_level(TOLERATED, len(swept.calibration_scores))
    reads = swept.calibration_scores, swept.calibration_wrong
    return {
        "Condyle's selection": select(*reads, swept.scores, level).accepted,
        "selection at 5 %": select(*reads, swept.scores, TOLERATED).accepted,
        f"fixed threshold {THRESHOLD}": swept.confidence >= THRESHOLD,
    }


def print_rule(rule: str, sweeps: Sequence[Swept], audits: int) -> None:
    """Print what a rule accepted over the draws, and what audits of its lots let through."""
    accepted = [chosen(swept)[rule] for swept in sweeps]
    shares = np.array([own.mean() for own in accepted])
    errors = np.array(
        [s.wrong[own].mean() for s, own in zip(sweeps, accepted, strict=True) if own.any()]
    )
    made = [lot for s, own in zip(sweeps, accepted, strict=True) for lot in lots(s, own)]
    rng = np.random.default_rng(0)
    drawn = [made[n] for n in rng.integers(0, len(made), audits)] if made else []
    passed = [lot.released(rng) for lot in drawn]
    broken = sum(lot.broken and ok for lot, ok in zip(drawn, passed, strict=True))
    low, high = clopper_pearson(broken, len(drawn)) if drawn else (0.0, 1.0)
    print(
        f"{rule:<22} accepted {shares.mean():6.1%} ({shares.min():.1%} to {shares.max():.1%})  "
        f"error {errors.mean():6.2%} (worst draw {errors.max():.2%}, "
        f"{int((errors > TOLERATED).sum())} of {len(errors)} draws above {TOLERATED:.0%})\n"
        f"{'':<22} lots above {TOLERATED:.0%}: {sum(lot.broken for lot in made)} of {len(made)}; "
        f"{len(drawn)} audits released {sum(passed)}, {broken} of them above {TOLERATED:.0%} "
        f"(95 % interval of that share {low:.1%} to {high:.1%})"
    )


def main() -> None:
    """Print one block for each rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--method", choices=("text", "image", "fused"), default="text")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--lots", type=int, default=200)
    parser.add_argument("--error", type=float, default=ERROR)
    parser.add_argument("--hedging", type=float, default=HEDGING)
    given = parser.parse_args()
    if not are_here():
        return
    use_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        patients = locked(read())
        rows = read(write(folder / "knees", 0, given.error, given.hedging, patients))
        development = of_patients(rows, patients, inside=False)
        sweeps = list(islice(swept_draws(development, given.method, folder), given.draws))
    wrong = np.mean([swept.wrong.mean() for swept in sweeps])
    print(
        f"{given.method}, {given.draws} draws of {SEED_PATIENTS} seed patients; reports wrong "
        f"{given.error:.0%}, hedged {given.hedging:.0%}; the labeler is wrong on {wrong:.1%}"
    )
    for rule in chosen(sweeps[0]):
        print_rule(rule, sweeps, given.lots)


if __name__ == "__main__":
    main()
