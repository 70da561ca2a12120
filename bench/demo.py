"""Time from a fresh workspace to a finished demo round, on generated knees."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Play the demo in a folder that is removed afterwards, and print how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("condyle")), "demo", "--no-serve"]
        started = time.monotonic()
        subprocess.run(command, check=True, env=os.environ | {"CONDYLE_HOME": f"{folder}/home"})
        print(f"demo: {time.monotonic() - started:.0f} s (promised: under 300 s)")


if __name__ == "__main__":
    main()
