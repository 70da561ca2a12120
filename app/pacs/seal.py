"""The seal of PACS references: whoever has no key learns nothing from them, and can change none.

AES-256-GCM with a new nonce each time (NIST SP 800-38D); the key is derived from the admin's file
by HKDF-SHA256 (RFC 5869). A film's digest is authenticated with its reference, so that none can be
put in another's place.
"""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app import errors
from app.key_files import read_key
from app.settings import Settings

NONCE_BYTES = 12


class Seal:
    """Seals references and opens them.

    Args:
        secret: what the admin's file holds, at least `app.key_files.SHORTEST` bytes.
    """

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(_derived(secret, b"condyle pacs references", 32))
        self.name = _derived(secret, b"condyle pacs references: name", 8).hex()
        """By which a key is told from others."""

    def sealed(self, source_digest: str, reference: Mapping[str, str]) -> str:
        """Return a film's reference as nobody without the key can read it.

        Args:
            source_digest: SHA-256 of the film's file.
            reference: as `app.imaging.pacs_names.read` returns it.
        """
        nonce = os.urandom(NONCE_BYTES)
        text = json.dumps(dict(reference)).encode()
        return base64.b64encode(
            nonce + self._cipher.encrypt(nonce, text, source_digest.encode())
        ).decode()

    def opened(self, source_digest: str, sealed: str) -> dict[str, str]:
        """Return a film's reference.

        Raises:
            errors.Refused: it was sealed with another key, was changed, or is another film's.
        """
        data = base64.b64decode(sealed)
        nonce, text = data[:NONCE_BYTES], data[NONCE_BYTES:]
        try:
            opened = self._cipher.decrypt(nonce, text, source_digest.encode())
        except InvalidTag as error:
            raise errors.Refused(
                "What a film is called in the PACS cannot be read: it was kept with another key, "
                "or was changed.",
                "CONDYLE_WRITE_BACK_KEY",
                "Set the key it was kept with, or import the film again with the present one.",
            ) from error
        found: dict[str, str] = json.loads(opened)
        return found


def seal_of(settings: Settings) -> Seal | None:
    """Return what seals references; None where no key is set: then none is kept.

    Raises:
        errors.Refused: the key cannot be read, is too short, or lies in the home folder.
    """
    secret = read_key(
        settings.write_back_key,
        "The key of PACS references",
        "CONDYLE_WRITE_BACK_KEY",
        settings.home,
    )
    return Seal(secret) if secret else None


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, None, purpose).derive(secret)
