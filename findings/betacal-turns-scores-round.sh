#!/usr/bin/env bash
# betacal 1.1.0: a beta calibration may fall as the score rises, and turns the order of all films round.
#
# Beta calibration (Kull et al., AISTATS 2017) is a family of rising maps: both shape parameters are at least 0, so
# that calibrating keeps the order of films and with it the AUC. One would expect `BetaCalibration` never to return
# another. It sets the first parameter to 0 where the first fit makes it negative and fits the other anew, and takes
# what comes, negative too; the kinds "am" and "ab" look at no sign. Where a class is rare this takes little: of 40
# calibration films the three prostheses happen to score low, and every film that the network calls a prosthesis with
# 0.3 or more gets a probability of 0, one it scores 0.02 gets 0.97. "ab" falls, then rises. No warning.
#
# Seen with betacal 1.1.0, scikit-learn 1.9.1, Python 3.11: at scores 0.02, 0.1, 0.3, 0.6 and 0.9 "abm" (the default)
# 0.969, 0.005, 0, 0, 0; "am" 0.995, 0.017, 0, 0, 0; "ab" 0.885, 0.120, 0.081, 0.891, 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet betacal==1.1.0 scikit-learn==1.9.1 numpy==2.4.6 2>/dev/null
"$folder/venv/bin/python" -W error - <<'PYTHON'
import numpy as np
from betacal import BetaCalibration

score = np.concatenate([np.linspace(0.05, 0.6, 37), [0.02, 0.03, 0.06]])
truth = np.concatenate([np.zeros(37), np.ones(3)])
at = np.array([0.02, 0.1, 0.3, 0.6, 0.9])
expected = {"abm": [0.97, 0.01, 0, 0, 0], "am": [0.99, 0.02, 0, 0, 0], "ab": [0.89, 0.12, 0.08, 0.89, 1]}
for kind, figures in expected.items():
    found = BetaCalibration(kind).fit(score.reshape(-1, 1), truth).predict(at)
    print(kind, found.round(3))
    assert np.allclose(found, figures, atol=0.02), "betacal calibrates otherwise now"
PYTHON
