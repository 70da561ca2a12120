"""Where another machine is, and in which network: what every rule of where data may go is made of.

A name is resolved once for each connection, what it resolves to is checked, and the connection is
made to what was checked: a name that changes its mind in between leads nowhere else.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*written: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in written)


PRIVATE = _networks(
    *("127.0.0.0/8", "::1/128"),  # loopback: RFC 1122, RFC 4291
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
    "fc00::/7",  # RFC 4193
)
"""Networks that lead to this machine or stay in the house. Link-local is not among them: machines
of cloud providers tell secrets at such an address."""
ROUTED_6 = ipaddress.ip_network("2000::/3")
"""All of IPv6 that the internet routes, RFC 4291."""
TUNNELS = _networks("2001::/32", "2002::/16")
"""Of these, what leads to an IPv4 address within: Teredo (RFC 4380) and 6to4 (RFC 3056)."""
PORTS = {"http": 80, "https": 443}
PATH = re.compile(r"[!-~]*")


class Unusable(ValueError):
    """A text is no address of a server, or holds more than that; its own text says why."""


@dataclass(frozen=True)
class Server:
    """A place on a server.

    Attributes:
        scheme: `http` or `https`.
        host: a name or an IP address, without brackets.
        port: of TCP.
        path: on the server.
    """

    scheme: str
    host: str
    port: int
    path: str

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def parse(url: str) -> Server:
    """Read an address; nothing is looked up.

    Args:
        url: http or https, with a host, and with a port and a path or without.

    Raises:
        Unusable: it is none, or holds a name, a password, a query or a fragment.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Unusable("it cannot be read") from error
    if parts.scheme not in PORTS or not host:
        raise Unusable("it does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise Unusable("it holds a name or a password")
    if parts.query or parts.fragment or not PATH.fullmatch(parts.path):
        raise Unusable("it holds more than a host, a port and a path")
    return Server(parts.scheme, host, port, parts.path)


def resolve(server: Server) -> list[str]:
    """Return the IP addresses of a server, in the resolver's order.

    Raises:
        OSError, UnicodeError: the name is unknown.
    """
    found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_number(host: str) -> bool:
    """Tell whether a host is an IP address and no name."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def is_within(number: str, networks: Iterable[Network]) -> bool:
    """Tell whether an IP address is in one of some networks.

    Args:
        number: IPv4 or IPv6; IPv4 within IPv6 counts as what it is, a zone is passed over.
        networks: of either version.
    """
    found = _read(number)
    return any(found in network for network in networks if found.version == network.version)


def is_private(number: str) -> bool:
    """Tell whether an IP address is loopback or private."""
    return is_within(number, PRIVATE)


def is_public(number: str) -> bool:
    """Tell whether the internet routes an IP address, and to a machine of its own.

    Not everything that is not private: link-local, shared and reserved addresses are neither.
    """
    found = _read(number)
    if found.version == 6 and (found not in ROUTED_6 or is_within(number, TUNNELS)):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def may_hear(server: Server, numbers: Iterable[str]) -> bool:
    """Tell whether what is nobody else's business may go to all IP addresses of a server.

    To loopback and private addresses it may, over https to public ones as well, and to link-local
    or reserved ones never.
    """
    encrypted = server.scheme == "https"
    return all(is_private(each) or (encrypted and is_public(each)) for each in numbers)


def _read(number: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(number.partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found
