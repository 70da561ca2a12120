"""A secret that a page proposes for an app: as a picture to scan, and as text to type."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from app import errors
from app.accounts import totp
from app.accounts.visits import Visit
from app.db import clock
from app.db.people import User


@dataclass(frozen=True)
class Offer:
    """What a page shows of a secret; nothing of it is kept until a code confirms it.

    Attributes:
        sealed: what the form sends back.
        secret: in groups of four.
        picture: the QR code, SVG.
    """

    sealed: str
    secret: str
    picture: Markup


def offer(visit: Visit, user: User, sent: str = "") -> Offer:
    """Return a secret for a person: the one a form has sent back if it still holds, else a new one.

    Args:
        visit: who asks.
        user: for whom.
        sent: what the form sent back, or an empty string.
    """
    at = clock.present(visit.database)
    try:
        secret = visit.seals.offered(sent, user.id, at)
    except errors.Refused:
        secret = totp.new_secret()
        sent = visit.seals.offer(secret, user.id, at)
    host = urlsplit(visit.settings.public_url).hostname or ""
    # Drawn by a library that escapes the address in it; no text of anybody's is in the picture.
    picture = Markup(totp.picture(secret, user.name, host))
    return Offer(sent, totp.grouped(secret), picture)
