"""Every command of docs/hospital.md, in its order, as an engineer types them."""

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from io import BytesIO
from pathlib import Path

from pydicom import dcmread
from support.dicomweb_peer import file_of
from support.dicomweb_peer import film as fetched
from support.orthanc import SECRET, Orthanc
from support.peers import Storage, arrived, counted, film
from write_back.conftest import make

from app.db.engine import Database
from app.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/hospital.md"
BLOCKS = re.findall(r"^```\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


def test_the_commands_of_the_page_do_what_it_says(
    sqlite_database: Database, here: Settings, tmp_path: Path
) -> None:
    for number in (1, 2):
        film(tmp_path / f"films/study {number}/{number}.dcm", number)
    given = {"CONDYLE_HOME": str(here.home), "CONDYLE_DICOM_PORT": str(here.dicom_port)}
    # DCMTK first: pynetdicom installs commands of the same names beside Python.
    path = f"/usr/bin:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | given | {"PATH": path}
    receivers: list[subprocess.Popen[str]] = []
    pacs, web = Storage(tmp_path / "pacs"), Orthanc(tmp_path / "orthanc")
    encrypted: list[Storage] = []
    try:
        web.wait_until_there()
        web.ask("/instances", "POST", file_of(fetched(1, StudyDate="20240301")))
        for block in BLOCKS:
            script = block.replace("11112", str(here.dicom_port))
            script = script.replace("10.0.0.5:104", f"127.0.0.1:{pacs.port}")
            if "10.0.0.5:2762" in script:
                own = ("+tls", str(tmp_path / "pacs.key"), str(tmp_path / "pacs.pem"), "-ic")
                encrypted.append(Storage(tmp_path / "encrypted", *own))
                script = script.replace("10.0.0.5:2762", f"127.0.0.1:{encrypted[0].port}")
            script = script.replace("https://10.0.0.5", f"http://127.0.0.1:{web.http}")
            script = script.replace("a long password", SECRET)
            if "condyle write-back" in script and not pacs.files():
                key = {"write_back_key": str(tmp_path / "write-back.key")}
                make(sqlite_database, here.model_copy(update=key))
            if "condyle receive" in script:
                end(receivers)
                receivers.append(begin(script, environment, tmp_path))
            else:
                where = web.network() if str(web.http) in script else nullcontext()
                with where:
                    done = subprocess.run(["bash", "-ec", script], env=environment, cwd=tmp_path)
                assert done.returncode == 0, block
    finally:
        end(receivers)
        for each in (pacs, *encrypted):
            each.stop()
        files = [dcmread(BytesIO(file)) for file in web.files()]
        web.stop()
    assert len(receivers) == 2
    assert [file.Modality for file in files].count("SR") == len(files) - 1 == 4
    assert len(pacs.files()) == len(encrypted[0].files()) == 4
    assert len(arrived(sqlite_database)) == 3
    assert counted(sqlite_database) == {("PACS1", "stored"): 2, ("DICOMWEB", "stored"): 1}


def begin(script: str, environment: dict[str, str], folder: Path) -> subprocess.Popen[str]:
    """Start a receiver as a block of the page does, and wait until it says that it takes films."""
    script = script.replace("condyle receive", "exec condyle receive")
    receiver = subprocess.Popen(
        ["bash", "-ec", script], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    )
    assert receiver.stdout is not None
    assert "takes films" in receiver.stdout.readline()
    return receiver


def end(receivers: list[subprocess.Popen[str]]) -> None:
    """Tell a receiver that runs to stop; it does so by itself."""
    for receiver in receivers:
        if receiver.poll() is None:
            receiver.send_signal(signal.SIGTERM)
        assert receiver.wait(30) == 0
