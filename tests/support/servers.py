"""Real PostgreSQL and Redis servers on free ports, in folders of their own."""

import logging
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

from moto.server import ThreadedMotoServer
from sqlalchemy import URL, Connection, create_engine, make_url, text

CARELESS = (
    "--fsync=off",
    "--full_page_writes=off",
    "--wal_level=minimal",
    "--max_wal_senders=0",
    "--max_wal_size=128MB",  # a log in memory stays small
)
"""Of a PostgreSQL whose databases nobody wants back after a power cut."""
SMALL = ("--shared_buffers=16MB",)
"""Of one with many short-lived databases: it looks through its buffers for each that comes or goes.
"""


def free_port() -> int:
    """Return a TCP port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def postgresql_server(
    kept: Path | None = None, port: int | None = None, switches: Sequence[str] = ()
) -> Iterator[str]:
    """Run PostgreSQL; yield its SQLAlchemy address without a database name.

    Not in a folder of pytest's: another pytest that starts meanwhile would lock its user out.

    Args:
        kept: a folder whose databases outlive the server; made where it is not there.
        port: where it listens; None takes a free one.
        switches: more of its command line.
    """
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    assert binaries, "PostgreSQL is not installed: run `make system-packages`"
    temporary = TemporaryDirectory(prefix="condyle-postgresql-", ignore_cleanup_errors=True)
    with temporary if kept is None else nullcontext(str(kept)) as name:
        folder = Path(name)
        folder.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        data, port = folder / "data", port or free_port()
        if not data.exists():
            _as_postgres([binaries / "initdb", "-D", data, "-U", "condyle", "--auth=trust", "-N"])
        place = ["-D", data, "-p", port, "-k", folder]
        server = _as_postgres([binaries / "postgres", *place, *CARELESS, *switches], wait=False)
        try:
            # The socket is there before the server lets anybody in.
            ask = [str(binaries / "pg_isready"), "-q", "-h", str(folder), "-p", str(port)]
            _wait_until(lambda: subprocess.run(ask).returncode == 0, server)
            yield f"postgresql+psycopg://condyle@127.0.0.1:{port}"
        finally:
            # It waits for all who are connected if it is told to terminate.
            server.send_signal(signal.SIGINT)
            server.wait(30)


@contextmanager
def administration(address: str | URL) -> Iterator[Connection]:
    """Open a connection to a PostgreSQL that makes, copies and drops databases."""
    place = make_url(address).set(database="postgres")
    engine = create_engine(place, isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        yield server
    engine.dispose()


def copy_database(server: Connection, source: str, target: str) -> None:
    """Make a database that holds what another does, to which nobody is connected.

    Copying files takes two thirds of the time of logging each page.
    """
    server.execute(text(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY file_copy"))


def drop_database(server: Connection, name: str) -> None:
    """Drop a database, whoever is connected to it, or do nothing where there is none."""
    server.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextmanager
def redis_server(folder: Path, port: int | None = None) -> Iterator[str]:
    """Run Redis in a folder, on a free port unless one is named; yield its address."""
    binary = shutil.which("redis-server")
    assert binary, "Redis is not installed: run `make system-packages`"
    port = port or free_port()
    (folder / "redis.sock").unlink(missing_ok=True)
    place = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    server = subprocess.Popen(
        [binary, *place, "--unixsocket", str(folder / "redis.sock"), "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_until((folder / "redis.sock").exists, server)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        _stop(server)


def s3_environment(address: str) -> dict[str, str]:
    """Return the variables that have S3 clients use an object store."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "secret of the tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@contextmanager
def object_store() -> Iterator[str]:
    """Run an object store that speaks S3; yield its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _as_postgres(command: list[object], wait: bool = True) -> subprocess.Popen[bytes]:
    """Start a command as the user postgres where we are root: PostgreSQL refuses to run as root."""
    user = "postgres" if os.geteuid() == 0 else None
    process = subprocess.Popen(
        [str(part) for part in command],
        user=user,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    if wait:
        assert process.wait() == 0, f"{command[0]} failed"
    return process


def _wait_until(ready: Callable[[], bool], server: subprocess.Popen[bytes]) -> None:
    """Wait for a server of ours: another's may listen on the same port a moment before."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended with {server.returncode}"
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError("the server did not start within a minute")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    server.wait(30)
