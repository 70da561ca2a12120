"""Timestamps of an authority (RFC 3161): proof, by somebody else, of when a head was there."""

import http.client
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app import errors
from app.outgoing.address import Server, Unusable, is_private, is_public, parse, resolve
from app.outgoing.connection import post
from app.settings import Settings

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

FROM, ROOTS = "CONDYLE_TIMESTAMPS_FROM", "CONDYLE_TIMESTAMP_ROOTS"
SECONDS = 30
MOST_BYTES = 2**16
ASKED = {"Content-Type": "application/timestamp-query"}


class NoStamp(Exception):
    """The authority gave none, or one that proves nothing; its own text says why."""


class Authority(NamedTuple):
    """Where an authority is asked, and the roots under which it must sign."""

    server: Server
    roots: "list[Certificate]"


def require(settings: Settings) -> Authority:
    """Return the authority that is set; its name is not looked up.

    Raises:
        errors.Refused: its address or its certificates cannot be used, or nothing is installed
            that speaks with it.
    """
    if find_spec("rfc3161_client") is None:
        raise errors.Refused(
            "This installation cannot ask for timestamps.", FROM, "Install condyle[stamps]."
        )
    roots = trusted(settings)
    try:
        return Authority(parse(settings.timestamps_from), roots)
    except Unusable as error:
        do = "Give the authority's address, as http://timestamps.example.org/tsr."
        raise errors.Refused(f"This is no address: {error}.", FROM, do) from error


def ask(settings: Settings, text: str) -> bytes:
    """Have a text stamped by the authority that is set.

    Only the SHA-512 of the text leaves the house.

    Returns:
        The answer, a TimeStampResp in DER. It is of this text, signed under a root that is set, and
        answers this question.

    Raises:
        NoStamp: nothing of that kind came.
        errors.Refused: a setting cannot be used.
    """
    authority = require(settings)
    from rfc3161_client import TimestampRequestBuilder  # an extra, which only this needs

    question = TimestampRequestBuilder().data(text.encode("ascii")).build()
    answer = _answer(authority.server, question.as_bytes())
    _verify(authority.roots, answer, text, question.nonce)
    return answer


def stamped_at(roots: "list[Certificate]", stamp: bytes, text: str) -> datetime:
    """Return the time, UTC, at which an authority says that it saw a text.

    Args:
        roots: as `trusted` returns them.
        stamp: the authority's answer, in DER.
        text: what it is to be of.

    Raises:
        NoStamp: the stamp is of another text, or not signed under one of the roots.
    """
    return _verify(roots, stamp, text)


def trusted(settings: Settings) -> "list[Certificate]":
    """Return the root certificates that are set.

    Raises:
        errors.Refused: they cannot be read.
    """
    from cryptography import x509  # takes as long to load as all the rest of a command

    try:
        return x509.load_pem_x509_certificates(Path(settings.timestamp_roots).read_bytes())
    except (OSError, ValueError) as error:
        raise errors.Refused(
            "The certificates of the timestamping authority cannot be read.",
            ROOTS,
            "Name a file with the authority's root certificates as PEM.",
        ) from error


def _answer(server: Server, question: bytes) -> bytes:
    try:
        numbers = [each for each in resolve(server) if is_public(each) or is_private(each)]
        if not numbers:
            raise NoStamp("its address is neither public nor private")
        reply = post(server, numbers, question, ASKED, SECONDS, MOST_BYTES)
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        raise NoStamp(f"it does not answer ({type(error).__name__})") from error
    if reply.status != 200:
        raise NoStamp(f"it answers {reply.status}")
    return reply.body


def _verify(
    roots: "list[Certificate]", stamp: bytes, text: str, nonce: int | None = None
) -> datetime:
    from rfc3161_client import VerifierBuilder, decode_timestamp_response
    from rfc3161_client.errors import VerificationError

    builder = VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(root)
    if nonce is not None:
        builder = builder.nonce(nonce)
    try:
        answer = decode_timestamp_response(stamp)
        builder.build().verify_message(answer, text.encode("ascii"))
        return answer.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise NoStamp(f"what it answers proves nothing ({error})") from error
