#!/usr/bin/env bash
# dcmjs-imaging 0.2.5 shows a film without its lookup tables, and takes bits above Bits Stored for values.
#
# It renders rescale, the first of several windows, SIGMOID and MONOCHROME1 as DCMTK does, so one would expect the
# tables that PS3.3 C.11.1 and C.11.2 put in their place too. A modality LUT that turns grey values round is passed
# over and the picture is a negative; a VOI LUT is passed over for the full range. And a film of 12 bits stored
# whose upper bits hold something else (overlays, a flag) is shown with these as part of the value, nearly all white.
# None of it is said.
#
# Seen with dcmjs-imaging 0.2.5 (its dcmjs 0.50.3) for a ramp from 0 to 4,095: first and last grey 0 and 255 where
# the modality table says 255 and 0; 127 at the middle where the VOI table says 70; 255 at 1,250 where 78 is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund dcmjs-imaging@0.2.5 dcmjs@0.50.3
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

ramp = np.arange(4096).reshape(64, 64)


def table(first, entries):
    made = Dataset()
    made.LUTDescriptor = [len(entries), first, 16]
    made["LUTDescriptor"].VR = "US"
    made.LUTData = np.rint(entries).astype("<u2").tobytes()
    made["LUTData"].VR = "OW"
    return made


def save(name, pixels=ramp, **about):
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = uid.DigitalXRayImageStorageForPresentation
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid.generate_uid()
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit, made.Rows, made.Columns = 16, 12, 11, 64, 64
    for keyword, value in about.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.astype("<u2").tobytes()
    made["PixelData"].VR = "OW"
    made.save_as(f"{name}.dcm", enforce_file_format=True)


full = {"WindowCenter": "2048", "WindowWidth": "4096"}
save("window", WindowCenter="1000", WindowWidth="1000")
save("modality", ModalityLUTSequence=[table(0, np.linspace(4095, 0, 4096))], **full)
save("voi", VOILUTSequence=[table(1000, np.linspace(0, 1, 2000) ** 2 * 65535)])
save("upper_bits", np.where(ramp % 2 == 0, ramp | 0x8000, ramp), **full)
PYTHON
cat > show.cjs <<'NODE'
const { readFileSync } = require("fs");
const { DicomImage } = require("dcmjs-imaging");
const seen = {};
for (const name of ["window", "modality", "voi", "upper_bits"]) {
  const { pixels } = new DicomImage(new Uint8Array(readFileSync(`${name}.dcm`)).buffer).render({});
  const grey = new Uint8Array(pixels);
  seen[name] = [0, 1250, 2048, 4095].map((value) => grey[4 * value]);
}
console.log(JSON.stringify(seen));
const expected = { window: [0, 191, 255, 255], modality: [0, 77, 127, 255], voi: [0, 77, 127, 255], upper_bits: [255, 255, 255, 255] };
if (JSON.stringify(seen) !== JSON.stringify(expected)) throw new Error("dcmjs-imaging behaves otherwise now");
NODE
node show.cjs
