#!/usr/bin/env bash
# Pillow 13.0.0 gives a 12-bit picture's values times 16, in PGM and JPEG 2000, where OpenCV gives them as stored.
#
# A film of 12 bits holds 0 to 4,095, and both formats say so in their header. One would expect two lossless readers
# to give the same numbers, as both do for 8 and 16 bits. Pillow stretches to 16 bits: PGM by 65535 / 4095, rounded,
# and JPEG 2000 by a shift of four bits, so that the two disagree with each other too (their brightest values are
# 65,535 and 65,520). Nothing in `mode` or `info` says by how much. A window, a threshold or a network's input made
# with one reader is sixteenfold off with the other.
#
# Seen with Pillow 13.0.0, opencv-python-headless 5.0.0.93 and imagecodecs 2026.3.6: for the stored values 0, 1, 1000
# and 4095 Pillow gives 0, 16, 16004, 65535 (PGM) and 0, 16, 16000, 65520 (JPEG 2000).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pillow==13.0.0 opencv-python-headless==5.0.0.93 imagecodecs==2026.3.6 numpy==2.4.6
venv/bin/python - <<'PYTHON'
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
from PIL import Image

film = np.arange(4096, dtype=np.uint16).reshape(64, 64)
Path("film.pgm").write_bytes(b"P5\n64 64\n4095\n" + film.astype(">u2").tobytes())
packed = imagecodecs.jpeg2k_encode(film, level=0, reversible=True, bitspersample=12, codecformat="jp2")
Path("film.jp2").write_bytes(packed)
assert np.array_equal(imagecodecs.jpeg2k_decode(packed), film)
seen = {}
for name in ("film.pgm", "film.jp2"):
    assert np.array_equal(cv2.imread(name, cv2.IMREAD_UNCHANGED), film), "OpenCV behaves otherwise now"
    with Image.open(name) as picture:
        seen[name] = [int(np.asarray(picture).ravel()[value]) for value in (0, 1, 1000, 4095)]
        print(name, "Pillow:", picture.mode, seen[name], "OpenCV: as stored")
assert seen == {"film.pgm": [0, 16, 16004, 65535], "film.jp2": [0, 16, 16000, 65520]}, "Pillow behaves otherwise now"
PYTHON
