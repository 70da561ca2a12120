"""Selection with its audit against the fixed threshold everybody uses, on the real knees.

For each draw of 300 seed patients a labeler is trained as a round trains it (120 patients kept out
as calibration reads) and labels the other development films. Compared are what Condyle
accepts and releases at 5 % tolerated error, what randomised p-values would accept, what may stay
unread so that all labels together are right enough, and what a fixed threshold of 0.9 on the
probability accepts. The reports are written from the grades with a stated error and hedging
(`bench/knee_reports.py`, or in the manner of others, `bench/house_styles`); the true labels are the
manifest's. A draw whose seed holds too few films of a class, which a round refuses, is replaced by
the next.

    python -m bench risk [--method text] [--reports ours] [--draws 20]
        [--seed-patients 300] [--lots 200] [--error 0.05] [--hedging 0.1]

The knees are needed in ../shared/data/knee beside the checkout.
"""

import argparse
import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.statistics.acceptance import acceptance_score, judge, plan_for_lot
from app.statistics.proportions import clopper_pearson
from app.statistics.splits import draw_calibration, draw_seed
from bench._knees import CLASSES, Row, are_here, films, labels, locked, of_patients, read
from bench._selections import (
    RULES,
    TOLERATED,
    Swept,
    as_condyle,
    bound,
    reviews_that_were_needed,
)
from bench.acceptance import Outcome, add_lot
from bench.house_styles.reports import write as write_house_styles
from bench.knee_reports import ERROR, HEDGING
from bench.knee_reports import write as write_ours
from models.errors import TrainingError
from models.labeler_training import train_labeler
from models.machine import use_threads
from models.recipe import CPU

SEED_PATIENTS = 300
WRITERS: dict[str, Callable[..., Path]] = {"ours": write_ours, "independent": write_house_styles}


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
        return judge(int(sample.sum()), size, allowed, len(self.wrong)).passed


def sweep(development: Sequence[Row], method: str, patients: int, draw: int, folder: Path) -> Swept:
    """Train a labeler on one draw's seed and let it label everything else."""
    seed = draw_seed([row["patient_id"] for row in development], patients, draw)
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
        draw,
        acceptance_score(calibration.probabilities.max(axis=1), calibration.barred),
        calibration.probabilities.argmax(axis=1) != labels(reads),
        confidence,
        acceptance_score(confidence, new.barred),
        predicted,
        predicted != labels(archive),
        len({row["patient_id"] for row in archive}),
        len(known),
    )


def swept_draws(
    development: Sequence[Row], method: str, patients: int, folder: Path
) -> Iterator[Swept]:
    """Yield the sweep of one draw after the other, saying which a round would refuse."""
    for draw in count(1):
        try:
            yield sweep(development, method, patients, draw, folder)
        except TrainingError as error:
            print(f"Draw {draw} is left out: {error.what} {error.where}")


def lots(swept: Swept, accepted: NDArray[np.bool_]) -> list[Lot]:
    """Return the lots of what was accepted, one for each predicted class."""
    own = [accepted & (swept.predicted == place) for place in range(len(CLASSES))]
    return [Lot(swept.wrong[some]) for some in own if some.any()]


def print_rule(rule: str, sweeps: Sequence[Swept], audits: int) -> None:
    """Print what a rule accepted over the draws, and what audits of its lots let through."""
    accepted = [RULES[rule](swept) for swept in sweeps]
    if not any(own.any() for own in accepted):
        print(f"{rule:<22} accepts nothing in any draw")
        return
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
    total = Outcome()
    for lot in made:
        add_lot(total, lot.wrong, *plan_for_lot(TOLERATED, len(lot.wrong)))
    films = sum(len(swept.wrong) for swept in sweeps)
    print(
        f"{'':<22} released {total.released / films:.1%} of the archive, "
        f"{total.released_wrong / max(total.released, 1):.2%} of it wrong, for "
        f"{total.reads / len(sweeps):.0f} audit reads a draw"
    )
    left = np.array(
        [s.wrong[own].sum() / s.labels for s, own in zip(sweeps, accepted, strict=True)]
    )
    reviews = np.array([(~own).sum() for own in accepted])
    print(
        f"{'':<22} all else read, {reviews.mean():,.0f} reviews ({reviews.min():,} to "
        f"{reviews.max():,}): of all labels wrong {left.mean():.2%} (worst draw {left.max():.2%}, "
        f"{int((left > TOLERATED).sum())} of {len(left)} draws above {TOLERATED:.0%})"
    )


def print_bounds(sweeps: Sequence[Swept]) -> None:
    """Print what the page would have said of each sweep that accepts something, and the truth."""
    said = [
        (limit, float(swept.wrong[as_condyle(swept)].mean()))
        for swept in sweeps
        if (limit := bound(swept)) is not None
    ]
    held = sum(truth <= limit for limit, truth in said)
    figures = ", ".join(f"{limit:.1%} ({truth:.1%})" for limit, truth in said)
    print(f"The bound of a sweep (and the truth) held in {held} of {len(said)}: {figures}")


def main() -> None:
    """Print one block for each rule."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--method", choices=("text", "image", "fused"), default="text")
    parser.add_argument("--reports", choices=WRITERS, default="ours")
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--seed-patients", type=int, default=SEED_PATIENTS)
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
        write = WRITERS[given.reports]
        rows = read(write(folder / "knees", 0, given.error, given.hedging, patients))
        development = of_patients(rows, patients, inside=False)
        draws = swept_draws(development, given.method, given.seed_patients, folder)
        sweeps = list(islice(draws, given.draws))
    wrong = np.mean([swept.wrong.mean() for swept in sweeps])
    print(
        f"{given.method}, {given.draws} draws of {given.seed_patients} seed patients; "
        f"{given.reports} reports, wrong {given.error:.0%}, hedged {given.hedging:.0%}; "
        f"the labeler is wrong on {wrong:.1%}"
    )
    needed = [reviews_that_were_needed(swept) for swept in sweeps]
    print(
        f"Reviews, the least sure first, until no more than {TOLERATED:.0%} of all labels are "
        f"wrong in truth: {np.mean(needed):,.0f} ({min(needed):,} to {max(needed):,})"
    )
    print_bounds(sweeps)
    for rule in RULES:
        print_rule(rule, sweeps, given.lots)


if __name__ == "__main__":
    main()
