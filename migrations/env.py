"""Alembic's entry: `app.db.engine.migrate` passes the address, `alembic` takes the settings'."""

from alembic import context

from app.db import Table
from app.db.engine import open_engine
from app.settings import settings

url = context.config.attributes.get("url") or settings().resolved_database_url
engine = open_engine(url)
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        render_as_batch=True,
        user_module_prefix="",
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
engine.dispose()
