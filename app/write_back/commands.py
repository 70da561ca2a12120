"""`condyle write-back`: what people decided, as DICOM structured reports for the PACS."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import errors
from app.audit import record
from app.db.engine import migrate, open_database, snapshot
from app.imaging import pseudonyms
from app.pacs.seal import Seal, seal_of
from app.settings import Settings, settings
from app.write_back.decided import decided, without_reference
from app.write_back.destinations import AnyDestination, destination_of, our_title
from app.write_back.statuses import Answer

if TYPE_CHECKING:
    from app.write_back.folder import ReportFolder

NOT_TAKEN = 3
"""Exit status where the PACS has not taken every report."""
To = Annotated[
    str | None,
    typer.Option(
        metavar="TITLE@ADDRESS:PORT",
        help="Send them to this PACS, too; or to a DICOMweb server: https://ADDRESS/PATH.",
    ),
]


def write_back(
    folder: Annotated[Path, typer.Argument(help="Where to; it keeps what was written before.")],
    to: To = None,
) -> None:
    """Write a DICOM structured report of each image that a person has decided on.

    Each is written once, and sent once. Where the label has changed since, another is written that
    replaces it. The exit status is 3 where the PACS has not taken every report.
    """
    from app.write_back.folder import ReportFolder  # only this needs highdicom

    chosen = settings()
    seal = seal_or_refusal(chosen)
    outside_of_home(folder, chosen)
    destination = destination_of(to, chosen) if to is not None else None
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
    if destination is not None:
        _send(reports, destination)


def seal_or_refusal(chosen: Settings) -> Seal:
    """Return what opens the names in the PACS.

    Raises:
        errors.Refused: no key is set.
    """
    seal = seal_of(chosen)
    if seal is None:
        raise errors.Refused(
            "It is not known what films are called in the PACS.",
            "CONDYLE_WRITE_BACK_KEY",
            "Set it to a file with a key (`openssl rand -hex 32 > FILE`), then import films.",
        )
    return seal


def outside_of_home(folder: Path, chosen: Settings) -> None:
    """Refuse a folder in which nobody is named.

    Raises:
        errors.Refused: it is within the home folder.
    """
    if folder.resolve().is_relative_to(chosen.home.resolve()):
        raise errors.Refused(
            "What goes to a PACS names patients, and nothing in the home folder does.",
            str(folder),
            "Name a folder elsewhere.",
        )


def _send(reports: "ReportFolder", destination: AnyDestination) -> None:
    """Send what the PACS has not said it has, and say what it answered."""
    from app.write_back.sending import send  # only this needs pynetdicom

    ours = our_title(settings())
    waiting = reports.to_be_sent(str(destination))
    answers = list[Answer]()
    for sent in send(waiting, destination, ours, settings().dicom_seconds) if waiting else ():
        answer = sent.answer
        if answer.status is not None and answer.stored:
            reports.note_sent(sent.path.name, str(destination), answer.status)
        answers.append(answer)
    tell(answers, len(waiting), f"reports sent to {destination}")


def tell(answers: Sequence[Answer], waiting: int, sent: str) -> None:
    """Say what a PACS answered, and what to do where it has not taken everything.

    Args:
        answers: fewer than were waiting where one never came.
        waiting: how many objects there were to send.
        sent: what they are, and where they went.

    Raises:
        typer.Exit: it has not.
    """
    stored = sum(answer.stored for answer in answers)
    typer.echo(f"{stored:,} {sent}.")
    if waiting > stored:
        refused = Counter(_in_short(answer) for answer in answers if not answer.stored)
        said = ", ".join(f"{answer} ({count:,})" for answer, count in refused.items())
        typer.echo(
            f"{waiting - stored:,} were not taken: {said}. Look at the log of the PACS; the "
            "same command sends them again.",
            err=True,
        )
        raise typer.Exit(NOT_TAKEN)


def _in_short(answer: Answer) -> str:
    if answer.status is not None:
        return f"status {answer.status:04X}"
    return "no answer" if answer.http is None else f"HTTP {answer.http} without a reason"
