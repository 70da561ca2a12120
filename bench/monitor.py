"""How often the monitor stops, or calls shifted, what is as it should be, and how soon what is not.

Run: python -m bench monitor [--times N] [--rng N]. One draw is a labeler that is watched for three
years; each month some films of what would have been accepted are audited, one of each patient.

The stop rule is looked at after every read. Beside it are the rules that look natural: the exact
one-sided 95 % lower limit of the present month, looked at once it is over and after every read, and
that of all reads so far, after every read.

The shift of a month is judged as the monitor does: three classes, two models, the films of each
month against the same reference. Scores are rounded to two digits, so there are ties.
"""

import argparse
from collections.abc import Callable
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from app.monitor.audits import RISK
from app.monitor.months import SHOWN
from app.monitor.shifts import FALSE_ALARMS
from app.statistics.anytime import log_evidence
from app.statistics.proportions import clopper_pearson
from app.statistics.shift import adjusted, distance, p_of_distance

TOLERATED, MONTHS, SURE = 0.05, 36, 0.95
NEVER = 10**9
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Rule = Callable[[Flags, int], Counts]
"""Takes (draws, reads) wrong and the reads of a month; returns the read at which each stops."""
CLASSES, MODELS = 3, 2


def least_wrong(reads: int, is_enough: Callable[[int, int], bool]) -> Counts:
    """Return for each number of reads up to so many the least wrong ones at which a rule stops."""
    found = np.full(reads + 1, NEVER, dtype=np.int64)
    wrong = 1
    for n in range(1, reads + 1):
        while wrong <= n and not is_enough(wrong, n):
            wrong += 1
        found[n] = wrong if wrong <= n else NEVER
        wrong = max(1, min(wrong, n))
    return found


def by_evidence(wrong: int, n: int) -> bool:
    """Whether the monitor's rule stops."""
    return log_evidence(wrong, n, TOLERATED) >= -log(RISK)


def by_exact_limit(wrong: int, n: int) -> bool:
    """Whether the exact lower limit of one look is above the tolerated error."""
    return float(binom.sf(wrong - 1, n, TOLERATED)) <= 1 - SURE


def the_monitors(wrong: Flags, a_month: int) -> Counts:
    """Each month begins a test, which is followed for a year."""
    so_far = np.cumsum(wrong, axis=1)
    least = least_wrong(SHOWN * a_month, by_evidence)
    stops = np.full(len(wrong), NEVER, dtype=np.int64)
    for begin in range(0, wrong.shape[1], a_month):
        end = min(begin + SHOWN * a_month, wrong.shape[1])
        before = so_far[:, [begin - 1]] if begin else 0
        stops = np.minimum(stops, begin + _first(so_far[:, begin:end] - before, least))
    return stops


def a_month_when_it_is_over(wrong: Flags, a_month: int) -> Counts:
    """The exact limit of each month, looked at once."""
    least = least_wrong(a_month, by_exact_limit)[a_month]
    over = wrong.reshape(len(wrong), -1, a_month).sum(axis=2) >= least
    return np.where(over.any(axis=1), (over.argmax(axis=1) + 1) * a_month, NEVER)


def a_month_after_every_read(wrong: Flags, a_month: int) -> Counts:
    """The exact limit of the present month, looked at after every read."""
    least = least_wrong(a_month, by_exact_limit)
    stops = np.full(len(wrong), NEVER, dtype=np.int64)
    for begin in range(0, wrong.shape[1], a_month):
        so_far = np.cumsum(wrong[:, begin : begin + a_month], axis=1, dtype=np.int64)
        stops = np.minimum(stops, begin + _first(so_far, least))
    return stops


def all_reads_so_far(wrong: Flags, _a_month: int) -> Counts:
    """The exact limit of all reads, looked at after every read."""
    return _first(np.cumsum(wrong, axis=1), least_wrong(wrong.shape[1], by_exact_limit))


