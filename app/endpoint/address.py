"""Where a language model is, and whether reports may be sent there.

A name is resolved once for each connection, what it resolves to is checked, and the connection is
made to what was checked: a name that changes its mind in between leads nowhere else.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.endpoint.errors import Unreachable
from app.errors import Refused

PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("127.0.0.0/8", "::1/128"),  # loopback: RFC 1122, RFC 4291
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
        "fc00::/7",  # RFC 4193
    )
)
"""Networks that lead to this machine or stay in the house. Link-local is not among them: machines
of cloud providers tell secrets at such an address."""
COMPLETIONS = "/chat/completions"
PORTS = {"http": 80, "https": 443}
PATH = re.compile(r"[!-~]*")
URL = "CONDYLE_LLM_URL"


@dataclass(frozen=True)
class Address:
    """An endpoint's address.

    Attributes:
        scheme: `http` or `https`.
        host: a name or an IP address, without brackets.
        port: of TCP.
        path: of chat completions.
        public: whether an admin allows public addresses.
    """

    scheme: str
    host: str
    port: int
    path: str
    public: bool

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    def resolved(self) -> list[str]:
        """Return the IP addresses to connect to, in the resolver's order.

        Raises:
            Unreachable: the name is unknown, or one of its addresses may not be sent reports.
        """
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                "The address of the language model is not known.",
                str(self),
                f"Check the name in {URL}.",
            ) from error
        numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.allows(numbers):
            raise Unreachable(
                "The address of the language model is neither loopback nor private:"
                " no report was sent.",
                str(self),
                "Use a server in the house (for this machine: 127.0.0.1). An admin who may send"
                " masked reports elsewhere sets CONDYLE_LLM_PUBLIC=1 and an https address.",
                lasting=True,
            )
        return numbers

    def allows(self, numbers: list[str]) -> bool:
        """Tell whether reports may be sent to all of some IP addresses."""
        encrypted = self.public and self.scheme == "https"
        return encrypted or all(is_private(number) for number in numbers)


def is_private(number: str) -> bool:
    """Tell whether an IP address is loopback or private.

    Args:
        number: IPv4 or IPv6; IPv4 within IPv6 counts as what it is, a zone is passed over.
    """
    found = ipaddress.ip_address(number.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    return any(inner in network for network in PRIVATE if inner.version == network.version)


def parse(url: str, public: bool) -> Address:
    """Read the setting `CONDYLE_LLM_URL`.

    Args:
        url: http or https, with or without `/v1` and `/chat/completions`.
        public: whether an admin allows public addresses.

    Returns:
        The address; nothing is looked up yet.

    Raises:
        Refused: it is no address of a server, or holds more than that.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise _unusable("it cannot be read") from error
    if parts.scheme not in PORTS or not host:
        raise _unusable("it does not begin with http:// or https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise _unusable("it holds a name or a password; CONDYLE_LLM_KEY is the place for a key")
    if parts.query or parts.fragment or not PATH.fullmatch(parts.path):
        raise _unusable("it holds more than a host, a port and a path")
    path = parts.path.rstrip("/")
    if not path.endswith(COMPLETIONS):
        path = (path or "/v1") + COMPLETIONS
    return Address(parts.scheme, host, port, path, public)


def _unusable(why: str) -> Refused:
    return Refused(
        f"The address of the language model cannot be used: {why}.",
        URL,
        "Write it like http://127.0.0.1:11434/v1.",
    )
