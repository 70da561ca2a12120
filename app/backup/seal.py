"""The seal of a backup: a MAC over all its files, under a key that is kept elsewhere.

Digests show damage. Who can write the file can also write other digests into it, and a backup holds
who may log in: only a key that is not beside it shows that.
"""

import hashlib
import hmac
from pathlib import Path

from app import errors
from app.settings import Settings

SHORTEST_KEY = 32
"""Bytes; as many as `openssl rand -hex 16` writes."""


class Seal:
    """HMAC-SHA256 (RFC 2104) over the files of a backup, in their order.

    Args:
        key: at least `SHORTEST_KEY` bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._mac = hmac.new(key, b"condyle backup\n", hashlib.sha256)

    def add(self, name: str, digest: str) -> None:
        """Take the next file in: its name, and the SHA-256 of what it holds, in hexadecimal."""
        self._mac.update(f"{len(name)} {name} {digest}\n".encode(errors="surrogateescape"))

    def text(self) -> str:
        """Return the MAC of the files so far, in hexadecimal."""
        return self._mac.hexdigest()

    def is_right(self, stated: bytes) -> bool:
        """Whether a backup's stated seal is the one of its files."""
        return hmac.compare_digest(self.text().encode(), stated.strip())


def key_of(settings: Settings) -> bytes | None:
    """Return the key that backups are sealed with; None where none is set.

    Raises:
        errors.Refused: it cannot be read, is too short, or lies in the home folder.
    """
    if not settings.backup_key:
        return None
    path = Path(settings.backup_key)
    if path.resolve().is_relative_to(settings.home.resolve()):
        raise _refused("lies in the home folder", "Keep it where neither films nor backups are.")
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise _refused(f"cannot be read ({error.strerror})", "Name a file that exists.") from error
    if len(key) < SHORTEST_KEY:
        raise _refused(
            f"has fewer than {SHORTEST_KEY} bytes", "Make one with `openssl rand -hex 32`."
        )
    return key


def missing() -> errors.Refused:
    """Return the refusal of a backup without a seal where a key is set."""
    return errors.Refused(
        "This backup is not sealed, so nobody can say who made it.",
        "CONDYLE_BACKUP_KEY",
        "If you know where it comes from, restore it without that setting. Nothing was restored.",
    )


def broken() -> errors.Refused:
    """Return the refusal of a backup whose seal is another."""
    return errors.Refused(
        "This backup was changed after it was made, or was sealed with another key.",
        "CONDYLE_BACKUP_KEY",
        "Use the key it was made with, or another backup. Nothing was restored.",
    )


def _refused(what: str, do: str) -> errors.Refused:
    return errors.Refused(f"The key of backups {what}.", "CONDYLE_BACKUP_KEY", do)
