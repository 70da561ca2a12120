#!/usr/bin/env bash
# torchmetrics 1.9.0 gives another AUROC for the same logits when they come in other batches.
#
# `BinaryAUROC` takes probabilities or logits; numbers outside 0 to 1 are taken for logits and go through a sigmoid.
# An AUROC looks at the order alone, so one would expect the whole to give one figure however it is cut. Whether a
# sigmoid is needed is decided for each `update`: a batch whose logits happen to lie between 0 and 1 is kept as it
# is, and then ranked among sigmoids, where a logit of 0.9 counts as a probability of 0.9 and not of 0.71. One film
# at a time, or a short last batch, is enough. There is no warning, and logits in large batches come out right.
# Probabilities are safe.
#
# Seen with torchmetrics 1.9.0, torch 2.13.0, 400 logits: 0.8657 in batches of 4 and more, 0.8605 in twos, 0.8375
# one by one; 0.8657 for all three where the sigmoid is taken before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import torch
from torchmetrics.classification import BinaryAUROC

random = torch.Generator().manual_seed(0)
truth = torch.randint(0, 2, (400,), generator=random)
logits = torch.randn(400, generator=random) + 1.5 * truth


def area(scores, batch):
    metric = BinaryAUROC()
    for start in range(0, len(scores), batch):
        metric.update(scores[start : start + batch], truth[start : start + batch])
    return round(float(metric.compute()), 4)


seen = {batch: (area(logits, batch), area(logits.sigmoid(), batch)) for batch in (400, 4, 2, 1)}
print("batch: (of logits, of probabilities)", seen)
expected = {400: 0.8657, 4: 0.8657, 2: 0.8605, 1: 0.8375}
assert seen == {batch: (area, 0.8657) for batch, area in expected.items()}, "torchmetrics behaves otherwise now"
PYTHON
