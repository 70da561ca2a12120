"""Seals of second factors: a secret lies in the database as nobody without the key can read it.

The key is the admin's where there is one, else it is made from the installation's own. What was
sealed before the admin's was set is still opened.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app import errors, sealing
from app.db.people import SecondFactor
from app.imaging import pseudonyms
from app.key_files import read_key
from app.settings import Settings
from app.texts import _

SETTING = "CONDYLE_SECOND_FACTOR_KEY"
PURPOSE = "condyle second factors"
OFFER_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Sealed:
    """A secret under a seal, and what the seal is called."""

    text: str
    seal: str


class Seals:
    """Seals secrets with the first of some keys, and opens them with any.

    Args:
        keys: at least one.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._seals = [sealing.Seal(key, PURPOSE) for key in keys]

    def sealed(self, secret: str, user_id: int) -> Sealed:
        """Return a person's secret as it is kept."""
        first = self._seals[0]
        return Sealed(first.sealed(secret, f"person {user_id}"), first.name)

    def opened(self, factor: SecondFactor) -> str:
        """Return a person's secret.

        Raises:
            errors.Refused: it was sealed with another key, or was changed.
        """
        for seal in self._seals:
            if seal.name == factor.seal:
                try:
                    return seal.opened(factor.sealed, f"person {factor.user_id}")
                except sealing.NotOurs:
                    break
        raise errors.Refused(
            _("Codes of an app cannot be checked: the secret was sealed with another key."),
            SETTING,
            _("Use a recovery code, or ask an admin to reset your second factor."),
        )

    def offer(self, secret: str, user_id: int, at: datetime) -> str:
        """Return a secret that a page proposes, as the page's form sends it back."""
        until = (at + OFFER_LASTS).timestamp()
        return self._seals[0].sealed(json.dumps([secret, until]), f"offer to {user_id}")

    def offered(self, sent: str, user_id: int, at: datetime) -> str:
        """Return the secret that a page proposed.

        Raises:
            errors.Refused: no page proposed it to this person, or it did so long ago.
        """
        try:
            secret, until = json.loads(self._seals[0].opened(sent, f"offer to {user_id}"))
        except sealing.NotOurs:
            until = 0.0
        if until < at.timestamp():
            raise errors.Refused(
                _("This page is too old."), "", _("Open it again, and scan the new picture.")
            )
        return str(secret)


def seals_of(settings: Settings) -> Seals:
    """Return what seals the secrets of second factors.

    Raises:
        errors.Refused: the admin's key cannot be read, is too short, or lies in the home folder.
    """
    own = pseudonyms.load_key(settings.home)
    name, home = "The key of second factors", settings.home
    theirs = read_key(settings.second_factor_key, name, SETTING, home)
    return Seals([theirs, own] if theirs else [own])
