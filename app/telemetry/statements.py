"""A span for each statement that a request sends to the database: its SQL, never its values."""

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

OPEN = "condyle spans"


def trace_statements(engine: Engine, tracer: "Tracer") -> None:
    """Have each statement within a span be one below it.

    Values travel beside the statement, which has placeholders for them; an error's words, which
    may quote a value, are left out.

    Args:
        engine: whose statements.
        tracer: begins the spans.
    """
    from opentelemetry.trace import SpanKind, StatusCode, get_current_span

    kind = engine.dialect.name

    @event.listens_for(engine, "before_cursor_execute")
    def _begin(connection: Connection, _cursor: Any, statement: str, *_about: Any) -> None:
        open_spans = connection.info.setdefault(OPEN, [])
        if not get_current_span().is_recording():
            open_spans.append(None)
            return
        said = {"db.system.name": kind, "db.query.text": statement}
        name = statement.split(maxsplit=1)[0].upper()
        open_spans.append(tracer.start_span(name, kind=SpanKind.CLIENT, attributes=said))

    @event.listens_for(engine, "after_cursor_execute")
    def _end(connection: Connection, *_about: Any) -> None:
        if span := connection.info[OPEN].pop():
            span.end()

    @event.listens_for(engine, "handle_error")
    def _fail(about: ExceptionContext) -> None:
        open_spans = about.connection.info.get(OPEN) if about.connection else None
        if open_spans and (span := open_spans.pop()):
            span.set_status(StatusCode.ERROR)
            span.end()
