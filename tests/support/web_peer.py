"""A DICOMweb server on this machine that answers each report as it is told."""

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from pydicom import dcmread

SOP = "1.2.840.10008.5.1.4.1.1.88.33"


class Said(NamedTuple):
    """What is answered: a status of HTTP, a body, and where it sends us."""

    status: int
    body: bytes = b""
    location: str = ""


def told(status: int, uid: str, stored: bool, reason: int | None = None) -> Said:
    """Return an answer that says of a report whether it was stored."""
    item: dict[str, Any] = {
        "00081150": {"vr": "UI", "Value": [SOP]},
        "00081155": {"vr": "UI", "Value": [uid]},
    }
    if reason is not None:
        item["00081196" if stored else "00081197"] = {"vr": "US", "Value": [reason]}
    said = {"00081199" if stored else "00081198": {"vr": "SQ", "Value": [item]}}
    return Said(status, json.dumps(said).encode())


class WebPeer:
    """A server that takes one report in each request.

    Args:
        certificate: PEM file with its certificate and key; None speaks without encryption.

    Attributes:
        does: what it answers to the next, by UID; None hangs up without an answer.
        came: path, header `Authorization` and UID of each request.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.does: Callable[[str], Said | None] = lambda uid: told(200, uid, stored=True)
        self.came: list[tuple[str, str | None, str]] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                boundary = self.headers.get_param("boundary", header="Content-Type")
                head, _, rest = body.partition(b"\r\n\r\n")
                assert head == f"--{boundary}\r\nContent-Type: application/dicom".encode()
                file = rest.removesuffix(f"\r\n--{boundary}--\r\n".encode())
                uid = str(dcmread(BytesIO(file)).SOPInstanceUID)
                peer.came.append((self.path, self.headers["Authorization"], uid))
                said = peer.does(uid)
                if said is None:
                    return
                self.send_response(said.status)
                if said.location:
                    self.send_header("Location", said.location)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        scheme = "http" if certificate is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}/dicom-web"

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()
