#!/usr/bin/env bash
# Installing pynetdicom 3.0.4 puts its own storescu before DCMTK's, and it ends with 0 for a film that was refused.
#
# pynetdicom brings the commands echoscu, findscu, getscu, movescu, qrscp, storescp and storescu into the environment's
# bin. Where that is active, a script that says storescu no longer calls DCMTK's, which takes the address and the file
# in the same places. One would expect either to fail where the peer refuses the film. DCMTK's ends with the status's
# first byte, or 1; pynetdicom's ends with 0 and prints nothing, so a script believes that the archive has the film. It
# fails only where no presentation context is accepted.
#
# Seen with pynetdicom 3.0.4 (exit status; whether anything is printed):
# 0000 success             0  no
# A700 out of resources    0  no
# C000 cannot understand   0  no
# no context accepted      1  yes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pynetdicom==3.0.4 pydicom==3.0.2
PATH=$folder/venv/bin:$PATH venv/bin/python - <<'PYTHON'
import shutil
import subprocess

from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import ComputedRadiographyImageStorage, Verification

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.SOPClassUID, film.SOPInstanceUID = uid.ComputedRadiographyImageStorage, uid.generate_uid()
film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
film.Modality, film.PatientID, film.PatientName = "CR", "1", "A"
film.save_as("film.dcm", enforce_file_format=True)
assert "/venv/" in (shutil.which("storescu") or ""), "pynetdicom brings no storescu now"


def sent(status):
    """What storescu ends with, and whether it prints anything, where the peer answers so."""
    entity = AE()
    entity.add_supported_context(Verification if status is None else ComputedRadiographyImageStorage)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _: status)])
    port = str(server.socket.getsockname()[1])
    done = subprocess.run(["storescu", "127.0.0.1", port, "film.dcm"], capture_output=True)
    server.shutdown()
    return done.returncode, bool(done.stdout.strip() or done.stderr.strip())


seen = {name: sent(status) for name, status in (("0000", 0), ("A700", 0xA700), ("C000", 0xC000), ("none", None))}
print(seen)
expected = {"0000": (0, False), "A700": (0, False), "C000": (0, False), "none": (1, True)}
assert seen == expected, "pynetdicom's storescu behaves otherwise now"
PYTHON
