"""`condyle serve`: the database brought up to date, a worker beside the server, and the pages."""

from collections.abc import Callable
from contextlib import nullcontext

import uvicorn

from app.accounts import rules as accounts
from app.db.engine import migrate, open_database
from app.main import create_app
from app.settings import Settings
from app.worker_process import WorkerProcess


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        settings: what to serve and where.
        say: told the address, and the first admin's one-time link where nobody can log in yet.
    """
    migrate(settings.resolved_database_url)
    database = open_database(settings.resolved_database_url)
    with database.begin() as session:
        link = accounts.first_admin_link(session, settings)
    if link:
        say(f"Nobody can log in yet. The first admin sets a password here, once:\n  {link}")
    say(f"Condyle is at {accounts.own_address(settings)}")
    with WorkerProcess(settings) if settings.embedded else nullcontext():
        uvicorn.run(
            create_app(settings),
            host=settings.host,
            port=settings.port,
            log_level="warning",
            timeout_graceful_shutdown=3,  # pages that follow a run stay open for minutes
        )
