"""`condyle import` and `condyle mask-reports`: what enters the archive from the command line."""

from pathlib import Path
from typing import Annotated

import typer

from app.audit import record
from app.db.engine import drop_traces, migrate, open_database
from app.imaging.pseudonyms import load_key
from app.imports import identifying, known_people
from app.imports.asked_columns import require_clear_columns
from app.requesting import Wait, request_run
from app.runs.asking import from_texts
from app.runs.kinds import IMPORT
from app.runs.parameters import ImportParameters
from app.runs.results import ImportResult
from app.settings import settings

REPORTS_WITHOUT_A_STUDY = 3
"""Exit status of an import: the films are in, but reports found no study."""


def import_films(
    paths: Annotated[list[Path], typer.Argument(help="DICOM files, images, folders or zips.")],
    manifest: Annotated[
        Path | None, typer.Option(help="CSV that names files and patients.")
    ] = None,
    reports: Annotated[Path | None, typer.Option(help="CSV with study_id and report.")] = None,
    validation_patients: Annotated[
        str | None,
        typer.Option(metavar="INTEGER", help="New patients to draw into the validation split."),
    ] = None,
    rng: Annotated[str, typer.Option(metavar="INTEGER", help="Random seed.")] = "",
    columns: Annotated[
        list[str] | None,
        typer.Option(
            help="A column of the manifest that has another name, as patient_id=HEADER; again for "
            "each. Remembered for the next table with the same headers."
        ),
    ] = None,
    report_columns: Annotated[
        list[str] | None, typer.Option(help="The same of the reports: report=HEADER.")
    ] = None,
    keep_columns: Annotated[
        list[str] | None,
        typer.Option(help="Other columns of the manifest to keep, separated by commas."),
    ] = None,
    pseudonyms: Annotated[
        bool, typer.Option("--pseudonyms", help="Replace the manifest's ids by pseudonyms.")
    ] = False,
    find_text: Annotated[
        bool,
        typer.Option("--find-text", help="Look for text on each film and hold those with names."),
    ] = False,
    wait: Wait = False,
) -> None:
    """Import films; importing a file twice changes nothing.

    With --wait the exit status is 3 where reports found no study, or several.
    """
    asked = IMPORT.checked(
        {
            "paths": [str(path.resolve()) for path in paths],
            "manifest": manifest and str(manifest.resolve()),
            "reports": reports and str(reports.resolve()),
            **from_texts(
                ImportParameters, {"validation_patients": validation_patients or "", "rng": rng}
            ),
            "columns": list(columns or ()),
            "report_columns": list(report_columns or ()),
            "keep_columns": identifying.columns_in(*keep_columns or ()),
            "pseudonyms": pseudonyms,
            "find_text": find_text,
        }
    )
    require_clear_columns(asked)
    run = request_run(IMPORT, asked, wait)
    if wait:
        _tell_of_import(IMPORT.result_of(run))


def mask_reports() -> None:
    """Mask names, dates and numbers in reports that an earlier release has stored."""
    migrate(settings().resolved_database_url)
    database = open_database(settings().resolved_database_url)
    key = load_key(settings().home)
    with database.begin() as session:
        changed = known_people.mask_stored(session, key)
        record(session, None, "mask reports", f"{changed} reports")
    drop_traces(database)
    typer.echo(f"{changed:,} reports were changed.")


def _tell_of_import(result: ImportResult) -> None:
    """Say what the admin must know before anybody reads."""
    if number := result.nameless_studies:
        typer.echo(
            f"Studies without a patient id, or with one that names nobody: {number}. Each is taken "
            "for a patient of its own.",
            err=True,
        )
    if number := result.reports_unmatched:
        typer.echo(
            f"{number} of {result.reports} reports found no study, or several. The page Imports "
            "and the run's log say which lines.",
            err=True,
        )
        raise typer.Exit(REPORTS_WITHOUT_A_STUDY)
