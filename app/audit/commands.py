"""`condyle audit`: whether the audit log is whole, and its head to be kept elsewhere."""

import re
from pathlib import Path
from typing import Annotated

import typer

from app import errors
from app.audit.chain import Head, check, head
from app.audit.heads import daily, kept, stamps
from app.audit.heads.kept import KeptHead
from app.db.engine import open_database, read_only
from app.settings import settings

BROKEN = 3
"""The exit status where the chain is broken; 1 is that it could not be checked."""
audit_cli = typer.Typer(no_args_is_help=True, help="The audit log: one chain of digests.")


@audit_cli.command()
def verify(
    typed: Annotated[
        str | None,
        typer.Option("--head", help="What `condyle audit head` printed earlier: must be in it."),
    ] = None,
) -> None:
    """Check every event of the audit log; name the first that is changed, moved or missing.

    The heads in the file that CONDYLE_AUDIT_HEADS names must be in it too. The exit status is 0 if
    the log is whole, 3 if it is not, 1 if it could not be checked.
    """
    wanted = [head_of(typed)] if typed is not None else []
    there = kept.read(Path(settings().audit_heads)) if settings().audit_heads else []
    database = open_database(settings().resolved_database_url)
    found = check(database, wanted + [each.head for each in there])
    if found.broken:
        typer.echo(f"Broken: event {found.broken.event_id} {found.broken.what}.")
        typer.echo(f"Events before it that hold: {found.events:,}.")
        raise typer.Exit(BROKEN)
    typer.echo(f"Whole: {found.events:,} events.")
    typer.echo(f"Head: {kept.written(found.head)}")
    if there:
        _say_of_kept(there)


def _say_of_kept(there: list[KeptHead]) -> None:
    """Say how many heads were kept, and how many of them an authority has stamped."""
    typer.echo(f"Kept heads: {len(there):,}, all of them in it.")
    stamped = [each for each in there if each.stamp]
    if not settings().timestamp_roots:
        if stamped:
            typer.echo("Timestamps: not checked; CONDYLE_TIMESTAMP_ROOTS names no file.")
        return
    roots = stamps.trusted(settings()) if stamped else []
    for each in stamped:
        try:
            stamps.stamped_at(roots, each.stamp, kept.written(each.head))
        except stamps.NoStamp as error:
            typer.echo(f"Broken: the timestamp of event {each.head.event_id}: {error}.")
            raise typer.Exit(BROKEN) from error
    typer.echo(f"Timestamps: {len(stamped):,}, all of them hold.")


@audit_cli.command(name="head")
def print_head() -> None:
    """Print the number and the digest of the last event, to be kept where nobody here can write."""
    with read_only(open_database(settings().resolved_database_url)) as session:
        typer.echo(kept.written(head(session)))


@audit_cli.command()
def keep() -> None:
    """Write today's head to the file that CONDYLE_AUDIT_HEADS names, as workers do once a day."""
    if not settings().audit_heads:
        raise errors.Refused(
            "No file is named for the heads of the audit log.",
            kept.SETTING,
            "Set it to a file, best on another machine's disk.",
        )
    new = daily.keep(open_database(settings().resolved_database_url), settings())
    if new is None:
        typer.echo("Nothing to keep: today's head is there, or the log is empty.")
        return
    stamped = "with a timestamp" if new.stamp else "without a timestamp"
    typer.echo(f"Kept, {stamped}: {kept.written(new.head)}")


def head_of(typed: str) -> Head:
    """Return the head that was printed.

    Raises:
        errors.Refused: it is none.
    """
    found = re.fullmatch(r"\s*(\d{1,18})\s+([0-9a-f]{64})\s*", typed)
    if not found:
        raise errors.Refused(
            "This is not the head of an audit log.",
            "--head",
            'Give a number and a digest in quotes, as "condyle audit head" prints them.',
        )
    return Head(int(found[1]), found[2])
