"""Alembic's entry: `app.db.engine.migrate` passes the address, `alembic` takes the settings'."""

from typing import Any

from alembic import context
from sqlalchemy import event

from app.db import Table
from app.db.engine import open_engine
from app.settings import settings

url = context.config.attributes.get("url") or settings().resolved_database_url
engine = open_engine(url)

if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def _let_tables_be_rebuilt(connection: Any, _record: object) -> None:
        """SQLite changes a table by building it anew: the old one goes while rows point to it."""
        connection.execute("PRAGMA foreign_keys=OFF")


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=True,
        user_module_prefix="",
    )
    with context.begin_transaction():
        context.run_migrations()
    if engine.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"The migration left a row of {broken[0]} that points to nothing.")
    connection.commit()
engine.dispose()
