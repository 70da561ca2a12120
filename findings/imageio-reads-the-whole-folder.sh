#!/usr/bin/env bash
# imageio 2.38.1: to read one DICOM film, v3.imread reads every file in its folder and in those below.
#
# One would expect imread, given the file of a film, to read this file. v3.imread asks the DICOM plugin for "whatever is
# in there", which the plugin answers by looking for series: it opens every file in the folder of the film and in all
# folders below, sorts what it can into series, and returns the one film in the end. An archive read film by film is read
# as many times as it has films. An index changes nothing. v2.imread reads the one file.
#
# Seen with imageio 2.38.1, 40 films of 40 patients in 4 folders below one film:
#                                          files opened
# v3.imread(film, plugin="DICOM")          41
# v3.imread(film, plugin="DICOM", index=0) 41
# v2.imread(film, format="DICOM")          1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet imageio==2.38.1 numpy==2.4.6 pydicom==3.0.2
venv/bin/python - <<'PYTHON' 2>/dev/null
import sys
from pathlib import Path

import imageio.v2
import imageio.v3
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

FILM = Path("archive/film.dcm")


def write(path, patient, series, number):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    film.StudyInstanceUID, film.SeriesInstanceUID = series, series
    film.Modality, film.PatientID, film.PatientName, film.InstanceNumber = "DX", patient, "A", number
    film.Rows, film.Columns, film.SamplesPerPixel = 4, 6, 1
    film.PhotometricInterpretation = "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.PixelData = np.arange(24, dtype="<u2").tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    film.save_as(path, enforce_file_format=True)


opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)


def opens(read):
    opened.clear()
    assert read().shape == (4, 6)
    return len({name for name in opened if name.endswith(".dcm")})


write(FILM, "1", uid.generate_uid(), 1)
for each in range(40):
    write(Path(f"archive/{each % 4}/{each}.dcm"), str(each), uid.generate_uid(), 1)
third = opens(lambda: imageio.v3.imread(FILM, plugin="DICOM"))
indexed = opens(lambda: imageio.v3.imread(FILM, plugin="DICOM", index=0))
second = opens(lambda: imageio.v2.imread(FILM, format="DICOM"))
print("\nfiles opened: v3", third, "v3 with an index", indexed, "v2", second)
assert (third, indexed, second) == (41, 41, 1), "imageio reads otherwise now"
PYTHON
