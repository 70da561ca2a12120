"""Passwords: what makes one good enough, and argon2id."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app import errors
from app.accounts.guessable import is_guessable
from app.texts import _

LEAST_LENGTH = 12
GREATEST_LENGTH = 256

_hasher = PasswordHasher()


def check(password: str, name: str) -> None:
    """Refuse a password that is too easy to guess.

    Args:
        password: as typed.
        name: the person's name.

    Raises:
        errors.Refused: it is too short, too long, common, or made of the name.
    """
    if len(password) < LEAST_LENGTH:
        raise errors.Refused(
            _("The password is too short."),
            "password",
            _(
                "Use at least {number} characters; a few words are easy to remember.",
                number=LEAST_LENGTH,
            ),
        )
    if len(password) > GREATEST_LENGTH:
        raise errors.Refused(
            _("The password is too long."),
            "password",
            _("Use at most {number} characters.", number=GREATEST_LENGTH),
        )
    if name.casefold() in password.casefold() and len(password) - len(name) < LEAST_LENGTH:
        raise errors.Refused(
            _("The password is derived from the name."),
            "password",
            _("Choose one without your name in it."),
        )
    if len(set(password)) < 5:
        raise errors.Refused(
            _("The password repeats a few characters."),
            "password",
            _("Use more different characters."),
        )
    if is_guessable(password, name):
        raise errors.Refused(
            _("This is one of the passwords that attackers try first."),
            "password",
            _("Use four words or more that have nothing to do with each other."),
        )


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, parameters and salt included (RFC 9106)."""
    return _hasher.hash(_normal(password))


def matches(password_hash: str, password: str) -> bool:
    """Whether a password is the one hashed; takes as long where it is not."""
    try:
        return _hasher.verify(password_hash, _normal(password[:GREATEST_LENGTH]))
    except (VerificationError, InvalidHashError):
        return False


def rehash(password_hash: str, password: str) -> str | None:
    """Return a new hash where the old one was made with weaker parameters, else None."""
    return hash_password(password) if _hasher.check_needs_rehash(password_hash) else None


def _normal(password: str) -> str:
    """The same password typed on another keyboard may be composed differently."""
    return unicodedata.normalize("NFC", password)


NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4"
    "$WVeb6ekRqJkrFNq8WUKacQ$QyMwle2vdCZiTEKF2tvRC1W0vam8N1mozIOekzdfqvQ"
)
"""The hash of 256 random bits, checked where there is no such person: the answer takes as long.

Written down, since to make one takes a good part of the start of every process.
"""
