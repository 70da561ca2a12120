"""`condyle audit`: whether the log is whole, its head to be kept elsewhere, and its retention."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from app import errors
from app.audit import archive, bases, retention, retiring
from app.audit.archive import Archived
from app.audit.bases import Base
from app.audit.chain import NOTHING, Broken, Head, head
from app.audit.heads import checking, daily, kept, stamps
from app.audit.heads.kept import KeptHead
from app.db.clock import moment
from app.db.engine import Database, open_database, read_only
from app.settings import settings

BROKEN = 3
"""The exit status where the chain is broken; 1 is that it could not be checked."""
audit_cli = typer.Typer(no_args_is_help=True, help="The audit log: one chain of digests.")


@audit_cli.command()
def verify(
    archives: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[ARCHIVE]...", help="Files of `condyle audit retire`."),
    ] = None,
    typed: Annotated[
        str | None,
        typer.Option("--head", help="What `condyle audit head` printed earlier: must be in it."),
    ] = None,
) -> None:
    """Check every event of the audit log; name the first that is changed, moved or missing.

    Where archives are named, the events in them are checked instead, and that they are what was
    retired; the event of --head must be one of these. The heads in the file that
    CONDYLE_AUDIT_HEADS names must be in it too. The exit status is 0 if the log is whole, 3 if it
    is not, 1 if it could not be checked.
    """
    wanted = head_of(typed) if typed is not None else None
    database = open_database(settings().resolved_database_url)
    if archives:
        _verify_archives(database, archives, wanted)
    else:
        _verify_log(database, wanted)


def _verify_log(database: Database, wanted: Head | None) -> None:
    found, there = checking.check_log(database, settings(), [wanted] if wanted else [])
    with read_only(database) as session:
        base = bases.newest(session)
    if wanted and base and wanted.event_id < base.first_id - 1:
        raise errors.Refused(
            f"Event {wanted.event_id} is in an archive.",
            "--head",
            "Name the archive, too: condyle audit verify ARCHIVE --head ...",
        )
    if found.broken:
        _say_broken(found.broken, found.events)
    typer.echo(f"Whole: {found.events:,} events.")
    if base:
        earlier = f"{base.first_id - 1:,} events before it are in archives"
        typer.echo(f"Begins with event {base.first_id}: {earlier}.")
    typer.echo(f"Head: {kept.written(found.head)}")
    if there:
        _say_of_kept(there)


def _verify_archives(database: Database, paths: list[Path], wanted: Head | None) -> None:
    """Check archives, that a head is in one of them, and that the log states what they hold."""
    heads = [each.head for each in kept.of(settings())] + ([wanted] if wanted else [])
    checked = [(path, _whole(path, heads)) for path in paths]
    if wanted and not any(
        found.first_id <= wanted.event_id <= found.head.event_id for _path, found in checked
    ):
        raise errors.Refused(
            f"Event {wanted.event_id} is in none of these archives.",
            "--head",
            "Name the archive that holds it, or none if it is still in the log.",
        )
    for path, found in checked:
        _compare(database, path, found)


def _whole(path: Path, heads: list[Head]) -> Archived:
    found = archive.check(path, heads)
    if found.broken:
        _say_broken(found.broken, found.events)
    return found


def _compare(database: Database, path: Path, found: Archived) -> None:
    """Compare an archive that is whole with what the log states as retired."""
    base = Base(found.head.event_id + 1, found.head.digest, found.events, found.digest)
    with read_only(database) as session:
        if base not in bases.all_of(session):
            typer.echo(f"Broken: {path} is not what the log says was retired.")
            raise typer.Exit(BROKEN)
    typer.echo(f"Whole: events {found.first_id} to {found.head.event_id}, as they were retired.")


def _say_broken(broken: Broken, events: int) -> NoReturn:
    typer.echo(f"Broken: event {broken.event_id} {broken.what}.")
    typer.echo(f"Events before it that hold: {events:,}.")
    raise typer.Exit(BROKEN)


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


@audit_cli.command(name="retire")
def retire_events(
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A new file for them.")],
    before: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="First day, in UTC, whose events are kept; if not given: as many days as "
            "CONDYLE_AUDIT_RETENTION_DAYS says.",
        ),
    ] = None,
) -> None:
    """Write the oldest events of the audit log to a file, and remove them from the database.

    They are checked first, and the file is read back before anything is removed. At most 100,000
    events go at a time.
    """
    database = open_database(settings().resolved_database_url)
    with read_only(database) as session:
        oldest = retention.limit(settings(), before.date() if before else None, moment(session))
        first_id = retention.first_kept(session, oldest)
    base = retiring.retire(database, settings(), first_id, to)
    if base is None:
        typer.echo(f"Nothing to retire: no event is older than {oldest:%Y-%m-%d %H:%M} UTC.")
        return
    typer.echo(f"Retired: {base.events:,} events, now in {to}.")
    typer.echo(f"SHA-256 of the file: {base.archive_digest}")
    typer.echo(f"The log begins with event {base.first_id}.")
    if more := first_id - base.first_id:
        older = f"{more:,} more events are older than {oldest:%Y-%m-%d %H:%M} UTC"
        typer.echo(f"{older}: run this again, with another file.")


def head_of(typed: str) -> Head:
    """Return the head that was printed.

    Raises:
        errors.Refused: it is none.
    """
    found = re.fullmatch(r"\s*(\d{1,18})\s+([0-9a-f]{64})\s*", typed)
    printed = Head(int(found[1]), found[2]) if found else None
    if printed is None or (printed.event_id == 0 and printed.digest != NOTHING):
        raise errors.Refused(
            "This is not the head of an audit log.",
            "--head",
            'Give a number and a digest in quotes, as "condyle audit head" prints them.',
        )
    return printed
