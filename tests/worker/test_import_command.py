"""`condyle import --wait`: its words and its exit status say what the admin must know."""

import os
import subprocess
import sys
from pathlib import Path

from support.deliveries import manifest

from app.settings import Settings


def test_reports_without_a_study_are_counted_and_end_in_a_status_of_their_own(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path / "home", queues="decode", processes=1)
    folder = manifest(tmp_path / "in", "file,patient_id,study_id", "1.png,1,001", "2.png,ANON,2")
    for study, status in (("1", 3), ("001", 0)):
        (folder / "reports.csv").write_text(f"study_id,report\n{study},Worn.\n")
        command = [Path(sys.executable).with_name("condyle"), "import", folder, "--wait"]
        done = subprocess.run(
            [*command, "--reports", folder / "reports.csv"],
            env=os.environ | settings.as_environment(),
            capture_output=True,
            text=True,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert ("1 of 1 reports found no study" in done.stderr) == (status == 3)
        assert ("names nobody: 1." in done.stderr) == (status == 3)
