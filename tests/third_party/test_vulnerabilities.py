"""`make vulnerabilities` asks about every package of the images, and fails where one is known."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Database(ThreadingHTTPServer):
    """A database of vulnerabilities as OSV answers: what it knows of, and what it was asked."""

    def __init__(self, known: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.known = known
        self.asked: dict[str, str] = {}


class Answer(BaseHTTPRequestHandler):
    """One answer: https://google.github.io/osv.dev/post-v1-query/."""

    server: Database

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        query = json.loads(self.rfile.read(length))
        name = query["package"]["name"]
        self.server.asked[name] = query["version"]
        answer = json.dumps({"vulns": self._known_of(name, query["version"])}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _known_of(self, name: str, version: str) -> list[dict[str, Any]]:
        if name not in self.server.known:
            return []
        return [
            {
                "id": self.server.known[name],
                "published": "2026-11-01T00:00:00Z",
                "modified": "2026-11-01T00:00:00Z",
                "summary": "It can be made to do what it should not.",
                "affected": [
                    {"package": {"name": name, "ecosystem": "PyPI"}, "versions": [version]}
                ],
            }
        ]


@contextmanager
def database(**known: str) -> Iterator[Database]:
    server = Database(known)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def ask(address: str, *more: str) -> subprocess.CompletedProcess[str]:
    said = " ".join(["--osv-url", address, *more])
    return subprocess.run(
        # Nothing is installed by a test, whatever is newer than the environment.
        ["make", "--silent", "--old-file=.venv/installed", "vulnerabilities", f"ARGS={said}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )


def pins(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text("utf-8").splitlines() if "==" in line]
    return dict(line.removesuffix(" \\").split("==") for line in lines)


def test_a_known_vulnerability_of_any_locked_package_is_named() -> None:
    with database(pillow="CVE-2026-0001") as server:
        address = f"http://127.0.0.1:{server.server_port}/v1/query"
        found = ask(address)
        judged = ask(address, "--ignore-vuln", "CVE-2026-0001")
    locks = {path.name: pins(path) for path in (ROOT / "locks").glob("*.txt")}
    for_processors = locks.pop("torch-cpu.txt")
    assert server.asked == {name: each[name] for each in locks.values() for name in each}
    assert {name: each.split("+")[0] for name, each in for_processors.items()}.items() <= (
        server.asked.items()
    )
    assert found.returncode != 0
    assert "pillow" in found.stdout
    assert "CVE-2026-0001" in found.stdout
    assert judged.returncode == 0, judged.stderr


def test_a_database_that_does_not_answer_is_no_good_news() -> None:
    with database() as server:
        address = f"http://127.0.0.1:{server.server_port}/v1/query"
    asked = ask(address)
    assert asked.returncode != 0
    assert "Connection refused" in asked.stderr
