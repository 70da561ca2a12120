#!/usr/bin/env bash
# dicomsdl 0.109.4 reads the same signed film with or without its sign, by how it is packed.
#
# Twelve signed bits of sixteen, -2048 to 2047. Packed as RLE or JPEG 2000 dicomsdl gives these values; packed as
# JPEG-LS, or plain with zeros in the upper bits, it gives 0 to 4095 for the very same film. pydicom gives -2048
# to 2047 for all four. One would expect a reader to extend the sign for every transfer syntax, or for none.
#
# Seen with dicomsdl 0.109.4, pydicom 3.0.2: plain and JPEG-LS (0, 4095), RLE and JPEG 2000 (-2048, 2047).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet dicomsdl==0.109.4 pydicom==3.0.2 numpy==2.4.6 \
    pylibjpeg==2.1.0 pylibjpeg-rle==2.2.0 pylibjpeg-openjpeg==2.6.0 pyjpegls==1.5.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import dicomsdl
import numpy as np
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileMetaDataset

values = (np.arange(4096) - 2048).reshape(64, 64)


def film():
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid.generate_uid()
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 1
    made.BitsAllocated, made.BitsStored, made.HighBit, made.Rows, made.Columns = 16, 12, 11, 64, 64
    made.PixelData = values.astype("<i2").tobytes()
    made["PixelData"].VR = "OW"
    return made


def span(read):
    return int(read.min()), int(read.max())


seen = {}
syntaxes = {"plain": None, "RLE": uid.RLELossless, "JPEG-LS": uid.JPEGLSLossless, "JPEG 2000": uid.JPEG2000Lossless}
for name, syntax in syntaxes.items():
    made = film()
    if syntax:
        made.compress(syntax)
    else:
        made.PixelData = (values & 0x0FFF).astype("<u2").tobytes()
    made.save_as(f"{name}.dcm", enforce_file_format=True)
    seen[name] = span(dicomsdl.open(f"{name}.dcm").pixelData()), span(dcmread(f"{name}.dcm").pixel_array)
print(seen)
unsigned, signed = (0, 4095), (-2048, 2047)
assert seen == {
    "plain": (unsigned, signed),
    "RLE": (signed, signed),
    "JPEG-LS": (unsigned, signed),
    "JPEG 2000": (signed, signed),
}, "dicomsdl behaves otherwise now"
PYTHON
