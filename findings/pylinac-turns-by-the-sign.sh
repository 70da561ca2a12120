#!/usr/bin/env bash
# pylinac 3.49.0 turns a film's grey values upside down by Pixel Intensity Relationship Sign, and not by MONOCHROME1.
#
# `image.load` reads a film for quality assurance. One would expect stored values times slope plus intercept, as CT has
# it, or values turned so that all films look alike. The sign (0028,1041) says how X-rays relate to values, which
# most digital radiographs state as -1 together with MONOCHROME2: the display is right as it is. pylinac turns exactly
# these, around the middle of the values that the film happens to hold, and leaves MONOCHROME1 without a sign alone.
# Two films that look alike on every screen come out as each other's negatives, and 0 is another grey in each film.
# Spacing surprises, too: Imager Pixel Spacing, the only one of most radiographs, gives no `dpmm`.
#
# Seen with pylinac 3.49.0, pydicom 2.4.5, ramp 1000..3000: MONOCHROME2 1000..3000; MONOCHROME2 with sign -1
# 3000..1000, with rescale slope 2 and intercept -1000 5000..1000; sign 1 1000..3000; MONOCHROME1 1000..3000, with
# sign -1 3000..1000; dpmm None for Imager Pixel Spacing 0.15, 10.0 for Pixel Spacing 0.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pylinac==3.49.0 pydicom==2.4.5
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pylinac import image

RAMP = np.tile(np.linspace(1000, 3000, 64).round().astype("<u2"), (48, 1))
SIGN = {"PixelIntensityRelationship": "LOG", "PixelIntensityRelationshipSign": -1}
FILMS = {
    "MONOCHROME2": ({}, (1000, 3000)),
    "MONOCHROME2, sign -1": (SIGN, (3000, 1000)),
    "MONOCHROME2, sign -1, rescaled": (SIGN | {"RescaleSlope": 2, "RescaleIntercept": -1000}, (5000, 1000)),
    "MONOCHROME2, sign 1": (SIGN | {"PixelIntensityRelationshipSign": 1}, (1000, 3000)),
    "MONOCHROME1": ({}, (1000, 3000)),
    "MONOCHROME1, sign -1": (SIGN, (3000, 1000)),
}


def load(shown, **more):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID = film.file_meta.MediaStorageSOPClassUID = uid.DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID = film.file_meta.MediaStorageSOPInstanceUID = uid.generate_uid()
    film.Modality, film.PatientID = "DX", "1"
    film.Rows, film.Columns = RAMP.shape
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, shown
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    for name, value in more.items():
        setattr(film, name, value)
    film.PixelData = RAMP.tobytes()
    film.is_little_endian, film.is_implicit_VR = True, False
    film.save_as("film.dcm", write_like_original=False)
    return image.load("film.dcm")


for title, (more, expected) in FILMS.items():
    array = load(title.split(",")[0], **more).array
    ends = int(array[0, 0]), int(array[0, -1])
    print(f"{title}: {ends[0]} to {ends[1]}")
    assert ends == expected, f"pylinac reads {title} otherwise now"
stated = {"ImagerPixelSpacing": [0.15, 0.15]}, {"PixelSpacing": [0.1, 0.1]}
spacing = [load("MONOCHROME2", **each).dpmm for each in stated]
print("dpmm of Imager Pixel Spacing, of Pixel Spacing:", spacing)
assert spacing == [None, 10.0], "pylinac takes the spacing otherwise now"
PYTHON
