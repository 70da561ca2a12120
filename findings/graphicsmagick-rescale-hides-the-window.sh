#!/usr/bin/env bash
# GraphicsMagick 1.3.40 shows a film by its window only where the film says nothing of rescaling.
#
# `gm convert film.dcm film.png` looks at Window Center and Width, and a film with them and nothing else comes out as a
# viewer shows it. One would expect the same of a film with Rescale Slope 1 and Intercept 0, which DX requires of every
# image for presentation and which change no value. But as soon as a slope is there the window is left out, and the
# slope and intercept are too: all 4,096 greys of the detector are spread evenly, the film looks flat, and a network
# that learned from the one sort is shown the other. Nothing is said. So of two films of a study, one of CR without a
# rescale and one of DX with it, one is windowed.
#
# Seen with graphicsmagick 1.4+really1.3.40-4+deb12u1 (Debian 12), a ramp of 0 to 4095, window 1000, 500: without a
# rescale black up to 750, white from 1250 on; with slope 1 and intercept 0, or 2 and -1000, the same picture as without
# any window, in which 750 is 18 % of white and 1250 31 %.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
  libgraphicsmagick-q16-3 | grep '^lib' | grep -vx libgraphicsmagick-q16-3 | sort -u >wanted
dpkg-query -W -f '${Package}\n' | sort -u >installed
version=1.4+really1.3.40-4+deb12u1
comm -23 wanted installed |
  xargs apt-get download -qq graphicsmagick=$version libgraphicsmagick-q16-3=$version 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
export LD_LIBRARY_PATH
venv/bin/python - <<'PYTHON'
import subprocess

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

RAMP = np.arange(4096).reshape(64, 64)


def drawn(**about):
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.Modality = uid.DigitalXRayImageStorageForPresentation, "DX"
    made.SOPInstanceUID, made.StudyInstanceUID, made.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, 12, 11
    made.Rows, made.Columns = RAMP.shape
    for keyword, value in about.items():
        setattr(made, keyword, value)
    made.PixelData = RAMP.astype("<u2").tobytes()
    made["PixelData"].VR = "OW"
    made.save_as("film.dcm", enforce_file_format=True)
    command = ["root/usr/bin/gm", "convert", "film.dcm", "-depth", "16", "-endian", "LSB", "gray:film.raw"]
    subprocess.run(command, check=True)
    return np.fromfile("film.raw", "<u2") / 65535


window = {"WindowCenter": "1000", "WindowWidth": "500"}
same = {"RescaleSlope": "1", "RescaleIntercept": "0", "RescaleType": "US"}
other = {"RescaleSlope": "2", "RescaleIntercept": "-1000", "RescaleType": "US"}
seen = {
    "neither": drawn(),
    "a window": drawn(**window),
    "a window, slope 1": drawn(**window, **same),
    "a window, slope 2": drawn(**window, **other),
}
for name, picture in seen.items():
    print(f"{name:18}", *(f"{value} {picture[value]:.2f}" for value in (500, 750, 1000, 1250, 3000)), sep="  ")
plain, windowed = seen["neither"], seen["a window"]
assert abs(plain - np.linspace(0, 1, 4096)).max() < 0.001
assert windowed[:750].max() < 0.01 and windowed[1250:].min() > 0.99 and 0.45 < windowed[1000] < 0.55
assert (seen["a window, slope 1"] == plain).all() and (seen["a window, slope 2"] == plain).all()
PYTHON
