#!/usr/bin/env bash
# DCMTK 3.6.7's dcm2pnm draws a film without the window that the film names, greyer than anybody has seen it.
#
# dcm2pnm makes pictures of films, also as PNG, for a teaching file or for somebody's own labels. One would expect the
# film as a viewer shows it: with its first window, and with all its values from black to white where it names none.
# Without an option, dcm2pnm spreads what the bits could hold (0 to 4095 of 12 bits) from black to white, whatever the
# film names and holds. --use-window 1 takes the film's window and --min-max-window its values; where the film's VOI LUT
# Function is SIGMOID, the latter gives a film whose darkest grey is 30 and whose brightest is 224.
#
# Seen with dcmtk 3.6.7 (Debian 12), values 1000 to 3000 in equal steps, window 2000, 1000 (grey of the smallest, middle
# and largest value):
# film               no option      --use-window 1   --min-max-window
# linear             62, 125, 187   0, 127, 255      0, 127, 255
# VOI LUT SIGMOID    62, 125, 187   4, 127, 250      30, 127, 224
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
from pathlib import Path

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

SIDE = 64
EXPECTED = {
    ("LINEAR", ()): (62, 125, 187),
    ("LINEAR", ("--use-window", "1")): (0, 127, 255),
    ("LINEAR", ("--min-max-window",)): (0, 127, 255),
    ("SIGMOID", ()): (62, 125, 187),
    ("SIGMOID", ("--use-window", "1")): (4, 127, 250),
    ("SIGMOID", ("--min-max-window",)): (30, 127, 224),
}
for (function, options), expected in EXPECTED.items():
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    film.StudyInstanceUID, film.SeriesInstanceUID, film.Modality = uid.generate_uid(), uid.generate_uid(), "DX"
    film.WindowCenter, film.WindowWidth, film.VOILUTFunction = 2000, 1000, function
    values = np.linspace(1000, 3000, SIDE * SIDE).round().astype(np.uint16).reshape(SIDE, SIDE)
    film.set_pixel_data(values, "MONOCHROME2", 12, generate_instance_uid=False)
    film.save_as("film.dcm", enforce_file_format=True)
    subprocess.run(["root/usr/bin/dcm2pnm", *options, "film.dcm", "film.pgm"], check=True)
    drawn = np.frombuffer(Path("film.pgm").read_bytes()[-SIDE * SIDE :], np.uint8).astype(int)
    greys = tuple(int(drawn[place]) for place in (0, drawn.size // 2, -1))
    print(function, *options, greys)
    assert max(abs(a - b) for a, b in zip(greys, expected, strict=True)) <= 1, "it behaves otherwise now"
PYTHON
