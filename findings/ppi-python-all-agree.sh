#!/usr/bin/env bash
# ppi-python 0.2.3 has no interval where labels and predictions agree, and one that covers far too seldom near it.
#
# Prediction-powered inference estimates a share (here: of wrong labels) from few reads and many predictions. Where
# every read film agrees with its prediction one would expect [0, 0] or an upper bound; `ppi_mean_ci` gives
# (nan, nan). Where one label in fifty is wrong, 100 reads and 5,000 predictions of 0 give intervals at "95 %" of
# which about two in three hold the truth, because the normal approximation sees no wrong label in many samples;
# their lower ends are below zero. Neither comes with a warning of the package's own.
#
# Seen with ppi-python 0.2.3, numpy 1.26.4, scipy 1.12.0: nan; covered in 263 of 400 draws, lowest bound below 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet ppi-python==0.2.3 numpy==1.26.4 scipy==1.12.0 numba==0.68.1 \
    pandas==2.3.3 scikit-learn==1.9.1 statsmodels==0.15.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from ppi_py import ppi_mean_ci


def interval(wrong, swept=5000):
    ends = ppi_mean_ci(wrong, np.zeros(len(wrong)), np.zeros(swept), alpha=0.05)
    return tuple(float(np.ravel(end)[0]) for end in ends)


nothing = interval(np.zeros(50))
random = np.random.default_rng(0)
found = np.array([interval((random.random(100) < 0.02).astype(float)) for _ in range(400)])
covered = int(((found[:, 0] <= 0.02) & (0.02 <= found[:, 1])).sum())
print("all agree:", nothing, "covered:", covered, "of 400; lowest bound", np.nanmin(found).round(4))
assert np.isnan(nothing).all(), "ppi-python answers an interval now"
assert covered < 340 and np.nanmin(found) < 0, "ppi-python covers better now"
PYTHON
