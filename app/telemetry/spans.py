"""Where spans go: to the collector that is set, by OpenTelemetry's own SDK, which is an extra."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from app import errors
from app.checks import Check, refused
from app.outgoing.address import Unusable, parse
from app.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

SETTING = "CONDYLE_TRACES_TO"
LAST_SECONDS = 2
"""How long a process that ends waits for the last spans to be sent; the SDK would wait for 30."""


def tracer_of(settings: Settings, process: str) -> "Tracer | None":
    """Return what begins spans in this process; None where no collector is set.

    They are sent in batches by a thread of its own; a collector that is away costs those spans, and
    a process that ends `LAST_SECONDS`.
    `OTEL_*` in the environment says the rest, as OpenTelemetry documents it.

    Args:
        settings: with the collector's address.
        process: what it is called there, as `condyle-web`.

    Raises:
        errors.Refused: the address is none, or nothing is installed that speaks with it.
    """
    if not settings.traces_to:
        return None
    address = _address(settings)
    # An extra, which only this needs.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {"service.name": process, "service.version": version("condyle")}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    batches = BatchSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces"))
    provider.add_span_processor(batches)
    # The SDK has no public way to say how long its end may take.
    atexit.register(batches._batch_processor.shutdown, 1000 * LAST_SECONDS)
    return provider.get_tracer("condyle")


@contextmanager
def work(tracer: "Tracer | None", what: str, number: int, queue: str) -> Iterator[None]:
    """Have a worker's work be one span: `run` or `part`, its number, and the queue it came by."""
    if tracer is None:
        yield
        return
    said: dict[str, str | int] = {f"condyle.{what}": number, "condyle.queue": queue}
    with tracer.start_as_current_span(
        what, attributes=said, record_exception=False, set_status_on_exception=False
    ):
        yield


def examine(settings: Settings) -> Iterator[Check]:
    """Look at where spans go, for `condyle doctor`; the collector is not asked."""
    if not settings.traces_to:
        return
    try:
        yield Check(True, f"Traces go to {_address(settings)}.")
    except errors.Refused as error:
        yield refused(error)


def _address(settings: Settings) -> str:
    if not _is_installed():
        raise errors.Refused(
            "This installation cannot send traces.", SETTING, "Install condyle[telemetry]."
        )
    try:
        parse(settings.traces_to)
    except Unusable as error:
        raise errors.Refused(
            f"This is no address of a collector: {error}.",
            SETTING,
            "Give it as http://collector:4318, without a name and a password: "
            "OTEL_EXPORTER_OTLP_HEADERS holds what it asks for.",
        ) from error
    return settings.traces_to.strip().rstrip("/")


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False
