"""The one object of an answer to a request for one (PS3.18 8.6.1.2)."""

from email.message import Message

from app.outgoing.connection import Reply
from app.pulling.line import Trouble

ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*'
"""As it is stored: a server that would have to transcode a film may not be able to."""


def film_of(reply: Reply) -> bytes:
    """Return the file that an answer brings.

    Args:
        reply: to a request for one object.

    Raises:
        Trouble: it brings none, several, another format, or breaks off.
    """
    header = Message()
    header["Content-Type"] = reply.content_type
    kind = header.get_content_type()
    if kind == "application/dicom":
        return reply.body
    boundary = header.get_param("boundary")
    if kind != "multipart/related" or not isinstance(boundary, str) or not boundary:
        raise Trouble("content", lasting=True)
    return _only_part(reply.body, boundary.encode())


def _only_part(body: bytes, boundary: bytes) -> bytes:
    begin, between = b"--" + boundary, b"\r\n--" + boundary
    if not body.removeprefix(b"\r\n").startswith(begin):
        raise Trouble("content", lasting=True)
    head = body.find(b"\r\n\r\n")
    end = body.find(between, head + 2)
    if head < 0 or end < 0:
        raise Trouble("broken_off")
    if not body.startswith(between + b"--", end):
        raise Trouble("content", lasting=True)  # more than one
    kind = body[:head].lower()
    if b"content-type:" in kind and b"application/dicom" not in kind.replace(b"dicom+", b""):
        raise Trouble("content", lasting=True)
    return body[head + 4 : end]
