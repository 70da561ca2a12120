#!/usr/bin/env bash
# confidenceinterval 1.0.5 calls the accuracy of a binary test its recall, precision and F1, each with an interval.
#
# The package gives scikit-learn's figures with confidence intervals, under scikit-learn's names. There, recall_score
# of labels 0 and 1 is the sensitivity. Here its `average` is "micro" where nothing is said, over both classes: every
# error is then a miss of one class and a false alarm of the other, so recall, precision and F1 are all the accuracy.
# A test that finds 4 of 10 ill among 90 healthy people has a "recall" of 0.93 (0.88 to 0.98). Its interval leaves out
# the sensitivity, 0.4, by far. tpr_score of the same package gives 0.4. A perfect AUC of 10 against 90 films gets an
# interval of no width, (1, 1).
#
# Seen with confidenceinterval 1.0.5, scikit-learn 1.9.1 (each from the same 100 answers):
#            scikit-learn  confidenceinterval
# recall     0.400         0.930 (0.880 to 0.980)
# precision  0.800         0.930 (0.880 to 0.980)
# F1         0.533         0.930 (0.880 to 0.980)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet confidenceinterval==1.0.5 scikit-learn==1.9.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
"$folder/venv/bin/python" - <<'PYTHON'
import confidenceinterval
import numpy as np
from sklearn import metrics

ill = np.repeat([1, 0], [10, 90])
said = np.repeat([1, 0, 1], [4, 95, 1])
assert metrics.confusion_matrix(ill, said).tolist() == [[89, 1], [6, 4]]

named = ("recall_score", "precision_score", "f1_score")
for name in named:
    usual = getattr(metrics, name)(ill, said)
    value, (low, high) = getattr(confidenceinterval, name)(ill, said)
    print(f"{name}: scikit-learn {usual:.3f}, confidenceinterval {value:.3f} ({low:.3f} to {high:.3f})")
    assert round(value, 3) == metrics.accuracy_score(ill, said) == 0.93, "it behaves otherwise now"
    assert not low <= usual <= high, "it behaves otherwise now"
assert round(confidenceinterval.tpr_score(ill, said)[0], 3) == 0.4

scores = np.concatenate([np.linspace(0.6, 1, 10), np.linspace(0, 0.5, 90)])
area, interval = confidenceinterval.roc_auc_score(ill, scores)
print("a perfect AUC:", float(area), tuple(map(float, interval)))
assert (area, *interval) == (1, 1, 1), "it behaves otherwise now"
PYTHON
