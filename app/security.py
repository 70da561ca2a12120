"""What every answer carries, and what every change must prove about where it came from."""

import secrets
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors, tokens
from app.audit import origins
from app.settings import Settings
from app.texts import _

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_LINES = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
_NAMES = frozenset(name for name, _value in _LINES)

LONGEST_AGENT = 300
TOKEN_NAMES = frozenset(
    {"token", "access_token", "api_token", "auth_token", "api_key", "apikey", "authorization"}
)
"""What tokens in an address are called (RFC 6750, 2.3, and custom)."""
HTTPS_ONLY = "max-age=31536000"
"""A year (RFC 6797). Subdomains are left out: they are other people's servers."""


class SecurityHeaders:
    """ASGI middleware: adds the headers, and keeps answers out of caches unless a route says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add headers where its answer starts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        static = scope["path"].startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [each for each in message["headers"] if each[0] not in _NAMES]
                message["headers"] = others + _LINES
                headers = MutableHeaders(scope=message)
                if uses_tls(scope["app"].state.settings):
                    headers["Strict-Transport-Security"] = HTTPS_ONLY
                headers.setdefault("Cache-Control", "no-cache" if static else "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class KnownOrigin:
    """ASGI middleware: what a request does is recorded with the address it came from."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        host, _port = scope.get("client") or ("", 0)
        with origins.asked_from(host, _agent(scope)):
            await self.app(scope, receive, send)


def _agent(scope: Scope) -> str:
    named: bytes = dict(scope.get("headers") or ()).get(b"user-agent", b"")
    return named[:LONGEST_AGENT].decode("ascii", "replace")


async def no_token_in_address(request: Request) -> None:
    """Refuse a token in the address, which browsers, proxies and logs keep.

    Raises:
        errors.Refused: a value of the address is one, or is called so.
    """
    for name, value in request.query_params.multi_items():
        if tokens.is_token(value) or name.lower() in TOKEN_NAMES:
            raise errors.Refused(
                _("A token must not be in the address: others can read it there."),
                _("the address"),
                _("Revoke this token, and send the next one in the header Authorization."),
            )


async def same_site(request: Request) -> None:
    """Refuse a change that another site's page sent, which is how log-in forms are protected.

    Browsers name the page a change came from in `Sec-Fetch-Site` and `Origin`; programs that are
    no browser send neither, and hold no cookie that could be misused.

    Raises:
        errors.Forbidden: the request is not from a page of this server.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    settings: Settings = request.app.state.settings
    own = {request.headers.get("host"), _host(settings.public_url)} - {None, ""}
    foreign = origin is not None and _host(origin) not in own
    if foreign or site not in {"same-origin", "none"}:
        raise errors.Forbidden(
            _("This change was sent from another site's page."),
            "Origin",
            _("Open Condyle's own page and do it there."),
        )


def _host(address: str) -> str:
    """Return the host and port of an address; an empty string where it is none (RFC 6454)."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


async def open_to_everybody() -> None:
    """Be the rule of a route that nobody has to log in for."""


Everybody = Depends(open_to_everybody)
"""`dependencies=[Everybody]` of a route: anyone may use it."""


async def sent_csrf_token(request: Request) -> str:
    """Return the CSRF token of the header `X-CSRF-Token` or the form field `csrf_token`."""
    header = request.headers.get("x-csrf-token")
    if header is not None or request.method in SAFE_METHODS:
        return header or ""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        return ""
    value = (await request.form()).get("csrf_token")
    return value if isinstance(value, str) else ""


def require_csrf(request: Request, expected: str, sent: str) -> None:
    """Refuse a change whose token is not the log-in's own.

    Raises:
        errors.Forbidden: the token is missing or wrong.
    """
    if request.method not in SAFE_METHODS and not secrets.compare_digest(
        expected.encode(), sent.encode()
    ):
        raise errors.Forbidden(
            _("This page is out of date: it belongs to an earlier log-in."),
            "csrf_token",
            _("Reload the page and try again."),
        )


def own_cookie(settings: Settings, name: str) -> str:
    """Return a cookie's name; `__Host-` binds it to this host where there is TLS."""
    return f"__Host-{name}" if uses_tls(settings) else name


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name."""
    return own_cookie(settings, "condyle")


def set_cookie(answer: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    """Give a browser a cookie that no script reads and no form of another site sends.

    Args:
        answer: what is given with it.
        settings: say whether there is TLS.
        name: as `own_cookie` returns it.
        value: what it holds.
        seconds: how long it lasts.
    """
    answer.set_cookie(
        name, value, max_age=seconds, secure=uses_tls(settings), httponly=True, samesite="lax"
    )


def drop_cookie(answer: Response, settings: Settings, name: str) -> None:
    """Have a browser forget a cookie that `set_cookie` gave it."""
    answer.delete_cookie(name, secure=uses_tls(settings), httponly=True)


def uses_tls(settings: Settings) -> bool:
    """Whether people reach the server by https."""
    return settings.public_url.startswith("https://")
