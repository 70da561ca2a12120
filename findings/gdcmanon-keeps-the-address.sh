#!/usr/bin/env bash
# gdcmanon 3.0.21 leaves address, telephone and birth name in a film, and writes that the patient's identity is removed.
#
# Its --de-identify writes PatientIdentityRemoved YES and DeidentificationMethod BASIC APPLICATION LEVEL CONFIDENTIALITY
# PROFILE, the profile of PS3.15 E. One would expect what that profile removes to be gone. gdcmanon has a list of its
# own: name, birth date and some forty more go; the patient's address, telephone numbers, birth name and mother's birth
# name, who is responsible, allergies, comments on visit and study, the consulting physician, all dates of study and
# content, and every private element stay as they were.
#
# Seen with libgdcm-tools 3.0.21 (Debian 12):
# says PatientIdentityRemoved YES; PatientName and PatientBirthDate are empty or replaced; these 10 are unchanged:
# PatientAddress, PatientTelephoneNumbers, PatientBirthName, PatientMotherBirthName, ResponsiblePerson, Allergies,
# VisitComments, ConsultingPhysicianName, StudyDate, a private element
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2
apt-get download -qq libgdcm-tools=3.0.21-1 libgdcm3.0=3.0.21-1 libpoppler126 libcharls2 libsocket++1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libgdcmMSFF.so.*' -print -quit)")
export LD_LIBRARY_PATH
# It encrypts what it takes out, for whoever has the key.
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=tests 2>/dev/null
venv/bin/python - <<'PYTHON'
import subprocess

from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset

STAYS = {
    "PatientAddress": "1 Planted Road",
    "PatientTelephoneNumbers": "555 0100",
    "PatientBirthName": "Planted^Born",
    "PatientMotherBirthName": "Planted^Mother",
    "ResponsiblePerson": "Planted^Son",
    "Allergies": "planted",
    "VisitComments": "planted word",
    "ConsultingPhysicianName": "Planted^Doctor",
    "StudyDate": "20260102",
}
GOES = {"PatientName": "Planted^Word", "PatientBirthDate": "19500607"}

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
film.StudyInstanceUID, film.SeriesInstanceUID, film.Modality = uid.generate_uid(), uid.generate_uid(), "DX"
for keyword, value in (STAYS | GOES).items():
    setattr(film, keyword, value)
film.private_block(0x0011, "A VENDOR", create=True).add_new(1, "LO", "planted")
film.save_as("film.dcm", enforce_file_format=True)
command = ["root/usr/bin/gdcmanon", "--de-identify", "--certificate", "certificate.pem"]
subprocess.run([*command, "--input", "film.dcm", "--output", "said-to-be-clean.dcm"], check=True)
after = dcmread("said-to-be-clean.dcm")
print("says", after.PatientIdentityRemoved, after.DeidentificationMethod)
left = [keyword for keyword, value in (STAYS | GOES).items() if str(after.get(keyword, "")) == value]
private = [element.value for element in after if element.tag.is_private and not element.tag.is_private_creator]
print("unchanged:", *left, *private)
assert after.PatientIdentityRemoved == "YES"
assert left == list(STAYS) and private == ["planted"], "gdcmanon behaves otherwise now"
PYTHON
