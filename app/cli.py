"""`condyle`: what the pages do, from the command line."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from app import errors, privacy
from app.accounts import links
from app.accounts import rules as accounts
from app.audit.commands import audit_cli
from app.backup.commands import restore_backup, write_backup
from app.choices import (
    MODEL_FORMATS,
    TABLE_FORMATS,
    Export,
    Format,
    Role,
    SeedSelection,
)
from app.db.engine import migrate, open_database, snapshot
from app.deliver_command import deliver
from app.doctor import examine
from app.export import provenance
from app.export import rules as export
from app.imaging.stores import open_store
from app.import_commands import import_films, mask_reports
from app.monitor.commands import monitor
from app.receiving.commands import receive
from app.requesting import request_run
from app.run_commands import command_of, run_cli
from app.runs.kinds import EXPORT, PULL
from app.runs.parameters import LabelerMethod, TrainLabelerParameters
from app.runs.presence import say_whether_a_worker_is_there
from app.runs.resources import queues_of
from app.settings import settings
from app.third_party.commands import print_notices, print_sbom
from app.write_back.commands import write_back
from app.write_back.key_object_commands import key_objects

DEFAULT_METHOD = TrainLabelerParameters().method

cli = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
user_cli = typer.Typer(no_args_is_help=True, help="People who may log in.")
cli.add_typer(user_cli, name="user")
cli.add_typer(run_cli, name="run")
cli.add_typer(audit_cli, name="audit")

cli.command(name="import")(import_films)
cli.command()(mask_reports)
cli.command(name="notices")(print_notices)
cli.command(name="sbom")(print_sbom)
cli.command()(receive)
cli.command(name="pull", help=PULL.purpose)(command_of(PULL))
cli.command()(write_back)
cli.command()(key_objects)
cli.command()(deliver)
cli.command()(monitor)


@cli.callback()
def _every_command(context: typer.Context) -> None:
    privacy.set_umask()
    if context.invoked_subcommand != "doctor":  # it looks, and changes nothing
        privacy.keep_to_the_owner(settings())


@cli.command()
def serve() -> None:
    """Serve the pages, with a worker beside them unless a broker is configured."""
    from app.server import serve as serve_pages  # only this needs FastAPI

    serve_pages(settings(), _say)


@cli.command()
def worker(
    queues: Annotated[
        str | None,
        typer.Option(help="Work to take, of decode, cpu, gpu and network, by commas; all."),
    ] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, help="Processes to take it with; what the machine has.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether a worker of this machine is there.")
    ] = False,
) -> None:
    """Carry out runs until told to stop."""
    if check:
        say_whether_a_worker_is_there()
        return
    asked = {"queues": queues, "processes": processes}
    given = {name: value for name, value in asked.items() if value is not None}
    chosen = settings().model_copy(update=given)
    queues_of(chosen)
    migrate(chosen.resolved_database_url)
    command = [sys.executable, "-m", "worker"]
    os.execve(sys.executable, command, os.environ | chosen.as_environment())


@cli.command()
def demo(
    data: Annotated[
        Path | None, typer.Option(help="Films with a manifest.csv; left out: generated knees.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve on.")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Serve it afterwards.")] = True,
) -> None:
    """Make a fresh workspace, play one round in it with a simulated reader, and serve it."""
    from app.demo.headless import make_demo  # only these draw and decode films
    from app.demo.progress import Bar

    chosen = settings().model_copy(update={"home": _demo_home()})
    if port is not None:
        chosen = chosen.model_copy(update={"port": port})
    bar = Bar(sys.stdout)
    try:
        make_demo(chosen, data, bar.say, bar.report)
    finally:
        bar.end()
    if serve:
        from app.server import serve as serve_pages  # only this needs FastAPI

        serve_pages(chosen, _say)


@cli.command(name="round")
def play(
    data: Annotated[Path, typer.Option(help="Films with a labelled manifest.csv.")],
    seed_patients: Annotated[int, typer.Option(min=1, help="Patients labelled by hand.")],
    out: Annotated[Path, typer.Option(help="A new folder for the results.")],
    validation_patients: Annotated[
        int | None, typer.Option(min=1, help="Patients of the locked validation split.")
    ] = None,
    labeler: Annotated[
        LabelerMethod, typer.Option(help="What the labeler reads.")
    ] = DEFAULT_METHOD,
    reviews: Annotated[
        int, typer.Option(min=0, help="Pseudo-labels reviewed, most informative first.")
    ] = 300,
    rng: Annotated[int, typer.Option(help="Seed of every draw and training.")] = 0,
    seed_selection: Annotated[
        SeedSelection, typer.Option(help="Seed patients at random, or typical of every kind.")
    ] = SeedSelection.random,
    pretrain: Annotated[
        bool, typer.Option("--pretrain", help="First learn from the films without labels.")
    ] = False,
) -> None:
    """Play the whole method headless, the manifest's labels being the reader."""
    from app.demo.headless import run_round
    from app.demo.play import Plan

    plan = Plan(
        data,
        labeler,
        seed_patients,
        validation_patients,
        reviews,
        rng,
        seed_selection=seed_selection.value,
        pretrain=pretrain,
    )
    run_round(settings(), plan, out, _say)


