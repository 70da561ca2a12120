#!/usr/bin/env bash
# ImageJ 1.53t shows a film that names two windows with the last of them, and one that names three with none.
#
# A film may name several windows, often the plain one first and others for bone or soft tissue. One would expect
# ImageJ to open it with the first, as nearly all viewers do. It keeps what stands behind the first backslash: of two
# windows that is the second; of three it is "2000\3000", which is no number, and the whole range is shown. A SIGMOID is
# drawn as a straight line, and tables (VOI LUT, Modality LUT) are left out. What lies above BitsStored (an overlay, a
# flag) counts as value: the mean of a film of 0 to 4,095 that has one such bit in every second pixel is 18,431 and not
# 2,047. None of this is said.
#
# Seen with libij-java 1.53t-1 (Debian 12), OpenJDK 17: display from 2,600 to 3,400 where the film says 1000\3000 and
# 500\800 (750 to 1,250 for one window of 1000 and 500), from 0 to 4,095 where it says 1000\2000\3000 and 500\1000\800.
set -euo pipefail
command -v java >/dev/null || { echo "needs Java 11 or later (Debian: default-jdk-headless)"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet pydicom==3.0.2 numpy==2.4.6
apt-get download -qq libij-java=1.53t-1 2>/dev/null
dpkg-deb -x libij-java_*.deb root
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


def save(name, centers=None, widths=None, pixels=ramp, **about):
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    made.SOPClassUID, made.Modality = uid.DigitalXRayImageStorageForPresentation, "DX"
    made.SOPInstanceUID, made.StudyInstanceUID, made.SeriesInstanceUID = (uid.generate_uid() for _ in range(3))
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PixelRepresentation = 1, "MONOCHROME2", 0
    made.BitsAllocated, made.BitsStored, made.HighBit, made.Rows, made.Columns = 16, 12, 11, 64, 64
    if centers:
        made.WindowCenter, made.WindowWidth = centers, widths
    for keyword, value in about.items():
        setattr(made, keyword, value)
    made.PixelData = pixels.astype("<u2").tobytes()
    made["PixelData"].VR = "OW"
    made.save_as(f"{name}.dcm", enforce_file_format=True)


save("one", ["1000"], ["500"])
save("two", ["1000", "3000"], ["500", "800"])
save("three", ["1000", "2000", "3000"], ["500", "1000", "800"])
save("sigmoid", ["1000"], ["500"], VOILUTFunction="SIGMOID")
save("voi", VOILUTSequence=[table(1000, np.linspace(0, 1, 2000) ** 2 * 65535)])
save("modality", ["2048"], ["4096"], ModalityLUTSequence=[table(0, np.linspace(4095, 0, 4096))])
save("upper", ["2048"], ["4096"], np.where(ramp % 2 == 0, ramp | 0x8000, ramp))
PYTHON
cat > Look.java <<'JAVA'
import ij.IJ;

public class Look {
    public static void main(String[] films) {
        for (String film : films) {
            var image = IJ.openImage(film + ".dcm");
            System.out.println(film + " " + (int) image.getDisplayRangeMin() + " " + (int) image.getDisplayRangeMax()
                + " " + image.isInvertedLut() + " " + (int) image.getStatistics().mean);
        }
    }
}
JAVA
echo "film, display from, to, inverted, mean:"
films=(one two three sigmoid voi modality upper)
java -Djava.awt.headless=true -cp root/usr/share/java/ij.jar Look.java "${films[@]}" | tee seen
cat > expected <<'TEXT'
one 750 1250 false 2047
two 2600 3400 false 2047
three 0 4095 false 2047
sigmoid 750 1250 false 2047
voi 0 4095 false 2047
modality 0 4096 false 2047
upper 0 4096 false 18431
TEXT
cmp seen expected || { echo "ImageJ behaves otherwise now"; exit 1; }
