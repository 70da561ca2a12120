#!/usr/bin/env bash
# venn-abers 1.5.4 drops a class that no calibration case had, so that the columns behind it name another class.
#
# `VennAbersCalibrator.predict_proba` takes the calibration set's probabilities and labels and those to be calibrated.
# One would expect as many columns as were given, or an error, where a rare grade has no case in the calibration set.
# The classes are those of the labels alone: of four columns three come back, rows still add up to 1, and column 1 is
# grade 2 where grade 1 is missing. An argmax is then wrong for most cases, without a word. Where two classes are
# all there is, their labels are reckoned with as if they were 0 and 1: labels 1 and 2, or -1 and 1, give
# "probabilities" below 0 and above 1.
#
# Seen with venn-abers 1.5.4, numpy 1.26.4, 400 calibration and 200 test cases: the column with the most is the one
# that had most before for 186 of 200 with all four grades, for 73 without grade 1. The second of two classes, given as
# 0.1, 0.5 and 0.9: 0.14, 0.43, 0.8 for labels 0 and 1; 1.0, 1.57, 3.84 for 1 and 2; -2.22, -0.11, 0.67 for -1 and 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet venn-abers==1.5.4 numpy==1.26.4 scikit-learn==1.9.1 pandas==2.3.3
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from venn_abers import VennAbersCalibrator

random = np.random.default_rng(0)
calibration, test = random.dirichlet([1] * 4, 400), random.dirichlet([1] * 4, 200)
grades = np.array([random.choice(4, p=row) for row in calibration])


def calibrated(probabilities, labels, asked):
    return VennAbersCalibrator().predict_proba(p_cal=probabilities, y_cal=labels, p_test=asked)


seen = {}
for name, kept in {"all four": grades >= 0, "without grade 1": grades != 1}.items():
    given = calibrated(calibration[kept], grades[kept], test)
    assert np.allclose(given.sum(axis=1), 1)
    seen[name] = given.shape[1], int((given.argmax(axis=1) == test.argmax(axis=1)).sum())
print("columns, cases with the argmax that was given:", seen)

of_second = random.random(300)
truth = (random.random(300) < of_second).astype(int)
two = np.column_stack([1 - of_second, of_second])
asked = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]])
for labels in ((0, 1), (1, 2), (-1, 1)):
    given = calibrated(two, np.array(labels)[truth], asked)[:, 1].round(2)
    seen[labels] = given.tolist()
    print("labels", labels, "probability of the second:", seen[labels])
assert seen == {
    "all four": (4, 186),
    "without grade 1": (3, 73),
    (0, 1): [0.14, 0.43, 0.8],
    (1, 2): [1.0, 1.57, 3.84],
    (-1, 1): [-2.22, -0.11, 0.67],
}, "venn-abers behaves otherwise now"
PYTHON