def _first(so_far: Counts, least: Counts) -> Counts:
    """Return the number of the first read at which each draw has the least wrong ones."""
    over = so_far >= least[1 : so_far.shape[1] + 1]
    return np.where(over.any(axis=1), over.argmax(axis=1) + 1, NEVER)


RULES: dict[str, Rule] = {
    "the monitor's": the_monitors,
    "month, when over": a_month_when_it_is_over,
    "month, each read": a_month_after_every_read,
    "all reads, each read": all_reads_so_far,
}


def share(hits: int, n: int) -> str:
    """Write a share with its exact interval."""
    low, high = clopper_pearson(hits, n)
    return f"{100 * hits / n:5.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def false_stops(times: int, rng: np.random.Generator) -> None:
    """Print how often a labeler that errs just as often as tolerated is stopped."""
    print(f"\nWrong in {100 * TOLERATED:g} %, as tolerated: stopped within one year, three years")
    for a_month in (20, 60):
        wrong = rng.random((times, MONTHS * a_month)) < TOLERATED
        for name, rule in RULES.items():
            stops = rule(wrong, a_month)
            years = (int((stops <= each * SHOWN * a_month).sum()) for each in (1, 3))
            print(f"{a_month:4} a month  {name:22}", *(share(each, times) for each in years))


def delays(times: int, rng: np.random.Generator) -> None:
    """Print after how many months a labeler is stopped that errs too often."""
    print("\nReads until the stop, median and 90th percentile; stopped within a year")
    for a_month in (20, 60):
        for good in (0, SHOWN):
            for error in (0.1, 0.15, 0.25):
                chance = np.full(MONTHS * a_month, error)
                chance[: good * a_month] = TOLERATED / 2
                wrong = rng.random((times, len(chance))) < chance
                stops = the_monitors(wrong, a_month) - good * a_month
                early = stops <= 0
                reads = np.percentile(stops[~early], [50, 90], method="higher").astype(int)
                within = int((stops[~early] <= SHOWN * a_month).sum())
                print(
                    f"{a_month:4} a month  {100 * error:3.0f} % after {good:2} good months ",
                    *(f"{each:6}" if each < NEVER // 2 else " never" for each in reads),
                    share(within, int((~early).sum())),
                )


def false_shifts(times: int, rng: np.random.Generator) -> None:
    """Print how often a month in which nothing has shifted is called shifted."""
    print("\nCalled shifted though nothing has: of all months; in a year, at least once")
    for reference, a_month in ((120, 100), (600, 500), (600, 2000)):
        called = np.array([_a_year(reference, a_month, rng) for _ in range(times)])
        at_least_once = int((called > 0).sum())
        months = 100 * called.sum() / (called.size * SHOWN)
        print(
            f"{reference:4} against {a_month:4} films  {months:.2f} %", share(at_least_once, times)
        )


def _a_year(reference: int, a_month: int, rng: np.random.Generator) -> int:
    before = [_scores(reference, rng) for _ in range(MODELS)]
    called = 0
    for _ in range(SHOWN):
        now = [_scores(a_month, rng) for _ in range(MODELS)]
        p_values = [
            p_of_distance(distance(now[model][:, each], before[model][:, each]), a_month, reference)
            for model in range(MODELS)
            for each in range(CLASSES)
        ]
        called += int(adjusted(np.array(p_values)).min() <= FALSE_ALARMS)
    return called


def _scores(films: int, rng: np.random.Generator) -> NDArray[np.float64]:
    return rng.dirichlet([0.4, 0.3, 0.1], films).round(2)


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=4000)
    parser.add_argument("--rng", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.rng)
    print(f"{given.times:,} draws a row; intervals are exact, 95 %")
    false_stops(given.times, rng)
    delays(given.times, rng)
    false_shifts(max(100, given.times // 10), rng)


if __name__ == "__main__":
    main()
