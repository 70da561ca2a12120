"""Wall time, memory and gain of one `condyle round` on the real knees, stage by stage.

Needs the films in ../shared/data/knee beside the checkout.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILMS = Path(__file__).parents[1] / "../shared/data/knee"
PATIENTS = ["--seed-patients", "300", "--validation-patients", "637"]


def main() -> None:
    """Play the round in a folder that is removed afterwards, and print its figures."""
    if not FILMS.exists():
        print("The real knees are not on this machine; nothing is measured.")
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "round"
        command = [Path(sys.executable).with_name("condyle"), "round", "--data", FILMS]
        started = time.monotonic()
        subprocess.run([*command, *PATIENTS, "--rng", "0", "--out", out], check=True)
        taken = time.monotonic() - started
        report = json.loads((out / "evaluation.json").read_text("utf-8"))
    for stage, seconds in report["seconds"].items():
        print(f"{stage:<18}{seconds:>8.0f} s")
    print(f"{'everything':<18}{taken:>8.0f} s")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"{'largest process':<18}{largest:>8.1f} GiB")
    for model in ("baseline", "final"):
        wauc = report[model]["wauc"]
        print(
            f"WAUC {model:<13}{wauc['value']:>8.3f}  ({wauc['ci'][0]:.3f} to {wauc['ci'][1]:.3f})"
        )


if __name__ == "__main__":
    main()
