#!/usr/bin/env bash
# DCMTK 3.6.7's dsr2xml and xml2dsr bring a structured report back with rounded numbers and without the machine's name.
#
# The two are made for each other, and xml2dsr is used to mend reports by a text editor or to make them from templates.
# One would expect a report that is written as XML and read again to say the same, but for the writer's name. Floating
# Point Value, which is there to keep a number exactly beside its decimal string (PS3.3 C.18.1), comes back with eight
# digits. Fractions of a second are cut off all times. Software Versions and Contributing Equipment, which say what
# machine and version made the report, are gone.
#
# Seen with dcmtk 3.6.7 (Debian 12):
#                          before              after
# Numeric Value            0.12345678901234    0.12345678901234
# Floating Point Value     0.12345678901234    0.12345679
# Content Time             030405.25           030405
# Software Versions        2.1                 -
# Contributing Equipment   1                   -
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2
apt-get download -qq dcmtk=3.6.7-9~deb12u4 libdcmtk17=3.6.7-9~deb12u4 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libdcmdata.so.*' -print -quit)")
export LD_LIBRARY_PATH
export DCMDICTPATH=$folder/root/usr/share/libdcmtk17/dicom.dic
venv/bin/python - <<'PYTHON'
import subprocess

from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset


def code(value, scheme, meaning):
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return [item]


value = Dataset()
value.NumericValue, value.FloatingPointValue = "0.12345678901234", 0.12345678901234
value.MeasurementUnitsCodeSequence = code("1", "UCUM", "no units")
number = Dataset()
number.RelationshipType, number.ValueType = "CONTAINS", "NUM"
number.ConceptNameCodeSequence = code("111047", "DCM", "Probability of cancer")
number.MeasuredValueSequence = [value]
machine = Dataset()
machine.PurposeOfReferenceCodeSequence = code("109102", "DCM", "Processing Equipment")
machine.Manufacturer, machine.SoftwareVersions = "M", "2.1"

report = Dataset()
report.file_meta = FileMetaDataset()
report.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
report.SOPClassUID, report.SOPInstanceUID = uid.ComprehensiveSRStorage, uid.generate_uid()
report.StudyInstanceUID, report.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
report.PatientName, report.PatientID, report.PatientBirthDate, report.PatientSex = "A", "1", "", ""
report.StudyDate = report.StudyTime = report.StudyID = report.AccessionNumber = report.ReferringPhysicianName = ""
report.Modality, report.SeriesNumber, report.InstanceNumber = "SR", "1", "1"
report.Manufacturer, report.SoftwareVersions = "M", "2.1"
report.ReferencedPerformedProcedureStepSequence, report.PerformedProcedureCodeSequence = [], []
report.ContributingEquipmentSequence = [machine]
report.ContentDate, report.ContentTime = "20260102", "030405.25"
report.CompletionFlag, report.VerificationFlag, report.ValueType = "COMPLETE", "UNVERIFIED", "CONTAINER"
report.ConceptNameCodeSequence = code("126000", "DCM", "Imaging Measurement Report")
report.ContinuityOfContent, report.ContentSequence = "SEPARATE", [number]
report.save_as("before.dcm", enforce_file_format=True)
subprocess.run(["root/usr/bin/dsr2xml", "before.dcm", "report.xml"], check=True)
subprocess.run(["root/usr/bin/xml2dsr", "report.xml", "after.dcm"], check=True)


def said(path):
    file = dcmread(path)
    measured = file.ContentSequence[0].MeasuredValueSequence[0]
    equipment = len(file.get("ContributingEquipmentSequence", ()))
    numbers = str(measured.NumericValue), round(measured.FloatingPointValue, 14)
    return *numbers, file.ContentTime, file.get("SoftwareVersions"), equipment


seen = said("before.dcm"), said("after.dcm")
print(*seen, sep="\n")
assert seen == (
    ("0.12345678901234", 0.12345678901234, "030405.25", "2.1", 1),
    ("0.12345678901234", 0.12345679, "030405", None, 0),
), "dsr2xml or xml2dsr behaves otherwise now"
PYTHON
