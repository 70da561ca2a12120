"""MLflow's own server, as a process on a free port that keeps what it is told in one file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from support.peers import wait_until
from support.servers import free_port

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "DO_NOT_TRACK": "true",
}
"""It tells nobody that it runs, and starts nothing beside itself."""


@dataclass(frozen=True)
class MlflowServer:
    """A server: where it is, and the file in which it keeps what it was told."""

    url: str
    file: Path


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MlflowServer]:
    """Run `mlflow server` in a folder until it is needed no more."""
    port, file = free_port(), folder / "mlflow.sqlite"
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{file}"]
    command += ["--artifacts-destination", str(folder / "artifacts")]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=folder, env=os.environ | QUIET, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url, server), 300)
        yield MlflowServer(url, file)
    finally:
        server.terminate()
        server.wait(60)


def _answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    assert server.poll() is None, "it has ended: look at its log"
    with suppress(OSError), urlopen(f"{url}/health", timeout=10) as answer:
        return bool(answer.status == 200)
    return False
