"""Starting a run from the command line, and waiting for it."""

from contextlib import nullcontext
from typing import Annotated, Any

import typer

from app.db.engine import migrate, open_database
from app.demo.play import wait_for
from app.runs import doorbell, rules
from app.settings import settings
from app.worker_process import WorkerProcess

Wait = Annotated[bool, typer.Option("--wait", help="Wait until it has ended.")]


def request_run(kind: str, parameters: dict[str, Any], wait: bool) -> int:
    """Queue a run, say so, wait for its end and say its result; return its number."""
    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    with database.begin() as session:
        run_id = rules.request(session, kind, parameters).id
    doorbell.ring(run_id, settings())
    typer.echo(f"Run {run_id} is queued.")
    if wait:
        with WorkerProcess(settings()) if settings().embedded else nullcontext():
            result = wait_for(database, run_id).result
        for name, value in result.items():
            typer.echo(f"{name}: {value}")
    return run_id
