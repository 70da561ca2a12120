"""`condyle serve`: the database brought up to date, a worker beside the server, and the pages."""

import os
import socket
from collections.abc import Callable
from contextlib import nullcontext

import uvicorn
from uvicorn.supervisors import Multiprocess

from app import privacy, texts
from app.accounts import first_admin, links
from app.db.engine import migrate, open_database
from app.settings import Settings
from app.settings import settings as settings_of_the_process
from app.worker_process import WorkerProcess

APPLICATION = "app.main:create_app"


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until told to stop.

    Args:
        settings: what to serve and where.
        say: told the address, and the first admin's one-time link where no admin can log in yet.

    Raises:
        errors.Refused: there are no texts in the language that is set.
    """
    texts.language(settings.language)
    privacy.keep_to_the_owner(settings)
    migrate(settings.resolved_database_url)
    database = open_database(settings.resolved_database_url)
    with database.begin() as session:
        link = first_admin.link(session, settings)
    database.kw["bind"].dispose()
    if link:
        say("No admin can log in yet. The first one chooses a name and a password here, once:")
        say(f"  {link}")
    say(f"Condyle is at {links.own_address(settings)}")
    # What each web process reads; this one may be the only one, and has read others already.
    os.environ.update(settings.as_environment())
    settings_of_the_process.cache_clear()
    with WorkerProcess(settings) if settings.embedded else nullcontext():
        answer(APPLICATION, settings.host, settings.port, settings.web_processes)


def answer(application: str, host: str, port: int, processes: int) -> None:
    """Answer requests until told to stop.

    Args:
        application: import string of what returns the application, `module:function`.
        host: address to listen on.
        port: to listen on.
        processes: how many to answer with.
    """
    config = uvicorn.Config(
        application,
        factory=True,
        host=host,
        port=port,
        workers=processes,
        log_level="warning",
        timeout_graceful_shutdown=3,  # pages that follow a run stay open for minutes
    )
    listener = config.bind_socket()
    # asyncio sets it on connections only where the listener names its protocol, which uvicorn's
    # does not when several processes share it (uvicorn#3149): a small answer then waits 40 ms for
    # the browser's delayed acknowledgement. Connections inherit it from the listener.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if processes == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()
