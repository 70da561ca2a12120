#!/usr/bin/env bash
# cleanlab 2.9.0 returns "consensus" labels that no annotator gave.
#
# `get_label_quality_multiannotator` puts several readers' labels together. One would expect its consensus to be
# one of the labels that were given, as majority vote's is; where a single reader saw a film, that reader's. The
# default (`consensus_method="best_quality"`) takes the class that annotators and model together find likeliest, so a
# confident model overrules a reader who saw the film alone. The column is named `consensus_label` all the same.
#
# Seen with cleanlab 2.9.0: 10 of 300 films get a label that nobody gave; none with
# `consensus_method="majority_vote"`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet cleanlab==2.9.0 scikit-learn==1.9.1 numpy==2.4.6 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pandas as pd
from cleanlab.multiannotator import get_label_quality_multiannotator

random = np.random.default_rng(0)
films, readers = 300, 3
truth = random.integers(0, 3, films)
read = np.where(random.random((films, readers)) < 0.95, truth[:, None], random.integers(0, 3, (films, readers)))
given = pd.DataFrame(read.astype(float), columns=["first", "second", "third"])
given.loc[: films // 3, ["second", "third"]] = np.nan  # one reader each
model = np.full((films, 3), 0.02)
model[np.arange(films), truth] = 0.96
off = random.random(films) < 0.05
model[off] = np.roll(model[off], 1, axis=1)

seen = {}
for method in ("best_quality", "majority_vote"):
    found = get_label_quality_multiannotator(given, model, consensus_method=method, verbose=False)
    consensus = found["label_quality"]["consensus_label"].to_numpy()
    seen[method] = [n for n in range(films) if consensus[n] not in given.iloc[n].dropna().to_list()]
    print(f"{method}: {len(seen[method])} of {films} films have a label that nobody gave")
assert seen["best_quality"] and not seen["majority_vote"], "cleanlab behaves otherwise now"
PYTHON
