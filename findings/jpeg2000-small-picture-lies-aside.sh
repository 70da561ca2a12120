#!/usr/bin/env bash
# A JPEG 2000 film read at a reduced resolution lies up to 15.5 pixels beside where its size says.
#
# A decoder can stop early and give a half, a quarter, an eighth of the size. One would expect such a picture to cover
# the film as an area average or a browser's scaling does, so that a point x of it is (x + 0.5) * 8 - 0.5 of the film.
# The samples of the wavelet's low band sit on every second sample, not between two, so x is 8 * x: each level adds
# half of its own pixel. The whole picture seems to lie (2^n - 1) / 2 pixels of the film to the lower right when it is
# laid over the film edge to edge: 3.5 at an eighth, 15.5 at a 32nd. A landmark marked on it and scaled back is off by
# as much. It belongs to the format and holds for both wavelets.
#
# Seen with Pillow 13.0.0 (its OpenJPEG): offsets 0.5, 1.5, 3.5, 7.5 and 15.5 for 1 to 5 levels; 0 for Image.reduce.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pillow==13.0.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np
from PIL import Image

SIDE, MIDDLE = 512, 255.5
down, across = np.mgrid[:SIDE, :SIDE]
spot = np.exp(-((across - MIDDLE) ** 2 + (down - MIDDLE) ** 2) / (2 * 40**2))
film = Image.fromarray(np.round(250 * spot).astype(np.uint8))


def offset(picture, factor):
    values = np.asarray(picture).astype(float)
    middle = (values.sum(axis=0) * np.arange(values.shape[1])).sum() / values.sum()
    return round(((middle + 0.5) * factor - 0.5 - MIDDLE) * 10) / 10


seen = {}
for wavelet, irreversible in (("5/3", False), ("9/7", True)):
    film.save("film.jp2", irreversible=irreversible, num_resolutions=6)
    seen[wavelet] = []
    for levels in range(1, 6):
        small = Image.open("film.jp2")
        small.reduce = levels
        small.load()
        assert small.size == (SIDE >> levels, SIDE >> levels)
        seen[wavelet].append(offset(small, 2**levels))
seen["area average"] = [offset(film.reduce(2**levels), 2**levels) for levels in range(1, 6)]
print(seen)
aside = [0.5, 1.5, 3.5, 7.5, 15.5]
for wavelet in ("5/3", "9/7"):
    assert np.allclose(seen[wavelet], aside, atol=0.15), "reduced pictures lie elsewhere now"
assert np.allclose(seen["area average"], 0, atol=0.15), "Image.reduce behaves otherwise now"
PYTHON
