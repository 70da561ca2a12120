#!/usr/bin/env bash
# dicom-anonymizer 2.1.0: what refers to another image refers to nothing afterwards, and all patients become one.
#
# It replaces the UIDs of a study, its series and images, the same old by the same new one within a run. One would
# expect a reference to follow: a Source Image Sequence, or the evidence of a report, names an image by its UID. Within
# a sequence the UIDs are emptied instead, ReferencedSOPClassUID too, both of which must have a value (PS3.3, type 1);
# the sequence stays. PatientID is emptied for everybody and every birth date becomes 1 January of the year 1, so that
# films of two people cannot be told apart but by their studies. A second run over the same film gives it other UIDs: a
# study that is exported in two turns comes out as two.
#
# Seen with dicom-anonymizer 2.1.0 (PyPI) and pydicom 3.0.2, by the command that the package installs, without options.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet dicom-anonymizer==2.1.0 pydicom==3.0.2
cat >films.py <<'PYTHON'
import subprocess
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid


def film(number, patient, study):
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = DigitalXRayImageStorageForPresentation, generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID = study, generate_uid()
    made.PatientID, made.PatientName, made.PatientBirthDate = patient, f"Example^{patient}", "19500607"
    made.Modality, made.InstanceNumber = "DX", number
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return made


def anonymised(run):
    Path(run).mkdir()
    subprocess.run(["venv/bin/dicom-anonymizer", "films", run], check=True, stderr=subprocess.DEVNULL)
    return [dcmread(each, force=True) for each in sorted(Path(run).iterdir())]


Path("films").mkdir()
studies = [generate_uid(), generate_uid()]
films = [film(1, "A", studies[0]), film(2, "A", studies[0]), film(1, "B", studies[1])]
source = Dataset()
source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = films[0].SOPClassUID, films[0].SOPInstanceUID
films[1].SourceImageSequence = [source]
for number, each in enumerate(films):
    each.save_as(f"films/{number}.dcm", enforce_file_format=True)

first, second, other = anonymised("once")
print("one study:", first.StudyInstanceUID == second.StudyInstanceUID)
assert first.StudyInstanceUID == second.StudyInstanceUID != other.StudyInstanceUID
assert first.SOPInstanceUID != films[0].SOPInstanceUID
(reference,) = second.SourceImageSequence
print("the second film's source:", reference)
assert reference.ReferencedSOPInstanceUID == reference.ReferencedSOPClassUID == ""
print("patients:", {(each.PatientID, str(each.PatientName), each.PatientBirthDate) for each in (first, other)})
assert first.PatientID == other.PatientID == ""
assert first.PatientBirthDate == other.PatientBirthDate == "00010101"
again = anonymised("again")[0]
print("the same study in a second run:", again.StudyInstanceUID == first.StudyInstanceUID)
assert again.StudyInstanceUID != first.StudyInstanceUID
PYTHON
venv/bin/python films.py
