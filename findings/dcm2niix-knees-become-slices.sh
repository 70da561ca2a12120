#!/usr/bin/env bash
# dcm2niix 1.0.20260724: two radiographs of one series become two slices of one volume, whatever they show.
#
# One would expect a file for each film of a series: radiographs have no place in space, and a left knee is no slice of
# a right one. Films of equal size that share a SeriesInstanceUID are stacked into one NIfTI volume of two slices, also
# where the one is MONOCHROME1 and the other MONOCHROME2, where their sides or views differ, and where their pixels have
# another size: the volume has the size of the first film's. MONOCHROME1 is not inverted, so that black and white change
# from slice to slice. The exit status is 0.
#
# Seen with dcm2niix 1.0.20260724 (PyPI), read back by nibabel 5.4.2.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet dcm2niix==1.0.20260724 nibabel==5.4.2 numpy==2.3.5 pydicom==3.0.2
cat >films.py <<'PYTHON'
import subprocess
from pathlib import Path

import nibabel
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

PIXELS = np.arange(24 * 16, dtype=np.uint16).reshape(24, 16) * 10


def convert(name, *films):
    """Write the films of one series, convert their folder, and return the volumes."""
    into, out = Path(name, "films"), Path(name, "volumes")
    into.mkdir(parents=True), out.mkdir()
    study, series = generate_uid(), generate_uid()
    for number, said in enumerate(films, 1):
        film = Dataset()
        film.SOPClassUID = DigitalXRayImageStorageForPresentation
        film.SOPInstanceUID = generate_uid()
        film.StudyInstanceUID, film.SeriesInstanceUID = study, series
        film.Modality, film.BodyPartExamined, film.Manufacturer = "DX", "KNEE", "Example"
        film.SeriesNumber, film.InstanceNumber = 1, number
        film.Rows, film.Columns = PIXELS.shape
        film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
        film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
        film.PixelData = (PIXELS + number).tobytes()
        for keyword, value in said.items():
            setattr(film, keyword, value)
        film.file_meta = FileMetaDataset()
        film.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        film.save_as(into / f"{number}.dcm", enforce_file_format=True)
    subprocess.run(["venv/bin/dcm2niix", "-o", out, into], check=True, stdout=subprocess.DEVNULL)
    return [nibabel.load(each) for each in sorted(out.glob("*.nii"))]


CALIBRATED = {"PixelSpacing": [0.15, 0.15]}
DIFFERENT = {
    "view": [CALIBRATED | {"ViewPosition": "AP"}, CALIBRATED | {"ViewPosition": "LL"}],
    "side": [CALIBRATED | {"ImageLaterality": "L"}, CALIBRATED | {"ImageLaterality": "R"}],
    "photometric interpretation": [CALIBRATED, CALIBRATED | {"PhotometricInterpretation": "MONOCHROME1"}],
    "spacing": [CALIBRATED, {"PixelSpacing": [0.3, 0.3]}],
}
for name, films in DIFFERENT.items():
    volumes = convert(name, *films)
    print(f"two films of another {name}:", [(each.shape, each.header.get_zooms()) for each in volumes])
    (volume,) = volumes
    assert volume.shape == (16, 24, 2)
    assert np.allclose(volume.header.get_zooms()[:2], 0.15)
    first, second = np.moveaxis(np.asanyarray(volume.dataobj), 2, 0).astype(int)
    assert (first + 1 == second).all()
PYTHON
venv/bin/python films.py
