#!/usr/bin/env bash
# DCMTK 3.6.7's dcmscale mends Pixel Spacing and leaves Imager Pixel Spacing, the shutter and the overlay as they were.
#
# A radiograph that is reduced to half has pixels twice as large, at the detector too. One would expect dcmscale to
# double both distances, or none. It doubles Pixel Spacing, and Imager Pixel Spacing (PS3.3 C.8.11.3.1.2: between
# centres of pixels at the detector) still speaks of the old pixels. Where only Imager Pixel Spacing is there, it adds
# Pixel Spacing and the two differ, which PS3.3 10.7.1.3 reads as a calibration that nobody made; who measures by the
# detector's distance gets half the length. Shutter edges still count the old columns: of the 32 that are left, those
# from 28 on should be hidden, and the file says 56. The overlay still has 64 by 64 bits.
#
# Seen with dcmtk 3.6.7 (Debian 12), 64 by 64 pixels, detector 0.2 mm, scaled by 0.5:
#                          Pixel Spacing   Imager Pixel Spacing   shutter's right edge   overlay's rows
# before, calibrated       0.15            0.2                    56                     64
# after                    0.3             0.2                    56                     64
# before, not calibrated   -               0.2                    56                     64
# after                    0.4             0.2                    56                     64
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


def scaled(calibrated):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
    film.StudyInstanceUID, film.SeriesInstanceUID = uid.generate_uid(), uid.generate_uid()
    film.Modality, film.PatientID, film.PatientName = "DX", "1", "A"
    film.Rows, film.Columns, film.SamplesPerPixel = 64, 64, 1
    film.PhotometricInterpretation = "MONOCHROME2"
    film.BitsAllocated, film.BitsStored, film.HighBit, film.PixelRepresentation = 16, 12, 11, 0
    film.ImagerPixelSpacing = [0.2, 0.2]
    if calibrated:
        film.PixelSpacing, film.PixelSpacingCalibrationType = [0.15, 0.15], "FIDUCIAL"
    film.ShutterShape = "RECTANGULAR"
    film.ShutterLeftVerticalEdge, film.ShutterRightVerticalEdge = 8, 56
    film.ShutterUpperHorizontalEdge, film.ShutterLowerHorizontalEdge = 8, 56
    film.add_new(0x60000010, "US", 64)  # Overlay Rows
    film.add_new(0x60000011, "US", 64)  # Overlay Columns
    film.add_new(0x60000040, "CS", "G")  # Overlay Type
    film.add_new(0x60000050, "SS", [1, 1])  # Overlay Origin
    film.add_new(0x60000100, "US", 1)  # Overlay Bits Allocated
    film.add_new(0x60000102, "US", 0)  # Overlay Bit Position
    film.add_new(0x60003000, "OW", bytes(64 * 64 // 8))  # Overlay Data
    film.PixelData = bytes(64 * 64 * 2)
    film.save_as("film.dcm", enforce_file_format=True)
    subprocess.run(["root/usr/bin/dcmscale", "+Sxf", "0.5", "film.dcm", "half.dcm"], check=True)
    half = dcmread("half.dcm")
    assert (half.Rows, half.Columns) == (32, 32)
    spacing = float(half.PixelSpacing[0]), float(half.ImagerPixelSpacing[0])
    return *spacing, int(half.ShutterRightVerticalEdge), int(half[0x60000010].value)


seen = {calibrated: scaled(calibrated) for calibrated in (True, False)}
print(seen)
assert seen == {True: (0.3, 0.2, 56, 64), False: (0.4, 0.2, 56, 64)}, "dcmscale behaves otherwise now"
PYTHON
