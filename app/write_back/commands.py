"""`condyle write-back`: what people decided, as DICOM structured reports for the PACS."""

from pathlib import Path
from typing import Annotated

import typer

from app import errors
from app.audit import record
from app.db.engine import migrate, open_database, snapshot
from app.imaging import pseudonyms
from app.pacs.seal import seal_of
from app.settings import settings
from app.write_back.decided import decided, without_reference


def write_back(
    folder: Annotated[Path, typer.Argument(help="Where to; it keeps what was written before.")],
) -> None:
    """Write a DICOM structured report of each image that a person has decided on.

    Each is written once. Where the label has changed since, another is written that replaces it.
    """
    from app.write_back.folder import ReportFolder  # only this needs highdicom

    chosen = settings()
    seal = seal_of(chosen)
    if seal is None:
        raise errors.Refused(
            "It is not known what films are called in the PACS.",
            "CONDYLE_WRITE_BACK_KEY",
            "Set it to a file with a key (`openssl rand -hex 32 > FILE`), then import films.",
        )
    if folder.resolve().is_relative_to(chosen.home.resolve()):
        raise errors.Refused(
            "Reports name patients, and nothing in the home folder does.",
            str(folder),
            "Name a folder elsewhere.",
        )
    migrate(chosen.resolved_database_url)
    database = open_database(chosen.resolved_database_url)
    reports = ReportFolder(folder)
    with snapshot(database) as session:
        key = pseudonyms.load_key(chosen.home)
        written = reports.write(decided(session, seal.name), seal, key)
        lacking = without_reference(session, seal.name)
    made = written.first + written.later
    if made:
        with database.begin() as session:
            record(session, None, "write structured reports", "reports", written=made)
    typer.echo(f"{made:,} reports written; {written.later:,} of them replace an earlier one.")
    typer.echo(f"{written.there:,} were there already.")
    if lacking:
        typer.echo(
            f"{lacking:,} labelled images are not known in the PACS: import their DICOM files "
            "once more, now that CONDYLE_WRITE_BACK_KEY is set."
        )
    for name in written.outdated:
        typer.echo(f"Not valid any more, and replaced by nothing: {folder / name}")
