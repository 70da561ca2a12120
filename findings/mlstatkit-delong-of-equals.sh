#!/usr/bin/env bash
# MLstatkit 0.1.91 gives p = 0 for two models that do not differ.
#
# Delong_test compares two correlated AUCs. Where the difference is zero or nearly so, its variance is too, the
# package turns to a bootstrap, and the p-value it reports is 0.0: of a model against itself, against a copy with
# other units, and of two different models that are both perfect. One would expect 1, or no answer. Whoever keeps
# a retrained model "if p < 0.05" keeps it when nothing has changed.
#
# Seen with MLstatkit 0.1.91: (z, p) = (0.0, 0.0) in all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet MLstatkit==0.1.91
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from MLstatkit import Delong_test

rng = np.random.default_rng(0)
truth = rng.integers(0, 2, 200)
scores = truth * 0.5 + rng.normal(size=200)
perfect = [truth + rng.random(200) * 0.5 for _ in range(2)]
seen = {
    "itself": tuple(map(float, Delong_test(truth, scores, scores)[:2])),
    "other units": tuple(map(float, Delong_test(truth, scores, 2 * scores + 1)[:2])),
    "two perfect models": tuple(map(float, Delong_test(truth, *perfect)[:2])),
}
print(seen)
assert set(seen.values()) == {(0.0, 0.0)}, "MLstatkit behaves otherwise now"
PYTHON
