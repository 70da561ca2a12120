"""A span for each request: method, route as it is declared, and status; no address, no query."""

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metrics.requests import METHODS, route_of

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


class Tracing:
    """ASGI middleware: a request is a span, and what the database is asked meanwhile is below it.

    Each request begins a trace: what a browser or a proxy says of one of theirs is not taken over.
    """

    def __init__(self, app: ASGIApp, tracer: "Tracer") -> None:
        self.app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode

        method = scope["method"] if scope["method"] in METHODS else "other"
        with self._tracer.start_as_current_span(
            method, kind=SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:

            async def note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route, status = route_of(scope), int(message["status"])
                    span.update_name(f"{method} {route}")
                    span.set_attribute("http.request.method", method)
                    span.set_attribute("http.route", route)
                    span.set_attribute("http.response.status_code", status)
                    if status >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, note)
