#!/usr/bin/env bash
# crepes 0.9.1 gives a class that no calibration case had a p-value drawn at random, and drops it now and then.
#
# With `class_cond=True` each class is judged against its own calibration cases. For a class without any, one would
# expect p = 1 (nothing speaks against it), so that a prediction set always holds it, or an error. The smoothed
# p-value, which is the default, is then (0 + u) / (0 + 1): u itself, a uniform random number that says nothing of
# the case. So sets at 95 % confidence leave the class out in about one case of twenty, whatever the case looks
# like, and a likely case of that class is dropped as often as an unlikely one. `smoothing=False` gives 1.
#
# Seen with crepes 0.9.1, scikit-learn 1.9.1: spread over 0 to 1, no correlation with the model's score; 1 without.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet crepes==0.9.1 scikit-learn==1.9.1 numpy==1.26.4 scipy==1.12.0 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from crepes import WrapClassifier
from sklearn.linear_model import LogisticRegression

random = np.random.default_rng(0)
cases = random.normal(size=(2300, 2))
classes = (cases[:, 0] > 0).astype(int)
model = WrapClassifier(LogisticRegression())
model.fit(cases[:100], classes[:100])
common = 100 + np.flatnonzero(classes[100:300] == 0)
model.calibrate(cases[common], classes[common], class_cond=True, seed=0)

new = cases[300:]
smoothed = model.predict_p(new, seed=1)[:, 1]
plain = model.predict_p(new, smoothing=False)[:, 1]
dropped = sum(1 not in labels for labels in model.predict_set(new, confidence=0.95, seed=1)) / len(new)
related = float(np.corrcoef(smoothed, model.predict_proba(new)[:, 1])[0, 1])
print(f"p-values {smoothed.min():.3f} to {smoothed.max():.3f}, correlation with the score {related:.3f},")
print(f"left out of {dropped:.3f} of the sets; without smoothing {np.unique(plain)}")
assert smoothed.min() < 0.01 and smoothed.max() > 0.99 and abs(related) < 0.1, "crepes behaves otherwise now"
assert 0.03 < dropped < 0.07 and set(plain) == {1.0}, "crepes behaves otherwise now"
PYTHON
