#!/usr/bin/env bash
# dcmjs-dimse 0.3.3 sends a film without its private elements and writes its numbers anew, so that it is another file.
#
# dcmjs-dimse speaks DICOM in JavaScript: a gateway's CStoreRequest is given a file and sends it. One would expect the
# elements of the file to arrive as they stand in it, where the transfer syntax needs no change; whoever receives one film
# by two ways compares the files to know that they are one. It makes names and JavaScript numbers of what it reads, and
# elements of these again: private elements are gone, in items of sequences too, with no word to either side; decimal and
# integer strings are the shortest that give the same number ("0.14300000" comes as "0.143", "007" as "7"); blanks at the
# end of a text are gone; and a VR that it does not know, such as SV, becomes UN.
#
# Seen with dcmjs-dimse 0.3.3 (dcmjs 0.51.1) on Node.js 20, received by pynetdicom 3.0.4:
#                        sent                  received
# PixelSpacing           0.1430\0.14300000     0.143\0.143
# InstanceNumber         007                   7
# private elements       2, 2 in an item       none
# status                                       0000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 pynetdicom==3.0.4
npm install --silent --no-audit --no-fund dcmjs-dimse@0.3.3 dcmjs@0.51.1 >/dev/null 2>&1
cat >send.js <<'JAVASCRIPT'
const { Client, requests } = require("dcmjs-dimse");
const request = new requests.CStoreRequest("film.dcm");
request.on("response", (response) => console.log("status", response.getStatus()));
const client = new Client();
client.addRequest(request);
client.send("127.0.0.1", Number(process.argv[2]), "GATEWAY", "ARCHIVE");
JAVASCRIPT
venv/bin/python - <<'PYTHON'
import subprocess

from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE, evt

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
film.Modality, film.PatientID, film.PatientName, film.InstanceNumber = "DX", "1", "A", "007"
film.Rows, film.Columns, film.SamplesPerPixel = 4, 6, 1
film.PhotometricInterpretation = "MONOCHROME2"
film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
film.PixelSpacing = ["0.1430", "0.14300000"]
film.PixelData = bytes(48)
region = Dataset()
region.CodeValue, region.CodingSchemeDesignator, region.CodeMeaning = "72696002", "SCT", "Knee"
film.AnatomicRegionSequence = [region]
for dataset in (film, region):
    dataset.private_block(0x0029, "A MAKER", create=True).add_new(1, "DS", "1.50")
film.save_as("film.dcm", enforce_file_format=True)

received = []


def keep(event):
    received.append(event.dataset)
    return 0x0000


archive = AE("ARCHIVE")
archive.add_supported_context(film.SOPClassUID, uid.ExplicitVRLittleEndian)
server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)])
command = ["node", "send.js", str(server.server_address[1])]
said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
server.shutdown()


def seen(dataset):
    private = [element for element in dataset if element.tag.is_private]
    within = [element for element in dataset.AnatomicRegionSequence[0] if element.tag.is_private]
    spacing = "\\".join(str(value) for value in dataset.PixelSpacing)
    number = dataset.InstanceNumber
    return spacing, getattr(number, "original_string", None) or str(number), len(private), len(within)


print(seen(dcmread("film.dcm")), "->", seen(received[0]))
assert "status 0" in said
assert seen(received[0]) == ("0.143\\0.143", "7", 0, 0), "dcmjs-dimse sends otherwise now"
PYTHON
