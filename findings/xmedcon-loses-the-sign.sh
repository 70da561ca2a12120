#!/usr/bin/env bash
# XMedCon 0.23.0 turns the negative values of a signed 12-bit film into positive ones above all others.
#
# One would expect medcon to write the values that a film holds. It reads as many bits as BitsStored says and does not
# extend the sign, so -1 of 12 bits stored becomes 4,095, and the result is kept in a signed type that makes it look
# well. Only where all 16 bits are stored is the sign read, and then every negative value becomes 0, unless -n is
# given; -n does not help the 12-bit film. The rest may surprise as well: rescale slope and intercept are left out
# unless -qs or -qc asks for them, MONOCHROME1 is inverted, and the pixels of a film that has Imager Pixel Spacing
# alone are 1 mm wide. Nothing is said.
#
# Seen with medcon 0.23.0-gtk3+dfsg-1+deb12u2 (Debian 12), DICOM to NIfTI. In the film -2048, -1, 0, 2047; written:
# 12 bits stored 2048, 4095, 0, 2047 with and without -n; 16 bits stored 0, 0, 0, 2047, and as in the film with -n.
# A film of 0 to 4095 with slope 0.5 and intercept -100 is written as 0 to 4095 and slope 1; with -qs, slope 0.5.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
apt-get download -qq medcon=0.23.0-gtk3+dfsg-1+deb12u2 libmdc3=0.23.0-gtk3+dfsg-1+deb12u2 libniftiio2 libznz3 \
  libglib2.0-0 libpng16-16 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
export LD_LIBRARY_PATH
venv/bin/python - <<'PYTHON'
import struct
import subprocess
from pathlib import Path

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

SIGNED = np.array([[-2048, -1], [0, 2047]])
UNSIGNED = SIGNED + 2048
TYPES = {4: "<i2", 512: "<u2"}


def save(name, pixels, bits, **about):
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.Modality = uid.DigitalXRayImageStorageForPresentation, "DX"
    made.SOPInstanceUID, made.StudyInstanceUID, made.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.PixelRepresentation = int(pixels.min() < 0)
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, bits, bits - 1
    made.Rows, made.Columns = pixels.shape
    for keyword, value in about.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.astype("<i2").tobytes()
    made["PixelData"].VR = "OW"
    made.save_as(f"{name}.dcm", enforce_file_format=True)


def written(name, *options):
    made = Path("made.nii")
    made.unlink(missing_ok=True)
    command = ["root/usr/bin/medcon", *options, "-f", f"{name}.dcm", "-c", "nifti", "-o", made.stem]
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    data = made.read_bytes()
    (kind,), (wide,) = struct.unpack_from("<h", data, 70), struct.unpack_from("<f", data, 80)
    scale = struct.unpack_from("<2f", data, 112)
    return np.frombuffer(data[352:], TYPES[kind]).tolist(), round(wide, 3), scale


save("twelve", SIGNED, 12)
save("sixteen", SIGNED, 16)
save("rescaled", UNSIGNED, 12, RescaleSlope="0.5", RescaleIntercept="-100", RescaleType="US")
save("inverted", UNSIGNED, 12, PhotometricInterpretation="MONOCHROME1")
save("imager", UNSIGNED, 12, ImagerPixelSpacing=["0.15", "0.15"])
asked = ["twelve", "twelve -n", "sixteen", "sixteen -n", "rescaled", "rescaled -qs", "inverted", "imager"]
seen = {one: written(*one.split()) for one in asked}
for name, found in seen.items():
    print(f"{name}: values, width, (slope, intercept)", *found)
plain, once = [0, 2047, 2048, 4095], (1.0, 0.0)
assert seen == {
    "twelve": ([2048, 4095, 0, 2047], 1.0, once),
    "twelve -n": ([2048, 4095, 0, 2047], 1.0, once),
    "sixteen": ([0, 0, 0, 2047], 1.0, once),
    "sixteen -n": ([-2048, -1, 0, 2047], 1.0, once),
    "rescaled": (plain, 1.0, once),
    "rescaled -qs": (plain, 1.0, (0.5, -100.0)),
    "inverted": (plain[::-1], 1.0, once),
    "imager": (plain, 1.0, once),
}, "XMedCon behaves otherwise now"
PYTHON
