"""Where a log-in comes from: an address, and a browser that people have logged in with before.

A browser is given a signed cookie at each log-in. It lets nobody in; it says that failures of
strangers are not this browser's, nor those of this browser anybody else's (the device cookies of
OWASP's "Slow Down Online Guessing Attacks with Device Cookies").
"""

import hashlib
import hmac
import ipaddress
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import HTTPConnection

from app.imaging import pseudonyms
from app.security import own_cookie
from app.settings import Settings

COOKIE = "condyle-browser"
DAYS = 180
MOST_PEOPLE = 50
"""Who share one browser; whoever logged in longest ago is forgotten first."""


@dataclass(frozen=True)
class Browser:
    """A browser that people have logged in with: a random number, and their numbers."""

    number: str
    people: tuple[int, ...] = ()

    def after(self, user_id: int) -> "Browser":
        """Return what is known of it once a person has logged in."""
        others = [each for each in self.people if each != user_id]
        return Browser(self.number, (*others, user_id)[-MOST_PEOPLE:])


@dataclass(frozen=True)
class Visitor:
    """Who knocks: the address, and the browser where it is known."""

    address: str
    browser: Browser | None

    def source(self, user_id: int) -> str:
        """Return what failures to log in as a person are counted against."""
        if self.browser and user_id in self.browser.people:
            return f"browser {self.browser.number}"
        return f"address {self.address}"

    def source_of_codes(self, user_id: int) -> str:
        """Return what wrong codes are counted against.

        Addresses make no difference: whoever is asked for a code knows the password already, and
        a million codes are too few for somebody who has many addresses.
        """
        if self.browser and user_id in self.browser.people:
            return f"codes of browser {self.browser.number}"
        return "codes"


def key_of(home: Path) -> bytes:
    """Return the key of the cookies, made from the installation's own: 32 bytes."""
    return hmac.new(pseudonyms.load_key(home), b"known browsers", hashlib.sha256).digest()


def visitor(request: HTTPConnection, settings: Settings, key: bytes) -> Visitor:
    """Return who sent a request.

    The address is the connection's, or what a proxy says that uvicorn was told to trust.
    """
    cookie = request.cookies.get(own_cookie(settings, COOKIE), "")
    return Visitor(_network(request.client.host if request.client else ""), read(cookie, key))


def read(cookie: str, key: bytes) -> Browser | None:
    """Return the browser a cookie names; None where it is missing, too old, or not signed by us."""
    payload, _, signature = cookie.rpartition(".")
    if not secrets.compare_digest(signature.encode(), _signature(payload, key).encode()):
        return None
    number, until, people = payload.split(".")
    if int(until) < time.time():
        return None
    return Browser(number, tuple(int(each) for each in people.split("-")))


def write(browser: Browser, key: bytes) -> str:
    """Return the cookie of a browser."""
    until = int(time.time()) + DAYS * 24 * 3600
    payload = f"{browser.number}.{until}.{'-'.join(str(each) for each in browser.people)}"
    return f"{payload}.{_signature(payload, key)}"


def new_browser() -> Browser:
    """Return a browser that nobody has logged in with yet."""
    return Browser(secrets.token_hex(16))


def _signature(payload: str, key: bytes) -> str:
    return hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()


def _network(host: str) -> str:
    """An IPv6 address is counted by its /64: whoever has one has all the others of it."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)
