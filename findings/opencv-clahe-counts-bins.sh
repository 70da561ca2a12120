#!/usr/bin/env bash
# OpenCV 5.0.0's CLAHE hardly changes a film scaled to 16 bits, and its result's range depends on the limit.
#
# Contrast-limited adaptive histogram equalization is a usual first step before a network reads radiographs, and
# createCLAHE takes 8 and 16 bits. Its limit is a multiple of a bin's mean count: 2 lets a bin hold twice that. One
# would expect one limit to bring about the same look for the same film, whether its 4,096 grey levels are stored as 8
# bits, as they are in 16, or scaled to all 16 bits. A picture of 16 bits has 65,536 bins, however many levels it has,
# and a tile of 256 x 256 pixels has as many pixels: the mean is one pixel a bin. Scaled to 16 bits, levels lie 16
# apart, all counts beyond two are cut off and spread over all bins, and the result is the film as it was. Unscaled,
# the look is that of 8 bits, but what is cut off is spread over the 61,440 bins that no pixel uses, too: the
# brightest pixel of the result is 4,369 of 65,535 at a limit of 2, and 38,579 at 40. Whoever then divides by 65,535
# or by 4,095 gets another brightness for each limit, and values above 1.
#
# Seen with opencv-python-headless 5.0.0.93, a film of 2,048 x 2,048, tiles 8 x 8; contrast: the mean of the standard
# deviations within 64 x 64 pixels, as a share of the whole range (0.035 before):
# limit   8 bits   12 in 16 bits, largest   scaled to 16 bits
# 2       0.065    0.060           4369     0.037
# 4       0.077    0.069           6569     0.040
# 40      0.087    0.077          38579     0.060
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet opencv-python-headless==5.0.0.93 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import cv2
import numpy as np

SIZE, PIECE = 2048, 64
y, x = np.mgrid[0:SIZE, 0:SIZE]
soft = 1200 + 900 * np.sin(x / 300) * np.cos(y / 400)
film = soft + 200 * ((x // PIECE + y // PIECE) % 2) + 60 * np.random.default_rng(0).normal(size=(SIZE, SIZE))
film = np.clip(film, 0, 4095).astype(np.uint16)


def contrast(picture):
    places = range(0, SIZE, 4 * PIECE)
    within = [picture[i : i + PIECE, j : j + PIECE].std() for i in places for j in places]
    low, high = np.percentile(picture, (0.5, 99.5))
    return np.mean(within) / (high - low)


before, largest = contrast(film), []
for limit in (2, 4, 40):
    equalize = cv2.createCLAHE(limit, (8, 8)).apply
    eight, twelve, sixteen = equalize((film >> 4).astype(np.uint8)), equalize(film), equalize(film << 4)
    print(limit, *(round(contrast(each), 3) for each in (eight, twelve, sixteen)), twelve.max())
    largest.append(twelve.max())
    if limit < 40:
        assert contrast(eight) > 1.5 * before and contrast(sixteen) < 1.2 * before, "OpenCV counts otherwise now"
assert 4095 < largest[0] < largest[1] < largest[2] < 65535, "the range does not depend on the limit now"
PYTHON
