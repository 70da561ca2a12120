#!/usr/bin/env bash
# frouros 0.9.0: one bin that one of two samples leaves empty makes its population stability index a "major shift".
#
# The population stability index, the sum of (p - q) ln(p / q) over bins, is how monitors of models say that scores have
# drifted; above 0.25 counts as a major shift. Its logarithm has no value where a bin is empty, so programs put a small
# count there, one that a sample of this size could have had. One would expect PSI of frouros to be small for two samples
# of one distribution. It puts the smallest number a double holds (2e-308) into the empty bin instead, whose logarithm is
# -708: a bin with three of 1,000 values in it then adds 2 to the index. Its ten bins are equally wide, from the least to
# the largest value of the reference, so that those at the ends hold few values. Of pairs of samples of one normal
# distribution, 1,000 and 300 values, more than half come out above 0.25. Half a value in each empty bin: none.
#
# Seen with frouros 0.9.0, 500 pairs of samples of one distribution, 10 bins:
# share above 0.25, PSI of frouros                              0.55
# the same bins, half a value where one is empty                0
# median of the pairs without an empty bin                      0.03
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet frouros==0.9.0 numpy==2.1.3 scipy==1.14.1
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from frouros.detectors.data_drift import PSI

MAJOR = 0.25


def by_frouros(reference, new):
    detector = PSI(num_bins=10)
    detector.fit(X=reference)
    return float(detector.compare(X=new)[0].distance)


def shares(values, edges):
    counts = np.histogram(values, edges)[0]
    return np.where(counts == 0, 0.5, counts) / len(values), bool((counts == 0).any())


found, half, full = [], [], []
for seed in range(500):
    draw = np.random.default_rng(seed)
    reference, new = draw.normal(size=1000), draw.normal(size=300)
    edges = np.histogram_bin_edges(reference, 10)
    (p, _), (q, empty) = shares(reference, edges), shares(new, edges)
    found.append(by_frouros(reference, new))
    half.append(float(np.sum((p - q) * np.log(p / q))))
    if not empty and np.ptp(new) and new.min() >= edges[0] and new.max() <= edges[-1]:
        full.append(found[-1])
major = [np.mean(np.array(values) > MAJOR) for values in (found, half)]
print("above 0.25: frouros", major[0], "half a value", major[1], "without an empty bin", np.median(full))
assert major[0] > 0.4, "frouros behaves otherwise now"
assert major[1] < 0.01
assert np.median(full) < 0.1
PYTHON
