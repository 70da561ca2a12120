"""What another machine asks for before it lets us in: one line of a file."""

import base64
import re
from pathlib import Path

from app import errors

TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token, RFC 6750."""
LONGEST = 16_384
"""Bytes of a file with credentials."""


def authorization(path: str, setting: str) -> str:
    """Return the header `Authorization` of the credentials in a file; "" where none is set.

    Args:
        path: of a text file with `NAME:PASSWORD`, or a bearer token alone; "" for none.
        setting: that names it.

    Raises:
        errors.Refused: it cannot be read, or holds neither.
    """
    if not path:
        return ""
    said = _read(path, setting)
    if ":" in said and said.isprintable():
        return "Basic " + base64.b64encode(said.encode()).decode()
    if TOKEN.fullmatch(said):
        return f"Bearer {said}"
    raise errors.Refused(
        "The credentials are neither a name with a password nor a token.",
        setting,
        "Write one line into the file: NAME:PASSWORD, or a bearer token alone.",
    )


def name_and_password(path: str, setting: str) -> tuple[str, str]:
    """Return the name and the password in a file; both empty where none is set.

    Args:
        path: of a text file with `NAME:PASSWORD`; "" for none.
        setting: that names it.

    Raises:
        errors.Refused: it cannot be read, or does not hold that.
    """
    if not path:
        return "", ""
    name, _colon, password = (said := _read(path, setting)).partition(":")
    if not name or not password or not said.isprintable():
        raise errors.Refused(
            "The credentials are no name with a password.",
            setting,
            "Write one line into the file: NAME:PASSWORD.",
        )
    return name, password


def _read(path: str, setting: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LONGEST).strip()
    except (OSError, UnicodeError) as error:
        raise errors.Refused(
            f"The credentials cannot be read ({type(error).__name__}).",
            setting,
            "Name a text file that this user may read.",
        ) from error
