"""How often a program may ask: requests a minute with one token.

Where the broker is Redis, it counts for all web processes; elsewhere each counts for itself, and
allows its share of the limit, rounded up.
"""

import logging
import time
from math import ceil
from typing import NamedTuple

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import errors
from app.settings import Settings
from app.texts import _

log = logging.getLogger(__name__)

POLICY = "token"
"""What the policy is called in the fields of an answer."""
PATIENCE_SECONDS = 1.0
"""How long Redis is waited for."""
ALONE_SECONDS = 30.0
"""For how long a process counts by itself after Redis did not answer."""


class Rate(NamedTuple):
    """How much a token has asked in the minute that began with its first request.

    Attributes:
        limit: requests a minute; where this process counts for itself, its share of them.
        left: of these; after a request beyond the limit, none.
        seconds: until the minute is over.
        beyond: whether this request is one too many.
    """

    limit: int
    left: int
    seconds: int
    beyond: bool


class Rates:
    """Counts requests by token.

    Args:
        settings: with the limit and the broker.
    """

    def __init__(self, settings: Settings) -> None:
        most = settings.api_requests_per_minute
        self._limit = RateLimitItemPerMinute(most) if most else None
        self._share = RateLimitItemPerMinute(max(1, ceil(most / settings.web_processes)))
        self._alone = FixedWindowRateLimiter(MemoryStorage())
        self._together: FixedWindowRateLimiter | None = None
        self._alone_until = float("-inf")
        if self._limit and settings.broker_url.startswith(("redis:", "rediss:")):
            storage = RedisStorage(
                settings.broker_url,
                wrap_exceptions=True,
                socket_connect_timeout=PATIENCE_SECONDS,
                socket_timeout=PATIENCE_SECONDS,
            )
            self._together = FixedWindowRateLimiter(storage)

    def count(self, token: str) -> Rate | None:
        """Count a request; None where nothing is limited. A Redis that is away stops nobody.

        Args:
            token: its reference.
        """
        if self._limit is None:
            return None
        if self._together and time.monotonic() >= self._alone_until:
            try:
                return _counted(self._together, self._limit, token)
            except StorageError as error:
                self._alone_until = time.monotonic() + ALONE_SECONDS
                log.warning("Redis does not count requests (%s)", type(error.__cause__).__name__)
        return _counted(self._alone, self._share, token)


class RateHeaders:
    """ASGI middleware: says with each answer to a token what is left of its minute.

    The fields are those of draft-ietf-httpapi-ratelimit-headers-10.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the fields where its answer starts."""

        async def send_with_fields(message: Message) -> None:
            rate: Rate | None = scope.get("state", {}).get("rate")
            if rate is not None and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = f'"{POLICY}";q={rate.limit};w=60'
                headers["RateLimit"] = f'"{POLICY}";r={rate.left};t={rate.seconds}'
            await send(message)

        await self.app(scope, receive, send_with_fields)


def require(rate: Rate | None) -> None:
    """Refuse a request beyond the limit.

    Raises:
        errors.TooMany: it is.
    """
    if rate is not None and rate.beyond:
        raise errors.TooMany(
            _(
                "This token asks too often: {limit} requests a minute are allowed.",
                limit=rate.limit,
            ),
            "",
            _("Wait until the minute is over, and ask less often."),
            rate.seconds,
        )


def _counted(limiter: FixedWindowRateLimiter, limit: RateLimitItemPerMinute, token: str) -> Rate:
    beyond = not limiter.hit(limit, token)
    minute = limiter.get_window_stats(limit, token)
    seconds = max(1, round(minute.reset_time - time.time()))
    return Rate(limit.amount, minute.remaining, seconds, beyond)
