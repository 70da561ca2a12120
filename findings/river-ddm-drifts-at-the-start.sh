#!/usr/bin/env bash
# river 0.26.1: DDM and EDDM, with the settings they come with, report a drift in most streams that never change.
#
# A detector of drift watches whether a model's answers were right, one after the other. DDM (Gama et al. 2004) warns
# at two and reports at three standard deviations above the least rate of errors seen. One would expect three standard
# deviations to be crossed seldom, in a few percent of streams that do not change, and EDDM to be somewhat less
# careful. DDM begins to compare after 30 answers, and keeps the least rate since: at a rate of 2 % these 30 often
# hold no error, so that the least is zero and its deviation too, and one error is a drift. It is reported in more
# than half of streams of 10,000, mostly within the first few hundred, the rarer the errors the more often. EDDM
# reports several in nearly each stream. ADWIN, HDDM-A and HDDM-W, whose bounds hold for small numbers, and Page-
# Hinkley report none.
#
# Seen with river 0.26.1, streams of 10,000 answers, share of streams with a drift and drifts a stream:
# errors       2 %           5 %           20 %
# DDM          0.74, 3.0     0.58, 1.4     0.27, 0.4     of 100 streams
# EDDM         1.00, 4.3     0.93, 9.5     0.97, 18      of 30
# ADWIN, HDDMA, HDDMW, PageHinkley at 5 %: 0             of 30
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet river==0.26.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from river import drift


def drifts(kind, rate, streams):
    counts = []
    for seed in range(streams):
        detector, count = kind(), 0
        for wrong in np.random.default_rng(seed).random(10_000) < rate:
            detector.update(bool(wrong))
            count += detector.drift_detected
        counts.append(count)
    return np.array(counts)


def say(kind, rate, counts):
    print(f"{kind.__name__:12} {rate:.0%} errors: {(counts > 0).mean():.2f} of streams, {counts.mean():.1f} a stream")


for rate, least in ((0.02, 0.6), (0.05, 0.4), (0.2, 0.15)):
    of_ddm, of_eddm = drifts(drift.binary.DDM, rate, 100), drifts(drift.binary.EDDM, rate, 30)
    say(drift.binary.DDM, rate, of_ddm)
    say(drift.binary.EDDM, rate, of_eddm)
    assert (of_ddm > 0).mean() > least and (of_eddm > 0).mean() > 0.8, "river is more careful now"
for kind in (drift.ADWIN, drift.binary.HDDMA, drift.binary.HDDMW, drift.PageHinkley):
    counts = drifts(kind, 0.05, 30)
    say(kind, 0.05, counts)
    assert not counts.any(), f"{kind.__name__} reports a drift now"
PYTHON
