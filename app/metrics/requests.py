"""Requests, counted by route and status: no address, no name and no number of an image is kept."""

from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""In seconds."""
COUNTED = CollectorRegistry()
REQUESTS = Counter(
    "condyle_requests",
    "Requests that were answered, by method, route as it is declared, and status.",
    ("method", "route", "status"),
    registry=COUNTED,
)
SECONDS = Histogram(
    "condyle_request_seconds",
    "Seconds from a request to the beginning of its answer.",
    ("route",),
    buckets=BUCKETS,
    registry=COUNTED,
)


class Counting:
    """ASGI middleware: counts each request where its answer begins.

    A page that follows a run stays open for minutes; only how long it took to begin is told.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = perf_counter()

        async def count(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = route_of(scope)
                method = scope["method"] if scope["method"] in METHODS else "other"
                REQUESTS.labels(method, route, str(message["status"])).inc()
                SECONDS.labels(route).observe(perf_counter() - began)
            await send(message)

        await self.app(scope, receive, count)


def route_of(scope: Scope) -> str:
    """Return the path of a request's route as it is declared: `/images/{image_id}/history`.

    What nobody declared is one route, `none`: addresses that strangers make up are not kept.
    """
    if (route := scope.get("route")) is not None:
        return str(route.path)
    return "/static" if scope["path"].startswith("/static/") else "none"
