"""Starting a run from the command line, and waiting for it."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Annotated, Any

import typer

from app.db.engine import migrate, open_database
from app.db.learning import Run
from app.runs.declaring import Kind, P, R
from app.runs.starting import start
from app.runs.waiting import wait_for
from app.settings import settings
from app.worker_process import WorkerProcess

Wait = Annotated[bool, typer.Option("--wait", help="Wait until it has ended.")]


def request_run(kind: Kind[P, R], parameters: P | Mapping[str, Any], wait: bool) -> Run:
    """Queue a run, say so, wait for its end and say its result; return its row."""
    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    run = start(database, settings(), kind, parameters)
    typer.echo(f"Run {run.id} is queued.")
    if wait:
        with WorkerProcess(settings()) if settings().embedded else nullcontext():
            run = wait_for(database, run.id)
        for name, value in run.result.items():
            typer.echo(f"{name}: {value}")
    return run
