#!/usr/bin/env bash
# ImageHash 4.3.2 gives different films of 16 bits the same hash: it hashes an all-white picture.
#
# Perceptual hashes are used to find a film that came twice. `phash` and its kin take any Pillow image and make it
# grey of 8 bits first. One would expect a 16-bit PNG to be scaled to 8 bits, as a viewer does, or refused. Pillow's
# conversion of `I;16` to `L` cuts every value above 255 off at 255, and in a film nearly all values are above it. So
# what is hashed is white, the hash is the same for every film, and all are copies of each other. The same films in
# 8 bits are told apart.
#
# Seen with ImageHash 4.3.2, Pillow 13.0.0: phash, dhash, whash and average_hash are the same for two films of
# random squares from 2,000 to 59,999; in 8 bits each of them tells the two apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet ImageHash==4.3.2 pillow==13.0.0 numpy==2.4.6 scipy==1.17.1 PyWavelets==1.9.0
venv/bin/python - <<'PYTHON'
import imagehash
import numpy as np
from PIL import Image

random = np.random.default_rng(0)
films = {name: np.kron(random.integers(2000, 60000, (8, 8)), np.ones((32, 32), int)) for name in ("one", "other")}
for name, values in films.items():
    Image.fromarray(values.astype(np.uint16)).save(f"{name}-16.png")
    Image.fromarray((values >> 8).astype(np.uint8)).save(f"{name}-8.png")
seen = {}
for bits in (16, 8):
    for method in (imagehash.phash, imagehash.dhash, imagehash.whash, imagehash.average_hash):
        hashes = [method(Image.open(f"{name}-{bits}.png")) for name in films]
        seen[bits, method.__name__] = int(hashes[0] - hashes[1])
print("bits that differ, of 64:", seen)
with Image.open("one-16.png") as film:
    assert film.mode == "I;16" and film.convert("L").getextrema() == (255, 255), "Pillow behaves otherwise now"
assert all((difference == 0) == (bits == 16) for (bits, _), difference in seen.items()), "it behaves otherwise now"
PYTHON
