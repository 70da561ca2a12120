#!/usr/bin/env bash
# highdicom 0.28.2 hands out native pixels with whatever lies above BitsStored.
#
# A signed 12-bit film whose values are not extended into the upper four bits (PS3.5 8.1.1 asks nothing of them)
# comes back unsigned from get_frame and get_stored_frame, and a film that keeps an overlay in bit 15 comes back
# 32,768 too bright. The same object's pixel_array (pydicom's) masks and extends, and so does get_frame itself
# once the same values are packed as RLE. One would expect one object to give one answer.
#
# Seen with highdicom 0.28.2, pydicom 3.0.2:
#   signed:  get_frame 0 to 4095, pixel_array -2048 to 2047, get_frame of RLE -2048 to 2047
#   overlay: get_stored_frame 32768 to 36863, pixel_array 0 to 4095
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet highdicom==0.28.2 pydicom==3.0.2 pylibjpeg-rle==2.2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import highdicom
import numpy as np
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset


def write(path, stored, signed):
    film = Dataset()
    film.file_meta = FileMetaDataset()
    film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    film.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    film.SOPInstanceUID, film.StudyInstanceUID, film.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
    film.PatientID, film.PatientName, film.PatientBirthDate, film.PatientSex = "1", "", "", ""
    film.StudyDate = film.StudyTime = film.AccessionNumber = film.StudyID = film.ReferringPhysicianName = ""
    film.Modality, film.SeriesNumber, film.InstanceNumber = "DX", 1, 1
    film.SamplesPerPixel, film.PhotometricInterpretation = 1, "MONOCHROME2"
    film.PixelRepresentation, film.BitsAllocated, film.BitsStored, film.HighBit = int(signed), 16, 12, 11
    film.Rows, film.Columns = stored.shape
    film.PixelData = stored.astype("<u2").tobytes()
    film["PixelData"].VR = "OW"
    film.save_as(path, enforce_file_format=True)


def span(values):
    return int(values.min()), int(values.max())


values = np.arange(4096).reshape(64, 64)
write("signed.dcm", (values - 2048) & 0x0FFF, signed=True)
write("overlay.dcm", values | 0x8000, signed=False)
packed = dcmread("signed.dcm")
packed.PixelData = packed.pixel_array.astype("<i2").tobytes()
packed.compress(uid.RLELossless)
packed.save_as("packed.dcm")
signed, overlay, packed = (highdicom.imread(f"{name}.dcm") for name in ("signed", "overlay", "packed"))
seen = {
    "signed get_frame": span(signed.get_frame(1)),
    "signed pixel_array": span(signed.pixel_array),
    "signed as RLE get_frame": span(packed.get_frame(1)),
    "overlay get_stored_frame": span(overlay.get_stored_frame(1)),
    "overlay pixel_array": span(overlay.pixel_array),
}
print(seen)
assert seen == {
    "signed get_frame": (0, 4095),
    "signed pixel_array": (-2048, 2047),
    "signed as RLE get_frame": (-2048, 2047),
    "overlay get_stored_frame": (32768, 36863),
    "overlay pixel_array": (0, 4095),
}, "highdicom behaves otherwise now"
PYTHON
