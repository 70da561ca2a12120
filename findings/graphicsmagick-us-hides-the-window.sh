#!/usr/bin/env bash
# GraphicsMagick 1.3.40 leaves out the window and the rescale of a film whose Rescale Type is US, as that of DX is.
#
# `gm convert film.dcm film.png` applies rescale and window, and a film with them comes out as a viewer shows it. One
# would expect the same where Rescale Type (0028,1054) is "US", unspecified units, which the DX module prescribes and
# which says nothing about values. With that word both are left out: all 4,096 greys of the detector are spread evenly,
# the film looks flat, and a network that learned from one sort is shown the other. The word alone is enough, without
# any slope. "HU", or no type, does no harm. Nothing is said, so of two films of a study one is windowed.
#
# Seen with graphicsmagick 1.4+really1.3.40-4+deb12u1 (Debian 12), a ramp of 0 to 4095, window 1000, 500. Black up to
# 750 and white from 1250 on: alone, with slope 1, with slope 1 and HU; up to 875 and from 1125 on with slope 2 and
# intercept -1000. With US, whatever the slope: as without any window, 750 is 18 % of white and 1250 31 %. Of two
# windows, 1000 and 3000, the second counts.
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
one = {"RescaleSlope": "1", "RescaleIntercept": "0"}
two = {"RescaleSlope": "2", "RescaleIntercept": "-1000"}
us, hu = {"RescaleType": "US"}, {"RescaleType": "HU"}
seen = {
    "nothing": drawn(),
    "window": drawn(**window),
    "window, slope 1": drawn(**window, **one),
    "window, slope 1, HU": drawn(**window, **one, **hu),
    "window, slope 2": drawn(**window, **two),
    "window, US": drawn(**window, **us),
    "window, slope 1, US": drawn(**window, **one, **us),
    "window, slope 2, US": drawn(**window, **two, **us),
    "two windows": drawn(WindowCenter=["1000", "3000"], WindowWidth=["500", "500"]),
}
for name, picture in seen.items():
    print(f"{name:20}", *(f"{value} {picture[value]:.2f}" for value in (750, 875, 1125, 1250, 3000)), sep="  ")


def is_shown(name, first, last):
    picture = seen[name]
    return picture[:first].max() < 0.02 and picture[last:].min() > 0.98 and 0.4 < picture[(first + last) // 2] < 0.6


assert abs(seen["nothing"] - np.linspace(0, 1, 4096)).max() < 0.001
assert all(is_shown(name, 750, 1250) for name in ("window", "window, slope 1", "window, slope 1, HU"))
assert is_shown("window, slope 2", 875, 1125) and is_shown("two windows", 2750, 3250)
assert all((picture == seen["nothing"]).all() for name, picture in seen.items() if name.endswith("US"))
PYTHON
