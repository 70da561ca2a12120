"""Where a provider may be: https anywhere but for link-local, or this machine without it."""

from collections.abc import Sequence

from app import errors
from app.outgoing.address import PRIVATE, Server, Unusable, is_private, is_public, is_within, parse
from app.texts import _

ISSUER = "CONDYLE_OIDC_ISSUER"
LOOPBACK = PRIVATE[:2]


def read(address: str, where: str) -> Server:
    """Return the server of an address; a name is not looked up yet.

    Args:
        address: of a provider.
        where: which setting is to be mended.

    Raises:
        errors.Refused: it is no address of a server, or holds more than that.
    """
    try:
        return parse(address)
    except Unusable as error:
        raise errors.Refused(
            _("The address of the hospital's log-in cannot be used."),
            where,
            _("Write it like https://login.hospital.example/realms/staff."),
        ) from error


def allowed(server: Server, numbers: Sequence[str], at_home: Sequence[str]) -> bool:
    """Tell whether something may be sent to all IP addresses of a server.

    Args:
        server: one of the provider's.
        numbers: what its name leads to.
        at_home: what the issuer's leads to. What is on the internet names nothing in the house.
    """
    inside = all(is_private(number) for number in at_home)
    if server.scheme == "http":
        return bool(numbers) and all(is_within(each, LOOPBACK) for each in (*numbers, *at_home))
    return bool(numbers) and all(
        is_public(number) or (inside and is_private(number)) for number in numbers
    )
