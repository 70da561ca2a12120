#!/usr/bin/env bash
# SimpleITK 2.5.7 ignores Pixel Spacing in CR, DX, RF and XA images, calibrated or not; dcm2niix reads nothing else.
#
# A radiograph may carry two distances: Imager Pixel Spacing, at the detector, and Pixel Spacing, which PS3.3
# 10.7.1.3 says is the calibrated one where the two differ. One would expect a reader to take the calibrated
# distance, and either where there is only one. SimpleITK always gives the detector's, so lengths are too long by
# the magnification, and 1 mm where only Pixel Spacing is there. dcm2niix takes Pixel Spacing and gives 1 mm where
# only Imager Pixel Spacing is there. Neither says so. For Secondary Capture both read Pixel Spacing.
#
# Seen with SimpleITK 2.5.7, dcm2niix 1.0.20260724 (detector 0.2 mm, calibrated 0.15 mm):
#            both   detector's only   calibrated only
# SimpleITK  0.2    0.2               1
# dcm2niix   0.15   1                 0.15
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet SimpleITK==2.5.7 dcm2niix==1.0.20260724 pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import struct
import subprocess
from pathlib import Path

import numpy as np
import SimpleITK
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

KINDS = {
    "CR": uid.ComputedRadiographyImageStorage,
    "DX": uid.DigitalXRayImageStorageForPresentation,
    "RF": uid.XRayRadiofluoroscopicImageStorage,
    "XA": uid.XRayAngiographicImageStorage,
}


def write(modality, detector, calibrated):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = KINDS[modality], uid.generate_uid()
    film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
    film.Modality, film.PatientID, film.PatientName = modality, "1", "A"
    film.Rows, film.Columns, film.SamplesPerPixel = 4, 6, 1
    film.PhotometricInterpretation = "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    if detector:
        film.ImagerPixelSpacing = [detector, detector]
    if calibrated:
        film.PixelSpacing, film.PixelSpacingCalibrationType = [calibrated, calibrated], "FIDUCIAL"
    film.PixelData = np.arange(24, dtype="<u2").tobytes()
    film.save_as("film/film.dcm", enforce_file_format=True)


def of_dcm2niix():
    subprocess.run(["venv/bin/dcm2niix", "-f", "film", "-o", "film", "film"], check=True, capture_output=True)
    nifti = Path("film/film.nii")
    spacing = struct.unpack("<8f", nifti.read_bytes()[76:108])[1]  # pixdim of the NIfTI header
    nifti.unlink()
    return round(spacing, 3)


Path("film").mkdir()
for modality in KINDS:
    seen = []
    for detector, calibrated in ((0.2, 0.15), (0.2, None), (None, 0.15)):
        write(modality, detector, calibrated)
        seen.append((round(SimpleITK.ReadImage("film/film.dcm").GetSpacing()[0], 3), of_dcm2niix()))
    print(modality, "SimpleITK, dcm2niix; both, detector's only, calibrated only:", seen)
    assert seen == [(0.2, 0.15), (0.2, 1.0), (1.0, 0.15)], "one of them behaves otherwise now"
PYTHON
