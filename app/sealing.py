"""Seals of texts: whoever has no key learns nothing from what is sealed, and can change nothing.

AES-256-GCM with a new nonce each time (NIST SP 800-38D); its key is derived from a secret by
HKDF-SHA256 (RFC 5869), for one purpose. What a text belongs to is authenticated with it, so that
none can be put in another's place.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES = 12


class NotOurs(Exception):
    """What was to be opened was sealed with another key, was changed, or belongs elsewhere."""


class Seal:
    """Seals texts and opens them.

    Args:
        secret: at least `app.key_files.SHORTEST` bytes.
        purpose: what is sealed; another purpose is another key.
    """

    def __init__(self, secret: bytes, purpose: str) -> None:
        self._cipher = AESGCM(_derived(secret, purpose, 32))
        self.name = _derived(secret, f"{purpose}: name", 8).hex()
        """By which a key is told from others."""

    def sealed(self, text: str, owner: str) -> str:
        """Return a text as nobody without the key can read it.

        Args:
            text: any.
            owner: what it belongs to.
        """
        nonce = os.urandom(NONCE_BYTES)
        hidden = self._cipher.encrypt(nonce, text.encode(), owner.encode())
        return base64.b64encode(nonce + hidden).decode()

    def opened(self, sealed: str, owner: str) -> str:
        """Return the text.

        Raises:
            NotOurs: it was sealed with another key, was changed, or belongs to something else.
        """
        try:
            data = base64.b64decode(sealed, validate=True)
            nonce, hidden = data[:NONCE_BYTES], data[NONCE_BYTES:]
            return self._cipher.decrypt(nonce, hidden, owner.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise NotOurs from error


def _derived(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(SHA256(), length, None, purpose.encode()).derive(secret)
