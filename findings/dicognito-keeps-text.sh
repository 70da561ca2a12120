#!/usr/bin/env bash
# dicognito 0.19.0 invents a new patient and leaves the old one in free text and private elements.
#
# Name, birth date, address and identifiers are replaced by plausible ones, so an anonymised film looks real. But
# private elements stay as they were, and so do PatientComments, AdditionalPatientHistory, ImageComments,
# StudyDescription and RequestedProcedureDescription: a name that a technician typed there survives beside the
# invented one. One would expect private elements to be removed (the basic profile of PS3.15 E does).
#
# Seen with dicognito 0.19.0: the planted word stays in all six of these; PatientName is replaced.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dicognito==0.19.0 pydicom==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
from dicognito.anonymizer import Anonymizer
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
film.PatientID, film.PatientSex, film.Modality = "4711", "F", "DX"
film.PatientName = "Planted^Word"
for keyword in ("PatientComments", "AdditionalPatientHistory", "ImageComments", "StudyDescription"):
    setattr(film, keyword, "Planted^Word fell on the knee")
film.RequestAttributesSequence = [Dataset()]
film.RequestAttributesSequence[0].RequestedProcedureDescription = "Knee, Planted^Word"
film.private_block(0x0011, "A VENDOR", create=True).add_new(1, "LO", "Planted^Word")
Anonymizer(seed="1").anonymize(film)
left = sorted(e.keyword or "private" for e in film.iterall() if e.VR != "SQ" and "Planted" in str(e.value))
print(left, film.PatientName)
assert left == [
    "AdditionalPatientHistory",
    "ImageComments",
    "PatientComments",
    "RequestedProcedureDescription",
    "StudyDescription",
    "private",
], "dicognito behaves otherwise now"
PYTHON
