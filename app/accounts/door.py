"""The door that log-ins come through: too many are sent away before they cost anything.

A log-in takes a thread, the database and 64 MiB for a while. How many may come from one address and
from all is counted in this process's memory; a browser that somebody logged in with before is
counted by itself, so that a crowd of strangers does not keep readers out.
"""

import asyncio
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from fastapi.responses import Response
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Receive, Scope, Send

from app import errors
from app.accounts import browsers
from app.pages import render
from app.problems import answer
from app.texts import _

LONGEST_PAUSE = 5.0
"""Seconds that an answer to one sent away is held back at most, so that whoever asks again at once
must wait. It is a random part of it: a crowd that came together does not come back together."""
MOST_PAUSED = 2000
"""Held back at once; any more are answered immediately."""
ASK_FOR_A_PASSWORD = {
    "/login",
    "/login/code",
    "/api/v1/login",
    "/password",
    "/access/tokens",
    "/api/v1/tokens",
    "/second-factor",
    "/second-factor/off",
    "/second-factor/recovery-codes",
}
FROM_THE_PROVIDER = {"/login/provider/back"}
THREADS = 2
MOST_WAITING = 30

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Queue:
    """Threads of their own for what compares or makes a hash, and a bounded queue before them.

    The pool that answers everything else never waits for a log-in.
    """

    def __init__(self) -> None:
        self._threads = CapacityLimiter(THREADS)
        self._inside = 0

    async def run(
        self,
        function: Callable[Parameters, Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        """Run a function in one of the threads and return what it returns.

        Raises:
            errors.TooMany: the queue is full.
        """
        if self._inside >= THREADS + MOST_WAITING:
            raise _too_many(1)
        self._inside += 1
        try:
            call = partial(function, *args, **kwargs)
            return await to_thread.run_sync(call, limiter=self._threads)
        finally:
            self._inside -= 1


class LogInDoor:
    """ASGI middleware: answers 429 to log-ins beyond the limits, before their body is read.

    Args:
        app: what it stands before.
        key: of the cookies that known browsers send.
        per_address: log-ins a minute from one address, and from one known browser.
        together: log-ins a minute from all addresses.
    """

    def __init__(self, app: ASGIApp, key: bytes, per_address: int, together: int) -> None:
        self.app, self.key = app, key
        self.per_address = RateLimitItemPerMinute(per_address)
        self.together = RateLimitItemPerMinute(together)
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.paused = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or send it away."""
        if scope["type"] != "http" or not _sets_or_tries(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
            return
        seconds = await self._seconds_to_wait(Request(scope))
        if seconds == 0:
            await self.app(scope, receive, send)
            return
        await self._hold_back()
        await _sent_away(Request(scope), seconds)(scope, receive, send)

    async def _seconds_to_wait(self, request: Request) -> int:
        visitor = browsers.visitor(request, request.app.state.settings, self.key)
        if visitor.browser:
            return await self._count(self.per_address, f"browser {visitor.browser.number}")
        return await self._count(self.per_address, f"address {visitor.address}") or (
            await self._count(self.together, "everybody")
        )

    async def _count(self, limit: RateLimitItemPerMinute, what: str) -> int:
        if await self.limiter.hit(limit, what):
            return 0
        window = await self.limiter.get_window_stats(limit, what)
        return max(1, round(window.reset_time - time.time()))

    async def _hold_back(self) -> None:
        if self.paused >= MOST_PAUSED:
            return
        self.paused += 1
        try:
            await asyncio.sleep(random.uniform(0.2, 1) * LONGEST_PAUSE)
        finally:
            self.paused -= 1


def _sets_or_tries(method: str, path: str) -> bool:
    if path in FROM_THE_PROVIDER:
        return True
    return method == "POST" and (path in ASK_FOR_A_PASSWORD or path.startswith("/welcome/"))


def _too_many(seconds: int) -> errors.TooMany:
    return errors.TooMany(
        _("Too many people are trying to log in at the moment."),
        "",
        _("Wait a minute, then try again."),
        seconds,
    )


def _sent_away(request: Request, seconds: int) -> Response:
    error = _too_many(seconds)
    if request.scope["path"] != "/login":
        return answer(request, 429, error)
    # Not asked of the database: this answer must cost next to nothing.
    request.state.generated = False
    context: dict[str, Any] = {"next": "/", "error": error, "name": ""}
    page = render(request, "accounts/login.html", None, status=429, **context)
    page.headers["Retry-After"] = str(seconds)
    return page
