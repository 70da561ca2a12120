"""Whether the promises of a sweep hold as often as they say, over simulated archives.

Run: python -m bench promise [--archives N]. Each archive has 2,500 patients with two knees, which
are labelled rightly or wrongly together more often than not; three classes, the third one easy; a
labeler whose confidence varies widely. Seed patients are drawn at random, two in five of them for
calibration. The sweep selects, the audits are read, and then as many reviews as the page asks for,
the least sure first. A reader is always right.

Three promises are judged: that no more of the accepted labels are wrong than the bound says; that
no more labels are wrong above the cut that the calibration reads set than are allowed, if nothing
else is ever read (its chance is known exactly); and that no more of all labels together are wrong
than is tolerated, once audits and reviews are read.
"""

import argparse
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from app.statistics.acceptance import plan_for_lot, select, selection_level
from app.statistics.promises import (
    CONFIDENCE,
    AuditedLot,
    Evidence,
    Population,
    least_wrong_in_audited,
    most_wrong_reads,
    reviews_needed,
    selected_error_bound,
    whole_set_cut,
    wrong_in_audited,
)
from app.statistics.proportions import clopper_pearson
from bench.acceptance import centre_for, confidence

TOLERATED = 0.05
PATIENTS = 2500
TOGETHER = 0.6
"""Correlation of the two knees of a patient, of what makes them easy and of being wrong."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ACCURACIES = ((0.75, 0.75, 0.95), (0.85, 0.85, 0.98), (0.95, 0.95, 0.99))


@dataclass(frozen=True)
class Films:
    """What a labeler says of films, and where it is wrong."""

    scores: Floats
    wrong: Flags
    predicted: NDArray[np.int64]


@dataclass
class Tally:
    """What happened over the archives."""

    sweeps_accepting: int = 0
    bounds_broken: int = 0
    bounds: list[float] = field(default_factory=list)
    promises: int = 0
    promises_broken: int = 0
    reviews: list[float] = field(default_factory=list)
    """Shares of the archive."""
    by_audits: int = 0
    risks: list[float] = field(default_factory=list)
    """The exact chance that the calibration reads alone allow, of each archive."""
    cuts_broken: int = 0


def archive(rng: np.random.Generator, accuracies: tuple[float, ...]) -> tuple[Films, Films]:
    """Draw an archive: the first and the second knee of each patient."""
    centres = np.array([centre_for(accuracy) for accuracy in accuracies])
    classes = rng.integers(0, len(accuracies), PATIENTS)
    shared = rng.normal(size=(2, PATIENTS))
    one, other = (_knee(rng, centres[classes], classes, shared) for _ in range(2))
    return one, other


def _knee(
    rng: np.random.Generator, centres: Floats, classes: NDArray[np.int64], shared: Floats
) -> Films:
    own = rng.normal(size=shared.shape)
    ease, luck = np.sqrt(TOGETHER) * shared + np.sqrt(1 - TOGETHER) * own
    scores = confidence(centres, ease)
    return Films(scores, norm.cdf(luck) > scores, classes)


def of_both(one: Films, other: Films, patients: Flags) -> Films:
    """Return both knees of some patients."""
    return Films(
        *(
            np.concatenate([getattr(knee, name)[patients] for knee in (one, other)])
            for name in ("scores", "wrong", "predicted")
        )
    )


def play(rng: np.random.Generator, accuracies: tuple[float, ...], reads: int, tally: Tally) -> None:
    """Draw an archive, sweep it, read what is asked for, and count which promises hold."""
    one, other = archive(rng, accuracies)
    order = rng.permutation(PATIENTS)
    kept_out = order[:reads]
    seed = np.isin(np.arange(PATIENTS), order[: round(reads / 0.4)])
    calibration = one.scores[kept_out], one.wrong[kept_out]
    swept = of_both(one, other, ~seed)
    population = Population(len(swept.scores), int((~seed).sum()))
    level = selection_level(TOLERATED, reads)
    chosen = select(*calibration, swept.scores, level)
    if chosen.threshold is not None:
        above = int((calibration[1] & (calibration[0] >= chosen.threshold)).sum())
        accepted = int(chosen.accepted.sum())
        most = most_wrong_reads(level, reads)
        bound = selected_error_bound(above, most, reads, population, accepted)
        tally.sweeps_accepting += 1
        tally.bounds.append(bound)
        tally.bounds_broken += bool(swept.wrong[chosen.accepted].mean() > bound)
    allowed = int(TOLERATED * 2 * PATIENTS + 1e-9)
    cut = whole_set_cut(*calibration, population, allowed)
    tally.risks.append(cut.risk)
    tally.cuts_broken += bool((swept.wrong & (swept.scores > cut.above)).sum() > allowed)
    finish(rng, swept, chosen.accepted, cut.above, cut.risk, allowed, tally)


def finish(
    rng: np.random.Generator,
    swept: Films,
    accepted: Flags,
    above: float,
    risk: float,
    allowed: int,
    tally: Tally,
) -> None:
    """Read the audits and then what the promise for all labels asks for; judge the whole."""
    read, failed = np.zeros(len(accepted), bool), np.zeros(len(accepted), bool)
    released, audited, sampled = [], [], 0
    for place in np.unique(swept.predicted[accepted]):
        lot = np.flatnonzero(accepted & (swept.predicted == place))
        size, may_be_wrong = plan_for_lot(TOLERATED, len(lot))
        sample = rng.choice(lot, size, replace=False)
        read[sample] = True
        sampled += size < len(lot)
        audited.append(AuditedLot(len(lot), size, int(swept.wrong[sample].sum())))
        if audited[-1].errors <= may_be_wrong:
            released.append(audited[-1])
        else:
            failed[lot] = True
    accepted &= ~failed
    refuted = least_wrong_in_audited(audited, 0.99) > allowed
    sure = (swept.scores > above) & ~(failed & refuted)
    found = int((swept.wrong & read & (swept.scores > above)).sum())
    calibrated = _evidence(allowed - found, ~read & sure, ~read & ~sure, accepted)
    in_lots = wrong_in_audited(released, sampled, CONFIDENCE + risk)
    from_audits = _evidence(in_lots, ~read & accepted, ~read & ~accepted, accepted)
    ways = [
        (needed, place)
        for place, evidence in enumerate((calibrated, from_audits))
        if (needed := reviews_needed(evidence, allowed)) is not None
    ]
    if not ways:
        return
    needed, place = min(ways)
    waiting = np.flatnonzero(~read & ~accepted & ~(sure if place == 0 else accepted))
    read[waiting[np.argsort(swept.scores[waiting])][:needed]] = True
    tally.promises += 1
    tally.by_audits += place
    tally.reviews.append(needed / len(read))
    tally.promises_broken += bool((swept.wrong & ~read).sum() > allowed)


def _evidence(wrong: int, known: Flags, unknown: Flags, accepted: Flags) -> Evidence:
    return Evidence(
        min(max(0, wrong), int(known.sum())),
        int((unknown & ~accepted).sum()),
        int((unknown & accepted).sum()),
    )


def main() -> None:
    """Print one row for each labeler and number of calibration reads."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--archives", type=int, default=2000)
    archives = parser.parse_args().archives
    print(f"{archives:,} archives a row of {2 * PATIENTS:,} knees, tolerated error {TOLERATED:.0%}")
    for accuracies in ACCURACIES:
        for reads in (40, 60, 120):
            rng, tally = np.random.default_rng(0), Tally()
            for _ in range(archives):
                play(rng, accuracies, reads, tally)
            print_row(accuracies, reads, archives, tally)


def print_row(accuracies: tuple[float, ...], reads: int, archives: int, tally: Tally) -> None:
    """Print how often each promise was made, what it said, and how often it was broken."""
    low, high = (100 * x for x in clopper_pearson(tally.bounds_broken, archives))
    worst, most = (100 * x for x in clopper_pearson(tally.promises_broken, archives))
    print(
        f"{'/'.join(f'{a:.2f}' for a in accuracies)}, {reads:>3} reads: "
        f"{tally.sweeps_accepting:,} sweeps accept, bound {_mean(tally.bounds):.1%}, broken "
        f"{tally.bounds_broken / archives:.1%} ({low:.1f} to {high:.1f} %) of all, "
        f"{tally.bounds_broken / max(1, tally.sweeps_accepting):.1%} of these; "
        f"the cut alone is broken {tally.cuts_broken / archives:.1%} (exactly "
        f"{_mean(tally.risks):.1%}, or fewer); "
        f"{tally.promises:,} promises for all ({tally.by_audits:,} by audits) after reviewing "
        f"{_mean(tally.reviews):.0%}, broken {tally.promises_broken / archives:.1%} "
        f"({worst:.1f} to {most:.1f} %)",
        flush=True,
    )


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


if __name__ == "__main__":
    main()
