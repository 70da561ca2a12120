"""Where webhooks may be sent: public addresses over https, and what an admin has listed."""

import ipaddress
from collections.abc import Iterable, Sequence

from app import errors
from app.outgoing.address import Network, Server, Unusable, is_number, is_public, is_within, parse
from app.settings import Settings
from app.texts import _, noop

SETTING = "CONDYLE_WEBHOOK_NETWORKS"
WHY = {
    "it cannot be read": noop("it cannot be read"),
    "it does not begin with http:// or https:// and a host": noop(
        "it does not begin with http:// or https:// and a host"
    ),
    "it holds a name or a password": noop("it holds a name or a password"),
    "it holds more than a host, a port and a path": noop(
        "it holds more than a host, a port and a path"
    ),
}
"""What can be wrong with an address, in the words of `app.outgoing.address.parse`."""


def listed(settings: Settings) -> tuple[Network, ...]:
    """Return the networks that an admin has listed.

    Raises:
        errors.Refused: the setting cannot be read.
    """
    names = [name.strip() for name in settings.webhook_networks.split(",") if name.strip()]
    try:
        return tuple(ipaddress.ip_network(name) for name in names)
    except ValueError as error:
        raise errors.Refused(
            _("The list of networks cannot be read."),
            SETTING,
            _("Write it like 10.0.0.5, 192.168.7.0/24, and start web and workers again."),
        ) from error


def read(url: str, networks: Iterable[Network]) -> Server:
    """Return the server of an address that may be told something; a name is not looked up yet.

    Args:
        url: as somebody typed it.
        networks: that are listed.

    Raises:
        errors.Refused: it is no address, or nothing may be sent there.
    """
    try:
        server = parse(url)
    except Unusable as error:
        raise errors.Refused(
            _("The address cannot be used: {why}.", why=_(WHY[str(error)])),
            "address",
            _("Write it like https://server.example/path."),
        ) from error
    if is_number(server.host) and not allows(server, [server.host], networks):
        raise errors.Refused(
            _("Nothing may be sent to this address."),
            str(server),
            _(
                "Use https and a public address, or have whoever runs Condyle list the address in "
                "{setting}.",
                setting=SETTING,
            ),
        )
    return server


def allows(server: Server, numbers: Sequence[str], networks: Iterable[Network]) -> bool:
    """Tell whether something may be sent to all IP addresses of a server.

    Args:
        server: by name or by number.
        numbers: what its name leads to.
        networks: that are listed.
    """
    known = tuple(networks)
    encrypted = server.scheme == "https"
    return bool(numbers) and all(
        is_within(number, known) or (encrypted and is_public(number)) for number in numbers
    )
