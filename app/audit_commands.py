"""`condyle audit`: whether the audit log is whole, and its head to be kept elsewhere."""

import re
from typing import Annotated

import typer

from app import errors
from app.audit_chain import Head, check, head
from app.db.engine import open_database, read_only
from app.settings import settings

BROKEN = 3
"""The exit status where the chain is broken; 1 is that it could not be checked."""
audit_cli = typer.Typer(no_args_is_help=True, help="The audit log: one chain of digests.")


@audit_cli.command()
def verify(
    kept: Annotated[
        str | None,
        typer.Option("--head", help="What `condyle audit head` printed earlier: must be in it."),
    ] = None,
) -> None:
    """Check every event of the audit log; name the first that is changed, moved or missing.

    The exit status is 0 if the log is whole, 3 if it is not, 1 if it could not be checked.
    """
    wanted = head_of(kept) if kept is not None else None
    found = check(open_database(settings().resolved_database_url), wanted)
    if found.broken:
        typer.echo(f"Broken: event {found.broken.event_id} {found.broken.what}.")
        typer.echo(f"Events before it that hold: {found.events:,}.")
        raise typer.Exit(BROKEN)
    typer.echo(f"Whole: {found.events:,} events.")
    typer.echo(f"Head: {written_down(found.head)}")


@audit_cli.command(name="head")
def print_head() -> None:
    """Print the number and the digest of the last event, to be kept where nobody here can write."""
    with read_only(open_database(settings().resolved_database_url)) as session:
        typer.echo(written_down(head(session)))


def written_down(head: Head) -> str:
    """Return a head as it is printed and typed."""
    return f"{head.event_id} {head.digest}"


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
