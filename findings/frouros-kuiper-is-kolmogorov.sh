#!/usr/bin/env bash
# frouros 0.9.0: its KuiperTest takes the statistic of Kolmogorov and Smirnov, and misses what Kuiper's test is for.
#
# Kuiper's statistic is the sum of how far one distribution function is above the other and how far it is below, D+ + D-.
# The test is chosen where a change of spread matters as much as one of place, as with scores that become surer. One
# would expect KuiperTest of frouros to give what astropy gives, from which its table of p-values is taken. Its statistic
# is the larger of the two alone, that of KSTest, read in Kuiper's table. The p-value is too large: of pairs of samples of
# one distribution less than 1 % are below 0.05, and of samples of which one is 1.3 times as wide 4 % are found, where
# Kuiper's test finds 65 %. Samples that lie far apart get a p-value below zero.
#
# Seen with frouros 0.9.0 and astropy 8.0.2, 300 pairs of 200 values each:
#                                  frouros          astropy
# one distribution, p <= 0.05      0.003            0.05
# one 1.3 times as wide            0.04             0.65
# one moved by 3                   p below 0        p = 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet frouros==0.9.0 astropy==8.0.2 numpy==2.1.3 scipy==1.14.1
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from astropy.stats import kuiper_two
from frouros.detectors.data_drift import KSTest, KuiperTest


def asked(test, x, y):
    detector = test()
    detector.fit(X=x)
    return detector.compare(X=y)[0]


def pairs(width):
    for seed in range(300):
        draw = np.random.default_rng(seed)
        yield draw.normal(size=200), draw.normal(0, width, 200)


def found(width):
    ours = [(asked(KuiperTest, x, y).p_value, kuiper_two(x, y)[1]) for x, y in pairs(width)]
    return np.mean(np.array(ours) <= 0.05, axis=0)


x, y = next(pairs(1.5))
alike, wider = found(1.0), found(1.3)
draw = np.random.default_rng(0)
moved = asked(KuiperTest, draw.normal(size=1000), draw.normal(3, 1, 300)).p_value
print("statistics: Kuiper's of frouros", asked(KuiperTest, x, y).statistic, "of astropy", kuiper_two(x, y)[0])
print("p <= 0.05, frouros and astropy: one distribution", alike, "1.3 times as wide", wider, "moved", moved)
assert asked(KuiperTest, x, y).statistic == asked(KSTest, x, y).statistic, "frouros behaves otherwise now"
assert kuiper_two(x, y)[0] > asked(KuiperTest, x, y).statistic
assert wider[0] < 0.15 < 0.5 < wider[1], "frouros behaves otherwise now"
assert alike[0] < 0.02
assert moved < 0, "frouros behaves otherwise now"
PYTHON
