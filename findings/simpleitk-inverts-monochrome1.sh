#!/usr/bin/env bash
# SimpleITK 2.5.7 inverts MONOCHROME1 pixels before the rescale, so the values it gives are not the modality's.
#
# `ReadImage` is documented to apply slope and intercept. For MONOCHROME1, where low values are shown bright, one
# would expect the same values as for MONOCHROME2, for the photometric interpretation speaks of display alone
# (PS3.3 C.7.6.3.1.2); pydicom and dcm2niix give them so. SimpleITK subtracts the stored values from the largest
# that Bits Stored can hold, then rescales, while its metadata still says MONOCHROME1. Whoever inverts by the
# metadata inverts twice, and a network sees negatives of one vendor's films.
#
# Seen with SimpleITK 2.5.7, pydicom 3.0.2: stored 0, 1, 2 of 12 bits, slope 2, intercept -3 gives 8187, 8185, 8183.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet SimpleITK==2.5.7 pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np
import SimpleITK
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_modality_lut


def write(photometric):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    film.Modality, film.Rows, film.Columns, film.SamplesPerPixel = "DX", 4, 6, 1
    film.PhotometricInterpretation = photometric
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.RescaleSlope, film.RescaleIntercept, film.RescaleType = 2, -3, "US"
    film.PixelData = np.arange(24, dtype="<u2").tobytes()
    film.save_as("film.dcm", enforce_file_format=True)


for photometric in ("MONOCHROME2", "MONOCHROME1"):
    write(photometric)
    film, read = dcmread("film.dcm"), SimpleITK.ReadImage("film.dcm")
    by_pydicom = apply_modality_lut(film.pixel_array, film).ravel()[:3].tolist()
    by_simpleitk = SimpleITK.GetArrayFromImage(read).ravel()[:3].tolist()
    still = read.GetMetaData("0028|0004").strip()
    print(f"{photometric}: pydicom {by_pydicom}, SimpleITK {by_simpleitk}, its metadata says {still}")
    assert by_pydicom == [-3, -1, 1] and still == photometric
    inverted = [8187, 8185, 8183] if photometric == "MONOCHROME1" else [-3, -1, 1]
    assert by_simpleitk == inverted, "SimpleITK behaves otherwise now"
PYTHON
