#!/usr/bin/env bash
# dicomweb-client 0.61.2's DICOMfileClient answers a search between two dates with every study there is.
#
# The class searches a folder of DICOM files by the interface that the package has for a DICOMweb server, "as if" it
# were one. PS3.4 C.2.2.2.5 lets a date be a range. One would expect the studies of the range, or an error. A filter
# that the class cannot use is left out of the query, with a line in the log at level warning, so the
# answer is larger than the question: a range of dates, an open range and a Study Description that no study has
# all give the whole archive. A single date works. And an underscore in front of an asterisk stands for any letter
# (it is SQL's LIKE), so `K_*`, a hospital's own prefix, gives the patients of KX too; `K_1` without an
# asterisk is taken as it stands.
#
# Seen with dicomweb-client 0.61.2, pydicom 3.0.2, three studies: each of these gives 3; one date gives 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet dicomweb-client==0.61.2 pydicom==3.0.2 numpy==2.4.6 pillow==13.0.0
venv/bin/python - <<'PYTHON' 2>/dev/null
from pathlib import Path

from dicomweb_client import DICOMfileClient
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

archive = Path("archive").absolute()
archive.mkdir()
for patient, date in (("K_1", "20250101"), ("KX1", "20250201"), ("L1", "20250301")):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
    film.PatientID, film.PatientName, film.StudyDate, film.StudyTime = patient, "Roe^Ada", date, "120000"
    film.StudyDescription, film.Modality, film.AccessionNumber, film.StudyID = "Knee", "DX", "", ""
    film.PatientBirthDate, film.PatientSex, film.ReferringPhysicianName = "", "", ""
    film.SeriesNumber, film.InstanceNumber = 1, 1
    film.Rows, film.Columns, film.SamplesPerPixel, film.PhotometricInterpretation = 2, 2, 1, "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 8, 8, 7, 0
    film.PixelData = bytes(4)
    film.save_as(archive / f"{date}.dcm", enforce_file_format=True)

client = DICOMfileClient(archive.as_uri(), in_memory=True)


def found(**filters):
    studies = client.search_for_studies(search_filters=filters)
    return sorted(study["00100020"]["Value"][0] for study in studies)


every = ["KX1", "K_1", "L1"]
seen = {
    "one date": found(StudyDate="20250201"),
    "a range": found(StudyDate="20250201-20250301"),
    "an open range": found(StudyDate="20260101-"),
    "a description of no study": found(StudyDescription="Hip"),
    "K_*": found(PatientID="K_*"),
    "K_1": found(PatientID="K_1"),
}
for question, answer in seen.items():
    print(f"{question}: {answer}")
assert seen["one date"] == ["KX1"] and seen["K_1"] == ["K_1"], "one date or one patient behaves otherwise now"
assert seen["a range"] == seen["an open range"] == every, "a range of dates behaves otherwise now"
assert seen["a description of no study"] == every and seen["K_*"] == ["KX1", "K_1"], "it behaves otherwise now"
PYTHON
