#!/usr/bin/env bash
# DCMTK 3.6.7's dcmsend ends with 0 and prints nothing where the archive refused a film.
#
# DCMTK's authors made dcmsend for sending many files. A script that empties a folder once it was sent asks for the exit
# status. One would expect another one than 0 where a film was refused. dcmsend calls a film sent once there was an
# answer, whatever it was: only --verbose or a report file (--create-report-file) says what the archive made of it.
# storescu ends with the status's first byte, and with 0 under --no-halt, which one sets so that the rest is sent too.
#
# Seen with dcmtk 3.6.7 (Debian 12): two films, the first refused with A700 (out of resources)
# command              exit status  printed  films the peer was offered
# dcmsend              0            no       2
# dcmsend --no-halt    0            no       2
# storescu             167          no       1
# storescu --no-halt   0            no       2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 pynetdicom==3.0.4
apt-get download -qq dcmtk=3.6.7-9~deb12u4 libdcmtk17=3.6.7-9~deb12u4 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libdcmdata.so.*' -print -quit)")
export LD_LIBRARY_PATH
export DCMDICTPATH=$folder/root/usr/share/libdcmtk17/dicom.dic
venv/bin/python - <<'PYTHON'
import subprocess

from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE, evt

OUT_OF_RESOURCES = 0xA700
offered: list[str] = []
refused: list[str] = []


def film(path: str) -> str:
    """Write a film; return its UID."""
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    made.StudyInstanceUID, made.SeriesInstanceUID, made.Modality = uid.generate_uid(), uid.generate_uid(), "DX"
    made.PatientID = made.PatientName = "1"
    made.save_as(path, enforce_file_format=True)
    return str(made.SOPInstanceUID)


def answer(event: evt.Event) -> int:
    """Refuse the one film, store the other."""
    name = str(event.request.AffectedSOPInstanceUID)
    offered.append(name)
    return OUT_OF_RESOURCES if name in refused else 0


refused.append(film("first.dcm"))
film("second.dcm")
peer = AE()
peer.add_supported_context(uid.DigitalXRayImageStorageForPresentation)
server = peer.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, answer)])
port = str(server.socket.getsockname()[1])
expected = {
    ("dcmsend",): (0, 2),
    ("dcmsend", "--no-halt"): (0, 2),
    ("storescu",): (OUT_OF_RESOURCES >> 8, 1),
    ("storescu", "--no-halt"): (0, 2),
}
for words, seen in expected.items():
    offered.clear()
    command = [f"root/usr/bin/{words[0]}", *words[1:], "127.0.0.1", port, "first.dcm", "second.dcm"]
    done = subprocess.run(command, capture_output=True, text=True)
    print(*words, "ends with", done.returncode, "prints", repr(done.stdout + done.stderr), "offered", len(offered))
    assert (done.returncode, len(offered)) == seen and not done.stdout + done.stderr, "it behaves otherwise now"
server.shutdown()
PYTHON
