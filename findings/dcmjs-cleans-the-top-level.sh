#!/usr/bin/env bash
# dcmjs 0.51.1's `anonymizer.cleanTags` leaves names inside sequences, the operator's name and all private elements.
#
# One would expect a function that replaces the patient's name to replace it wherever it stands, as PS3.15 asks. It
# goes over the top level of the data set alone: the patient's name and the referrer's in an item of Request
# Attributes Sequence stay, and the number in Other Patient IDs Sequence. Operators' Name stays even at the top,
# and so does what a manufacturer wrote into private elements.
#
# Seen with dcmjs 0.51.1: Patient's Name is ANON^PATIENT at the top and unchanged below it; the others stay.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund dcmjs@0.51.1
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2
venv/bin/python - <<'PYTHON'
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

made = Dataset()
made.file_meta = FileMetaDataset()
made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.1"
made.PatientName, made.PatientID, made.OperatorsName = "Roe^Ada", "77", "Low^Max"
item, other = Dataset(), Dataset()
item.PatientName, item.ReferringPhysicianName = "Roe^Ada", "Low^Max"
other.PatientID = "88"
made.RequestAttributesSequence, made.OtherPatientIDsSequence = [item], [other]
made.private_block(0x0019, "MAKER", create=True).add_new(1, "LO", "Ada Roe")
made.save_as("film.dcm", enforce_file_format=True)
PYTHON
cat > clean.cjs <<'NODE'
const { readFileSync, writeFileSync } = require("fs");
const { anonymizer, data } = require("dcmjs");
const film = data.DicomMessage.readFile(new Uint8Array(readFileSync("film.dcm")).buffer);
anonymizer.cleanTags(film.dict);
writeFileSync("cleaned.dcm", Buffer.from(film.write()));
NODE
node clean.cjs
venv/bin/python - <<'PYTHON'
from pydicom import dcmread

cleaned = dcmread("cleaned.dcm")
item = cleaned.RequestAttributesSequence[0]
seen = {
    "patient's name": str(cleaned.get("PatientName", "")),
    "the same in an item": str(item.get("PatientName", "")),
    "referrer in an item": str(item.get("ReferringPhysicianName", "")),
    "another number": str(cleaned.OtherPatientIDsSequence[0].PatientID),
    "operator": str(cleaned.get("OperatorsName", "")),
    "private": str(cleaned[0x0019, 0x1001].value),
}
print(seen)
assert seen.pop("patient's name") != "Roe^Ada", "dcmjs behaves otherwise now"
assert list(seen.values()) == ["Roe^Ada", "Low^Max", "88", "Low^Max", "Ada Roe"], "dcmjs behaves otherwise now"
PYTHON
