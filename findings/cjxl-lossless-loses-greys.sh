#!/usr/bin/env bash
# cjxl 0.7.0 asked for no loss keeps 257 of the 4,096 greys of a 12-bit film, and 5 of 512 of a 9-bit one.
#
# `cjxl -d 0` is mathematically lossless by its own help, and DICOM has had transfer syntaxes for JPEG XL since 2024.
# A film goes into cjxl as a PGM, whose header states the largest value; one would expect 4095 there to be as safe as
# 255 or 65535. The values are taken for 16-bit ones and scaled down to the 12 bits that the header names, so that
# the lowest four bits are gone, without a word and with exit status 0. djxl then writes the same size and the same
# largest value, and jxlinfo calls the file "(possibly) lossless", 12-bit. 8 and 16 bits come back exactly. A film
# of 12 bits is safe when it is written as one of 16, with 65535 in the header.
#
# Seen with libjxl-tools 0.7.0-10+deb12u1 (Debian 12): 256 of 256, 5 of 512, 17 of 1,024, 257 of 4,096 and 65,536 of
# 65,536 greys come back; with 65535 in the header of the 12-bit film 4,096 of 4,096.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get download -qq libjxl-tools=0.7.0-10+deb12u1 libjxl0.7=0.7.0-10+deb12u1 libhwy1 libimath-3-1-29 \
    libopenexr-3-1-30 libtcmalloc-minimal4 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name 'libjxl.so.*' -print -quit)")
export LD_LIBRARY_PATH
python3 - <<'PYTHON'
import struct
import subprocess
from pathlib import Path


def through_jpeg_xl(greys, largest):
    size, layout = len(greys), "B" if largest < 256 else "H"
    side = 2 ** (size.bit_length() // 2)
    header = f"P5\n{side} {size // side}\n{largest}\n".encode()
    Path("film.pgm").write_bytes(header + struct.pack(f">{size}{layout}", *greys))
    for command in (["cjxl", "-d", "0", "film.pgm", "film.jxl"], ["djxl", "film.jxl", "back.pgm"]):
        subprocess.run([f"root/usr/bin/{command[0]}", *command[1:]], check=True, capture_output=True)
    back = Path("back.pgm").read_bytes()
    assert back.startswith(header), "djxl writes another header now"
    return struct.unpack(f">{size}{layout}", back[len(header) :])


seen = {}
for bits, largest in ((8, 255), (9, 511), (10, 1023), (12, 4095), (16, 65535), (12, 65535)):
    greys = tuple(range(2**bits))
    back = through_jpeg_xl(greys, largest)
    seen[bits, largest] = (len(set(back)), back == greys)
for (bits, largest), (kept, exact) in seen.items():
    print(f"{bits} bits, header {largest}: {kept} of {2**bits} greys, {'exact' if exact else 'not exact'}")
assert seen == {
    (8, 255): (256, True),
    (9, 511): (5, False),
    (10, 1023): (17, False),
    (12, 4095): (257, False),
    (16, 65535): (65536, True),
    (12, 65535): (4096, True),
}, "cjxl behaves otherwise now"
PYTHON
