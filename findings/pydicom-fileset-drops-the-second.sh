#!/usr/bin/env bash
# pydicom 3.0.2's FileSet.add takes a film whose SOP Instance UID it has for the one it has, and drops it.
#
# Exports from devices, and copies that somebody corrected, bring other pixels or another patient under a UID that the
# set has already. One would expect add to refuse the second, or to take its place. It returns the instance of the
# first as if it had added the second, without a warning; write() then makes a DICOMDIR with the old film, and says
# nothing either. remove() first, then write(), then add() brings the new one in.
#
# Seen with pydicom 3.0.2 (largest pixel of the one film in the set):
# add(first), add(second), write           first
# opened again, add(second), write         first
# remove(old), write, add(second), write   second
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import warnings

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.fileset import FileSet

warnings.filterwarnings("error", category=UserWarning)
name, study, series = (uid.generate_uid() for _ in range(3))


def film(path: str, patient: str, grey: int) -> str:
    """Write a film of one grey under the one UID."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, name
    made.StudyInstanceUID, made.SeriesInstanceUID = study, series
    made.PatientID, made.PatientName, made.Modality = patient, patient, "DX"
    made.StudyDate, made.StudyTime, made.StudyID, made.AccessionNumber = "20260101", "100000", "1", "1"
    made.SeriesNumber = made.InstanceNumber = 1
    pixels = np.full((8, 8), grey, np.uint16)
    made.set_pixel_data(pixels, "MONOCHROME2", 12, generate_instance_uid=False)
    made.save_as(path, enforce_file_format=True)
    return path


first, second = film("first.dcm", "ONE", 100), film("second.dcm", "TWO", 200)


def in_set() -> int:
    """Return the largest pixel of the one film that a reader of the DICOMDIR finds."""
    (only,) = FileSet("set/DICOMDIR")
    return int(only.load().pixel_array.max())


made = FileSet()
added = made.add(first)
assert made.add(second) is added, "it behaves otherwise now"
made.write("set")
print("added both at once:", in_set())
assert in_set() == 100, "it behaves otherwise now"

made = FileSet("set/DICOMDIR")
made.add(second)
made.write()
print("opened and added the second:", in_set())
assert in_set() == 100, "it behaves otherwise now"

made = FileSet("set/DICOMDIR")
made.remove(list(made))
made.write()
made.add(second)
made.write()
print("taken out first, then added:", in_set())
assert in_set() == 200
PYTHON
