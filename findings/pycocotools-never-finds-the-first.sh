#!/usr/bin/env bash
# pycocotools 2.0.11 counts the object whose annotation id is 0 as missed, however well it was found.
#
# Ids in a COCO file are numbers, and most who write one by program count from 0. One would expect perfect boxes to
# give an average precision of 1 whatever the ids are, or an error. A match is kept as the id of the object it
# belongs to, and 0 means "no match", so the detection of object 0 counts as a false one. One wrong box of many hides
# in the last digit; a class with few objects loses much, most when the detector was surest of that very box.
# There is no warning.
#
# Seen with pycocotools 2.0.11, four films with a perfect box each: AP and AR are 1 and 1 with ids from 1, 0.56 and
# 0.75 with ids from 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pycocotools==2.0.11 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FILMS, BOX = 4, [20, 30, 50, 60]


def precision_and_recall(first_id):
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": film, "width": 100, "height": 120} for film in range(1, FILMS + 1)],
        "categories": [{"id": 1, "name": "knee"}],
        "annotations": [
            {"id": first_id + n, "image_id": n + 1, "category_id": 1, "bbox": BOX, "area": 3000, "iscrowd": 0}
            for n in range(FILMS)
        ],
    }
    found = [{"image_id": n + 1, "category_id": 1, "bbox": BOX, "score": 0.9 - 0.1 * n} for n in range(FILMS)]
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return round(float(evaluation.stats[0]), 2), round(float(evaluation.stats[8]), 2)


seen = {first: precision_and_recall(first) for first in (1, 0)}
print("AP, AR with ids from 1 and from 0:", seen)
assert seen == {1: (1.0, 1.0), 0: (0.56, 0.75)}, "pycocotools behaves otherwise now"
PYTHON
