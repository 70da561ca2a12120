"""Mail addresses of people."""

import re

from app import errors
from app.texts import _

ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
"""What HTML takes for a mail address: https://html.spec.whatwg.org/#valid-e-mail-address."""
ENCODED_WORD = "=?"
"""Begins what mail programs decode (RFC 2047): the address in a header would become another."""
LONGEST_ADDRESS = 254
"""Letters, RFC 5321, 4.5.3.1.3 without the brackets."""


def is_address(text: str) -> bool:
    """Tell whether a text is a mail address that can be written to."""
    if len(text) > LONGEST_ADDRESS or ENCODED_WORD in text:
        return False
    return ADDRESS.fullmatch(text) is not None


def require_address(text: str) -> str | None:
    """Return a mail address as it is kept, None for an empty text.

    Raises:
        errors.Refused: it is none.
    """
    written = text.strip()
    if written and not is_address(written):
        raise errors.Refused(
            _("This is no mail address."), "address", _("Write it like name@hospital.example.")
        )
    return written or None
