"""What a provider's token says, and whether it is to be believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from app import errors
from app.texts import _

LEEWAY_SECONDS = 60
"""By how much its clock may be wrong."""


class Untrue(errors.Forbidden):
    """What was said in the provider's name is not to be believed."""


@dataclass(frozen=True)
class Asked:
    """What somebody who was sent to the provider has to come back with.

    Attributes:
        state: comes back in the address.
        nonce: comes back in the signed token.
        verifier: of PKCE: shows that it was we who asked (RFC 7636).
    """

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Said:
    """What a provider has said of somebody, and signed.

    Attributes:
        subject: who it is, for ever; unique with the issuer alone.
        name: what they are called, or an empty string.
        groups: which they are in.
    """

    subject: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Expected:
    """What a token must hold to be meant for us, now: issuer, audience and nonce."""

    issuer: str
    client: str
    nonce: str


def believed(claims: Mapping[str, Any], expected: Expected, groups_claim: str) -> Said:
    """Return what a token says whose signature was right.

    Args:
        claims: of the token.
        expected: what it must hold.
        groups_claim: which claim names the groups.

    Raises:
        Untrue: it is too old, another's, for another, or was not asked for by this browser.
    """
    rules = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": expected.nonce},
    )
    try:
        rules.validate(dict(claims))
    except JoseError as error:
        raise untrue() from error
    audience, party = claims["aud"], claims.get("azp", expected.client)
    alone = isinstance(audience, str) or len(audience) == 1 or "azp" in claims
    if party != expected.client or not alone:
        raise untrue()
    named = claims.get("preferred_username") or claims.get("name") or ""
    return Said(str(claims["sub"]), str(named), _groups(claims.get(groups_claim)))


def untrue() -> Untrue:
    """Return what is said where somebody came back with something else than was asked for."""
    return Untrue(
        _("This log-in cannot be trusted: it is too old, was used, or is not for Condyle."),
        "",
        _("Begin again on the page of the log-in."),
    )


def _groups(claim: object) -> frozenset[str]:
    """Providers write one group as a text, some with a slash before it."""
    found = [claim] if isinstance(claim, str) else claim if isinstance(claim, list) else []
    return frozenset(str(each).removeprefix("/") for each in found)
