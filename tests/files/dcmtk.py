"""DCMTK as an oracle: what its tools make of a DICOM file."""

import subprocess
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

TOOLS = ("dcm2pnm", "dcmj2pnm", "dcml2pnm")
"""For plain and RLE films, for JPEG, and for JPEG-LS."""


def shown(path: Path, tool: str) -> NDArray[np.float64]:
    """Return a film as DCMTK shows it, spread from its smallest to its largest value: 0 to 1."""
    picture = path.with_suffix(".png")
    command = [tool, "-q", "+Wm", "+on2", str(path), str(picture)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    found = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert found is not None
    return np.asarray(found, np.float64) / 65535


def spread(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return values spread from their smallest to their largest: 0 to 1."""
    exact = values.astype(np.float64)
    return (exact - exact.min()) / (exact.max() - exact.min())
