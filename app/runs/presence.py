"""`condyle worker --check`: whether a worker of this machine is there, for a container's health."""

import socket

import typer

from app.db.engine import open_database, read_only
from app.runs import workers
from app.settings import settings


def say_whether_a_worker_is_there() -> None:
    """Say it; the exit status is 0 where one was seen lately, 1 where none was."""
    with read_only(open_database(settings().resolved_database_url)) as session:
        there = workers.is_there(session, socket.gethostname())
    typer.echo("A worker of this machine is there." if there else "No worker of this machine.")
    raise typer.Exit(0 if there else 1)
