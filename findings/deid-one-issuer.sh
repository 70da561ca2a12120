#!/usr/bin/env bash
# deid 0.4.13 writes the same IssuerOfPatientID into every hospital's films.
#
# The default recipe of the package, used where none is named, sets IssuerOfPatientID (0010,0021) to "STARR", the
# name of its authors' own data warehouse, whether the film had an issuer or another one. Whoever takes
# (issuer, PatientID) for the identity of a person, as IHE asks, then merges two hospitals' patients of the same
# number. One would expect the issuer to be kept or removed.
#
# Seen with deid 0.4.13: issuers "HOSPITAL A" and none both become "STARR".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet deid==0.4.13 pydicom==3.0.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
from deid.dicom import get_identifiers, replace_identifiers
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset


def write(path, issuer):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    film.PatientID, film.PatientName, film.PatientBirthDate, film.Modality = "1", "", "", "DX"
    if issuer:
        film.IssuerOfPatientID = issuer
    film.SamplesPerPixel, film.PhotometricInterpretation, film.PixelRepresentation = 1, "MONOCHROME2", 0
    film.BitsAllocated, film.BitsStored, film.HighBit, film.Rows, film.Columns = 8, 8, 7, 4, 4
    film.PixelData = np.zeros(16, np.uint8).tobytes()
    film["PixelData"].VR = "OB"
    film.save_as(path, enforce_file_format=True)
    return path


paths = [write("a.dcm", "HOSPITAL A"), write("b.dcm", "")]
cleaned = replace_identifiers(paths, ids=get_identifiers(paths), save=False)
seen = [str(film.get("IssuerOfPatientID", "")) for film in cleaned]
print(seen)
assert seen == ["STARR", "STARR"], "deid behaves otherwise now"
PYTHON
