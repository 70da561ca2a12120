"""The seal of a backup: a MAC over all its files, under a key that is kept elsewhere.

Digests show damage. Who can write the file can also write other digests into it, and a backup holds
who may log in: only a key that is not beside it shows that.
"""

import hashlib
import hmac

from app import errors
from app.key_files import read_key
from app.settings import Settings


class Seal:
    """HMAC-SHA256 (RFC 2104) over the files of a backup, in their order.

    Args:
        key: at least `app.key_files.SHORTEST` bytes.
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
    return read_key(settings.backup_key, "The key of backups", "CONDYLE_BACKUP_KEY", settings.home)


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
