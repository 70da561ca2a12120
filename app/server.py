"""`condyle serve`: the database brought up to date, a worker beside the server, and the pages."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from multiprocessing.process import BaseProcess

import uvicorn
from uvicorn.config import LOGGING_CONFIG
from uvicorn.supervisors import Multiprocess

from app import errors, logs, privacy, texts
from app.accounts import first_admin, links
from app.db import planner
from app.db.engine import migrate, open_database
from app.metrics.keys import counting_together, metrics_key
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
        errors.Refused: there are no texts in the language that is set, the key of the metrics is
            none, or the port is taken.
    """
    texts.language(settings.language)
    metrics_key(settings)
    privacy.keep_to_the_owner(settings)
    listener = listen(settings.host, settings.port)
    migrate(settings.resolved_database_url)
    database = open_database(settings.resolved_database_url)
    planner.refresh(database)
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
    # uvicorn sends itself the signal again when it has ended: what is beside it ends then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    beside = WorkerProcess(settings) if settings.embedded else nullcontext()
    with beside, counting_together(settings.web_processes):
        answer(APPLICATION, listener, settings.web_processes)


def listen(host: str, port: int) -> socket.socket:
    """Take the port, before anything is announced that needs it.

    Args:
        host: address to listen on.
        port: to listen on.

    Returns:
        The socket, bound.

    Raises:
        errors.Refused: somebody else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # asyncio sets it on connections only where the listener names its protocol, which uvicorn's
    # does not when several processes share it (uvicorn#3149): a small answer then waits 40 ms for
    # the browser's delayed acknowledgement. Connections inherit it from the listener.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise errors.Refused(
            f"Condyle cannot listen here: {error.strerror}.",
            f"{host}:{port}",
            "Stop what listens there, or choose another port with CONDYLE_PORT.",
        ) from error
    listener.set_inheritable(True)
    return listener


def answer(application: str, listener: socket.socket, processes: int) -> None:
    """Answer requests until told to stop.

    Args:
        application: import string of what returns the application, `module:function`.
        listener: as `listen` returns it.
        processes: how many to answer with.
    """
    config = Answering(
        application,
        factory=True,
        workers=processes,
        log_config=logs.configuration(settings_of_the_process()) or LOGGING_CONFIG,
        log_level="warning",
        # A busy machine takes longer than uvicorn's five seconds to load a process, which would be
        # killed and started again for ever.
        timeout_worker_healthcheck=60,
        timeout_graceful_shutdown=3,  # pages that follow a run stay open for minutes
    )
    if processes == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Supervisor(config, sockets=[listener]).run()


class Supervisor(Multiprocess):
    """What starts the processes, and those again that end.

    It asks each all the time whether it lives. uvicorn's keeps its own copy of the end of the pipe
    that a process answers by, so that of one which ends meanwhile it hears nothing, and waits for
    as long as a busy machine may take to load one before it stops, or starts another.
    """

    def init_processes(self) -> None:
        """Start the processes."""
        super().init_processes()
        self._let_go()

    def keep_subprocess_alive(self) -> None:
        """Start those again that have ended."""
        super().keep_subprocess_alive()
        self._let_go()

    def _let_go(self) -> None:
        """Close the copies, which their processes have: to close one twice does nothing."""
        for process in self.processes:
            process.child_conn.close()


class Answering(uvicorn.Config):
    """What each process loads before it answers; one of several also watches their supervisor."""

    def load(self) -> None:
        """Load the application."""
        supervisor = multiprocessing.parent_process()
        if supervisor is not None:
            threading.Thread(target=_end_with, args=[supervisor], daemon=True).start()
        logs.begin(settings_of_the_process())
        super().load()
        pass_over_what_is_loaded()


def pass_over_what_is_loaded() -> None:
    """Have Python look for garbage only in what is made from now on.

    What a process has loaded, some hundred thousand objects, stays until it ends. To look through
    all of them takes a quarter of a second in the middle of a request, again and again.
    """
    gc.collect()
    gc.freeze()


def _end_with(supervisor: BaseProcess) -> None:
    """End this process once its supervisor is gone: nobody else would, and the port stays taken."""
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