@cli.command(name="export")
def export_what(
    what: Export,
    format: Annotated[
        Format | None, typer.Option(help="A table's: csv or json; a model's: onnx or safetensors.")
    ] = None,
) -> None:
    """Write a table to standard output, or the classifier in use to a file in this folder."""
    formats = MODEL_FORMATS if what is Export.model else TABLE_FORMATS
    chosen = format or formats[0]
    if chosen not in formats:
        raise errors.Refused(
            f"This cannot be written as {chosen.value}.", what.value, f"Use {' or '.join(formats)}."
        )
    database = open_database(settings().resolved_database_url)
    if what is Export.model:
        written = EXPORT.result_of(request_run(EXPORT, {"format": chosen.value}, wait=True))
        shutil.copyfile(open_store(settings()).local(written.file), written.name)
        return
    with snapshot(database) as session:
        if what is Export.provenance:
            made = provenance.made_by(open_store(settings()), settings().home)
            lines = provenance.rows(session, made)
            text = export.as_text(provenance.COLUMNS, lines, chosen.value)
        else:
            text = export.table(session, what.value, chosen.value)
        for chunk in text:
            typer.echo(chunk, nl=False)


@user_cli.command()
def add(name: str, role: Annotated[Role, typer.Option(help="What they may do.")]) -> None:
    """Add a person and print the one-time link by which they set their password."""
    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    with database.begin() as session:
        _, token = accounts.add_person(session, name, role.value)
    typer.echo(links.link_address(links.own_address(settings()), token))


@user_cli.command()
def reset_second_factor(
    name: str, reason: Annotated[str, typer.Option(help="Why, for the audit log.")]
) -> None:
    """Take the second factor of somebody away who has lost it, the only admin's for instance."""
    from app.accounts import second_factor  # only this knows browsers, and so the web framework

    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    with database.begin() as session:
        person = accounts.find_by_name(session, name)
        second_factor.reset(session, person.id, reason, None)
    typer.echo(f"{person.name} logs in with the password alone, and can set up another.")


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file.")]) -> None:
    """Write the database, films and models into one file; people may go on meanwhile."""
    write_backup(settings(), file.absolute(), _say)


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="As `condyle backup` wrote it.")]) -> None:
    """Restore a backup into an empty home folder and an empty database."""
    restore_backup(settings(), file.absolute(), _say)


@cli.command()
def doctor() -> None:
    """Look whether everything Condyle needs is there, and say what to do about what is not."""
    healthy = True
    for finding in examine(settings()):
        healthy &= finding.good
        typer.echo(f"{'ok  ' if finding.good else 'MEND'}  {finding.words}")
    raise typer.Exit(0 if healthy else 1)


def main() -> None:
    """Run the command line; an error that a person can act on is printed, not traced."""
    try:
        cli()
    except errors.CondyleError as error:
        typer.echo(f"{error.what} {error.do}".strip(), err=True)
        if error.where:
            typer.echo(f"  where: {error.where}", err=True)
        sys.exit(1)


def _say(words: str) -> None:
    """Print at once, also where the output is a file that somebody follows."""
    print(words, flush=True)


def _demo_home() -> Path:
    """Return the demo's own home: never the one real films are in."""
    return settings().home.with_name("demo-home")
