"""`/healthz`, `/readyz` and `/metrics`: for load balancers and Prometheus, not for people."""

import hmac
import os

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from app.dependencies import CurrentSettings, Database, Store, bearer_of
from app.metrics import readiness
from app.metrics.figures import FiguresOf
from app.metrics.keys import SHARED
from app.metrics.requests import COUNTED
from app.security import Everybody

pages = APIRouter(include_in_schema=False, dependencies=[Everybody])


@pages.get("/healthz")
async def alive() -> PlainTextResponse:
    """Say that this process answers; nothing is looked at."""
    return PlainTextResponse("ok\n")


@pages.get("/readyz")
def ready(
    request: Request, database: Database, settings: CurrentSettings, store: Store
) -> JSONResponse:
    """Say whether this process can serve, and what does not answer where it cannot (503)."""
    known: readiness.Readiness = request.app.state.readiness
    found = known.ask(lambda: readiness.look(database, settings, store))
    good = readiness.is_ready(found)
    return JSONResponse({"ready": good, "looks": dict(found)}, 200 if good else 503)


@pages.get("/metrics")
def metrics(request: Request, database: Database, settings: CurrentSettings) -> Response:
    """Tell Prometheus what is counted, if it sends the key; without a key that is set, nobody."""
    key: bytes | None = request.app.state.metrics_key
    if key is None:
        return PlainTextResponse("No key is set for it (CONDYLE_METRICS_KEY).\n", 404)
    if not hmac.compare_digest(bearer_of(request).encode(), key):
        named = {"WWW-Authenticate": "Bearer"}
        return PlainTextResponse("Send the key as a bearer token.\n", 401, headers=named)
    told = CollectorRegistry()
    told.register(FiguresOf(request.app.state.metrics, database, settings.home))
    ProcessCollector(registry=told)
    return Response(_requests() + generate_latest(told), media_type=CONTENT_TYPE_LATEST)


def _requests() -> bytes:
    """Return what all web processes have counted, or this one where it is alone."""
    if SHARED not in os.environ:
        return generate_latest(COUNTED)
    together = CollectorRegistry()
    MultiProcessCollector(together)
    return generate_latest(together)
