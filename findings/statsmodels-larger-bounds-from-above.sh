#!/usr/bin/env bash
# statsmodels 0.15.0: a one-sided interval that is "larger" is a lower bound of a mean and an upper bound of a proportion.
#
# Functions of statsmodels take `alternative` as "two-sided", "larger" or "smaller": the hypothesis of the test that an
# interval belongs to. "larger" (the mean is larger than a value) belongs to an interval that goes from a lower bound
# to infinity, and DescrStatsW.tconfint_mean answers so, as R's binom.test and t.test do with "greater". The
# `alternative` of proportion_confint means the opposite: "larger" goes from 0 to an upper bound. Whoever asks for "at
# most so many are wrong" by the rule of the tests gets the lower bound: 2 wrong of 60 read as "at least 0.6 %" where
# "at most 10.1 %" is meant. The name of the argument alone does not say so, nor does its docstring.
#
# Seen with statsmodels 0.15.0, alpha 0.05:
# tconfint_mean(alternative="larger")                          (lower bound, inf)
# proportion_confint(2, 60, "beta", alternative="larger")      (0, 0.1012)
# proportion_confint(2, 60, "beta", alternative="smaller")     (0.0060, 1)
# binomtest(2, 60, alternative="greater") of SciPy             (0.0060, 1)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet statsmodels==0.15.0 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW


def proportion(alternative):
    found = proportion_confint(2, 60, alpha=0.05, method="beta", alternative=alternative)
    return tuple(round(float(end), 4) for end in found)


mean = DescrStatsW(np.arange(20.0)).tconfint_mean(alpha=0.05, alternative="larger")
test = binomtest(2, 60, alternative="greater").proportion_ci(0.95, method="exact")
print("mean, larger:", tuple(map(float, mean)))
print("proportion, larger:", proportion("larger"), "smaller:", proportion("smaller"))
print("binomtest, greater:", tuple(test))
assert mean[0] > 0 and np.isinf(mean[1])
assert proportion("larger") == (0.0, 0.1012), "statsmodels behaves otherwise now"
assert proportion("smaller") == (0.006, 1.0), "statsmodels behaves otherwise now"
assert (round(test.low, 4), test.high) == (0.006, 1.0)
PYTHON
