"""dicom3tools' dciodvfy as an implementation of the standard's tables by others."""

import re
import subprocess
from pathlib import Path

KNOWN = re.compile(
    r"DICOMDIR$|CodingScheme(Designator|UID)"
    r".* - Unrecognized defined term = <(99CONDYLE|2\.25\.\d+)>"
)
"""What is said of every object: it may not suit a DICOMDIR; our coding scheme is a private one."""


def faults_of(path: Path) -> list[str]:
    """Return the errors and warnings that dciodvfy has about a file, without `KNOWN`."""
    said = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True)
    found = (said.stdout + said.stderr).splitlines()
    assert any(line and " - " not in line for line in found), "no object was recognised"
    return [line for line in found if " - " in line and not KNOWN.search(line)]
