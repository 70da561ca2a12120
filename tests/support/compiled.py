"""Statements compiled once in a process, as they are by a server that runs for weeks.

SQLAlchemy keeps what it compiled with an engine, and each test opens one of its own: what it asks
would be compiled anew, which takes longer than asking it.
"""

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

MOST = 5000
"""Statements that are kept; an engine of its own keeps 500."""


def let_engines_share_statements() -> None:
    """Let all engines of this process that speak alike keep their compiled statements together."""
    dialects: dict[type[Dialect], Dialect] = {}
    statements: LRUCache[object, object] = LRUCache(MOST)

    @event.listens_for(Engine, "engine_connect")
    def _share(connection: Connection) -> None:
        own = connection.dialect
        # One with an isolation level of its own would give it to connections of others.
        if getattr(own, "_on_connect_isolation_level", None) is None:
            connection.dialect = dialects.setdefault(type(own), own)
            connection.execution_options(compiled_cache=statements)
