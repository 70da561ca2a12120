#!/usr/bin/env bash
# DCMTK 3.6.7's dcm2json writes the decimal string "1." as the JSON number `1.`, which no JSON reader takes.
#
# A DS value may end in its point: PS3.5 6.2 allows digits, a sign and a point, and some devices write "70." as kVp.
# dcm2json writes DS as JSON numbers and mends what JSON forbids: "+70.0" becomes 70.0, "0012" 12, ".5" 0.5. One
# would expect "70." to be mended too. It is copied as it stands, so is "1.E3", and the whole file cannot be parsed.
#
# Seen with dcmtk 3.6.7 (Debian 12), Python's json: 70. and 1.E3 refused, all others read.
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
import json
import subprocess

from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

seen = {}
for written in ("+70.0", "0012", ".5", "70", "70.", "1.E3"):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.ComputedRadiographyImageStorage, uid.generate_uid()
    film.add_new(0x00180060, "DS", written)  # KVP
    film.save_as("film.dcm", enforce_file_format=True)
    output = subprocess.run(["root/usr/bin/dcm2json", "film.dcm"], check=True, capture_output=True, text=True).stdout
    try:
        seen[written] = json.loads(output)["00180060"]["Value"][0]
    except ValueError:
        seen[written] = "no JSON"
print(seen)
expected = {"+70.0": 70.0, "0012": 12, ".5": 0.5, "70": 70, "70.": "no JSON", "1.E3": "no JSON"}
assert seen == expected, "dcm2json behaves otherwise now"
PYTHON
