#!/usr/bin/env bash
# DCMTK 3.6.7's dcmcjpeg bends the greys of a sigmoid film by a curve before a lossy compression, and keeps SIGMOID.
#
# One would expect a lossy JPEG of 12 bits to give each stored value back but for a small error, and the film's own
# window to be applied afterwards. Unless told otherwise (--scaling-range), dcmcjpeg takes the smallest value off all
# values and moves the window with them. Where VOI LUT Function is SIGMOID it bends the values as well, though no window
# was to be put into them. The film still says SIGMOID, so a viewer bends them once more.
#
# Seen with dcmtk 3.6.7 (Debian 12), values 1000 to 3000 in equal steps, +ee (12 bits, quality 90):
# film                  smallest, middle, largest value    window        VOI LUT Function
# linear, original      1000  2000  3000                   2000, 1000    -
# linear, compressed       0  1000  2000                   1000, 1000    -
# sigmoid, compressed    487  1083  1999                   1000, 1000    SIGMOID
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
apt-get download -qq dcmtk=3.6.7-9~deb12u4 libdcmtk17=3.6.7-9~deb12u4 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libdcmdata.so.*' -print -quit)")
export LD_LIBRARY_PATH
export DCMDICTPATH=$folder/root/usr/share/libdcmtk17/dicom.dic
venv/bin/python - <<'PYTHON'
import subprocess

import numpy as np
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset


def film(function: str | None) -> Dataset:
    """Return a film whose values go from 1000 to 3000 in equal steps."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = uid.generate_uid(), uid.generate_uid(), "DX"
    made.WindowCenter, made.WindowWidth = 2000, 1000
    if function:
        made.VOILUTFunction = function
    values = np.linspace(1000, 3000, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    made.set_pixel_data(values, "MONOCHROME2", 12, generate_instance_uid=False)
    return made


def compressed(original: Dataset) -> Dataset:
    """Return a film after a lossy JPEG of 12 bits, and back."""
    original.save_as("film.dcm", enforce_file_format=True)
    for command in (["dcmcjpeg", "+ee", "film.dcm", "packed.dcm"], ["dcmdjpeg", "packed.dcm", "back.dcm"]):
        subprocess.run([f"root/usr/bin/{command[0]}", *command[1:]], check=True)
    return dcmread("back.dcm")


def seen(image: Dataset) -> tuple[list[int], tuple[float, float], str | None]:
    """Return smallest, middle and largest value, window, and VOI LUT Function."""
    values = image.pixel_array.ravel().astype(int)
    window = float(image.WindowCenter), float(image.WindowWidth)
    return [int(values[place]) for place in (0, values.size // 2, -1)], window, image.get("VOILUTFunction")


for function, expected, gives in ((None, [0, 1000, 2000], 2), ("SIGMOID", [487, 1083, 1999], 3)):
    original = film(function)
    print("original", seen(original))
    greys, window, kept = seen(compressed(original))
    print("compressed", greys, window, kept)
    near = all(abs(grey - of) <= gives for grey, of in zip(greys, expected, strict=True))
    assert near and window == (1000, 1000) and kept == function, "dcmcjpeg behaves otherwise now"
PYTHON
