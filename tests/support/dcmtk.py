"""DCMTK's dcm2pnm as an implementation by others: how it shows a film."""

import subprocess
from pathlib import Path

import cv2
import numpy as np
from files import bad_films
from numpy.typing import NDArray
from pydicom.dataset import Dataset

WINDOW = ("--use-window", "1")
VOI_LUT = ("--use-voi-lut", "1")


def shown(dataset: Dataset, folder: Path, *how: str) -> NDArray[np.float64]:
    """Return what DCMTK makes of a film.

    Args:
        dataset: of a film.
        folder: where to write it for a moment.
        how: options of dcm2pnm, e.g. `WINDOW`.

    Returns:
        Brightness, black 0 to white 1, shape (rows, columns).
    """
    file, picture = folder / "dcmtk.dcm", folder / "dcmtk.png"
    file.write_bytes(bad_films.as_file(dataset))
    output = ("--nointerlace", "--write-16-bit-png", str(file), str(picture))
    subprocess.run(["dcm2pnm", "--quiet", *how, *output], check=True)
    pixels = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels.astype(np.float64) / 65535
