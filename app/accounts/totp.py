"""Codes that an app makes of a shared secret and the time (TOTP, RFC 6238): six digits, 30 s."""

import hmac
from datetime import datetime

import pyotp
import segno

DRIFT_STEPS = 1
"""By how many steps the clock of a telephone may be wrong."""


def new_secret() -> str:
    """Return a secret of 160 random bits, in base32."""
    return pyotp.random_base32()


def grouped(secret: str) -> str:
    """Return a secret as it is typed: in groups of four."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture(secret: str, name: str, host: str) -> str:
    """Return the QR code that apps scan, as SVG without a declaration, black on white.

    Args:
        secret: in base32.
        name: the person's.
        host: of this installation's address; an empty string where it has none.
    """
    issuer = f"Condyle {host}".strip()
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)
    code = segno.make(address, error="m", micro=False)
    return code.svg_inline(scale=4, border=4, dark="black", light="white", omitsize=False)


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """Return the step whose code this is, the present one or one beside it; None where it is none.

    Args:
        secret: in base32.
        code: six digits.
        at: the present moment, UTC.
    """
    totp = pyotp.TOTP(secret)
    present = totp.timecode(at)
    steps = range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1)
    right = [each for each in steps if hmac.compare_digest(totp.generate_otp(each), code)]
    return max(right, default=None)
