#!/usr/bin/env bash
# rapidocr 3.10.0 keeps the options of one call for all that follow.
#
# An engine is called with an image, and with options such as `use_rec=False` (find text, do not read it) or
# `text_score`; each defaults to None. One would expect an option to hold for the call it is given to. It is written
# into the engine: after one call that only finds text, a call without options only finds text too and returns
# another type, whose `txts` does not exist. Whoever shares an engine between two uses gets the other's options.
#
# Seen with rapidocr 3.10.0, onnxruntime 1.32.0: reads, then finds, then finds where nothing was asked.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet rapidocr==3.10.0 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93
"$folder/venv/bin/pip" uninstall --quiet --yes opencv-python
"$folder/venv/bin/pip" install --quiet --force-reinstall --no-deps opencv-python-headless==5.0.0.93
"$folder/venv/bin/python" - <<'PYTHON' 2>/dev/null
import cv2
import numpy as np
from rapidocr import RapidOCR

picture = np.zeros((200, 600, 3), np.uint8)
cv2.putText(picture, "LEFT KNEE", (20, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (255, 255, 255), 4)
engine = RapidOCR()
seen = [type(found).__name__ for found in (engine(picture), engine(picture, use_rec=False, use_cls=False), engine(picture))]
print(seen)
assert seen == ["RapidOCROutput", "TextDetOutput", "TextDetOutput"], "rapidocr behaves otherwise now"
PYTHON
