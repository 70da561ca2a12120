"""A real timestamping authority (RFC 3161) on a free port: OpenSSL's, behind HTTP."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from app.settings import Settings

WITHOUT_A_PASSWORD = ("-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
CONFIGURATION = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
signer_cert = {folder}/authority.pem
signer_key = {folder}/authority.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_chain = no
"""


class Authority(ThreadingHTTPServer):
    """Stamps what it is sent.

    Attributes:
        folder: its keys and certificates; `root.pem` is what others trust.
        answers: whether it does, or says that it cannot.
        replays: an answer that it gives to every question, if any.
    """

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        self.folder, self.answers, self.replays = folder, True, b""
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server_port}/tsr"

    def trusted_by(self, settings: Settings, heads: Path) -> Settings:
        """Return settings of a workspace that keeps heads in a file and has them stamped here."""
        told = {"audit_heads": str(heads), "timestamps_from": self.address}
        return settings.model_copy(update=told | {"timestamp_roots": str(self.folder / "root.pem")})

    def stamp(self, question: bytes) -> bytes:
        """Return the answer to a question, in DER."""
        (self.folder / "question").write_bytes(question)
        _openssl(self.folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "question")
        return (self.folder / "answer").read_bytes()


class _Handler(BaseHTTPRequestHandler):
    server: Authority

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"]))
        assert self.headers["Content-Type"] == "application/timestamp-query"
        answer = self.server.replays or self.server.stamp(question)
        self.send_response(200 if self.server.answers else 503)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        """Keep quiet."""


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """Make keys in a folder, and answer until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    (folder / "serial").write_text("01\n")
    of_root = ("-subj", "/CN=Root of the tests", "-keyout", "root.key", "-out", "root.pem")
    _openssl(folder, "req", "-x509", *WITHOUT_A_PASSWORD, "-days", "2", *of_root)
    of_authority = ("-subj", "/CN=Clock of the tests", "-keyout", "authority.key")
    _openssl(folder, "req", "-new", *WITHOUT_A_PASSWORD, *of_authority, "-out", "authority.csr")
    (folder / "use.cnf").write_text("extendedKeyUsage = critical, timeStamping\n")
    signed_by_root = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "2")
    asked = ("-in", "authority.csr", "-out", "authority.pem", "-extfile", "use.cnf")
    _openssl(folder, "x509", "-req", *signed_by_root, *asked)
    server = Authority(folder)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _openssl(folder: Path, *words: str) -> None:
    out = ("-out", "answer") if words[0] == "ts" else ()
    subprocess.run(["openssl", *words, *out], cwd=folder, check=True, capture_output=True)
