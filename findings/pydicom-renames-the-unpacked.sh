#!/usr/bin/env bash
# pydicom 3.0.2 gives a film another SOP Instance UID when it is decompressed, and when it is compressed without loss.
#
# A transcoding that loses nothing leaves a film what it was, and a peer that unpacks a film while sending it keeps its
# name. One would expect Dataset.compress and Dataset.decompress to keep it too. Both have generate_instance_uid=True,
# so the same pixels get a new name each time, also in the file's own header. An archive takes each for one more film, and whatever names the film by its UID (a report, a key object,
# a label) names one that the copy is not. set_pixel_data does the same with the same numbers put back.
#
# Seen with pydicom 3.0.2 (the same 64 pixels after each step):
#                                        UID is the film's
# compress to RLE Lossless               no
# decompress                             no
# set_pixel_data of its own pixel_array  no
# each with generate_instance_uid=False  yes
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
venv/bin/python - <<'PYTHON'
from copy import deepcopy

import numpy as np
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset

film = Dataset()
film.file_meta = FileMetaDataset()
film.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
film.SOPClassUID, film.SOPInstanceUID = uid.DigitalXRayImageStorageForPresentation, uid.generate_uid()
film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
pixels = np.arange(64, dtype=np.uint16).reshape(8, 8)
film.set_pixel_data(pixels, "MONOCHROME2", 12, generate_instance_uid=False)

for asked, kept in (({}, False), ({"generate_instance_uid": False}, True)):
    packed = deepcopy(film)
    packed.compress(uid.RLELossless, **asked)
    unpacked = deepcopy(film)
    unpacked.compress(uid.RLELossless, generate_instance_uid=False)
    unpacked.decompress(**asked)
    again = deepcopy(film)
    again.set_pixel_data(film.pixel_array, "MONOCHROME2", 12, **asked)
    for step, copy in (("compress", packed), ("decompress", unpacked), ("set_pixel_data", again)):
        same = copy.SOPInstanceUID == film.SOPInstanceUID
        print(f"{step:15} {str(asked):34} UID is the film's: {same}")
        assert (copy.pixel_array == pixels).all()
        assert same is kept, "it behaves otherwise now"
        assert copy.file_meta.MediaStorageSOPInstanceUID == copy.SOPInstanceUID
PYTHON
