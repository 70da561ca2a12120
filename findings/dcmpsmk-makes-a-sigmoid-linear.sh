#!/usr/bin/env bash
# DCMTK 3.6.7's dcmpsmk makes a presentation state that shows a sigmoid film linearly, and sizes it at the detector.
#
# A DX film may say that its window is a sigmoid (VOI LUT Function, PS3.3 C.11.2.1.3.1), and that its pixels were
# calibrated by an object of known size (Pixel Spacing, PS3.3 10.7.1.3). One would expect the presentation state that
# is made of this film to show it as the film asks to be shown. The window's centre and width are taken over and its
# function is not, so the same numbers are read as a linear window: at half a width from the centre, where the sigmoid
# shows 12 and 88 % of full light, the state shows black and white. Presentation Pixel Spacing is the detector's
# distance, not the calibrated one, so lengths measured with it are too long.
#
# Seen with dcmtk 3.6.7 (Debian 12), detector 0.2 mm, calibrated 0.15 mm:
#                     window          function   pixel spacing
# film                2048, 1024      SIGMOID    0.15
# presentation state  2048, 1024      -          0.2
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

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
film.Modality, film.PatientID, film.PatientName = "DX", "1", "A"
film.Rows, film.Columns, film.SamplesPerPixel = 8, 8, 1
film.PhotometricInterpretation, film.PresentationLUTShape = "MONOCHROME2", "IDENTITY"
film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
film.ImagerPixelSpacing, film.PixelSpacing, film.PixelSpacingCalibrationType = [0.2, 0.2], [0.15, 0.15], "FIDUCIAL"
film.WindowCenter, film.WindowWidth, film.VOILUTFunction = 2048, 1024, "SIGMOID"
film.PixelData = bytes(8 * 8 * 2)
film.save_as("film.dcm", enforce_file_format=True)
subprocess.run(["root/usr/bin/dcmpsmk", "film.dcm", "state.dcm"], check=True)
state = dcmread("state.dcm")
window = state.SoftcopyVOILUTSequence[0]
spacing = float(state.DisplayedAreaSelectionSequence[0].PresentationPixelSpacing[0])
seen = float(window.WindowCenter), float(window.WindowWidth), window.get("VOILUTFunction"), spacing
print(seen)
assert seen == (2048, 1024, None, 0.2), "dcmpsmk behaves otherwise now"
PYTHON
