"""Wall time, memory and gain of one `condyle round` on the real knees, stage by stage.

Needs the films in ../shared/data/knee beside the checkout. For a labeler that reads reports they
are written from the grades (`bench/knee_reports.py`).

    python -m bench round [--labeler text]
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench._knees import KNEES, VALIDATION_PATIENTS, are_here, locked, read
from bench.knee_reports import ERROR, HEDGING, write


def main() -> None:
    """Play the round in a folder that is removed afterwards, and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--labeler", choices=("text", "image", "fused"), default="image")
    labeler = parser.parse_args().labeler
    if not are_here():
        return
    with tempfile.TemporaryDirectory() as folder:
        data, out = KNEES, Path(folder) / "round"
        if labeler != "image":
            data = write(Path(folder) / "knees", 0, ERROR, HEDGING, locked(read())).parent
        command = [str(Path(sys.executable).with_name("condyle")), "round", "--data", str(data)]
        command += ["--labeler", labeler, "--seed-patients", "300", "--rng", "0", "--out", str(out)]
        command += ["--validation-patients", str(VALIDATION_PATIENTS)]
        started = time.monotonic()
        subprocess.run(command, check=True)
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
