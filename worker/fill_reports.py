"""The second half of an import: reports from a table of their own find their studies."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from app import errors
from app.imaging import pseudonyms
from app.imports import reports, rules
from app.imports.files import Problem
from app.imports.report_table import ReportLine
from worker.progress import Running

BATCH = 50
NAMED = 20
"""Lines named in the log, of those whose report found no study."""


def fill_reports(running: Running, table: str, lines: Sequence[ReportLine]) -> dict[str, int]:
    """Give studies their reports; those that find none, or several, are listed in the quarantine.

    A study_id may be the manifest's, or the UID or accession number as the hospital has it.

    Args:
        running: the import.
        table: the name of the table's file.
        lines: the reports.

    Returns:
        How many `reports` there were, how many `reports_new` changed the text of a study, and how
        many are `reports_unmatched`.
    """
    key = pseudonyms.load_key(running.settings.home)
    new, lost = 0, []
    for start in range(0, len(lines), BATCH):
        running.check()
        with running.transaction() as session:
            for line in lines[start : start + BATCH]:
                try:
                    new += _fill(session, running.run_id, line, key)
                except errors.Refused as reason:
                    _put_aside(session, running.run_id, table, line, key, reason)
                    lost.append(line.line)
    if lines:
        found = len(lines) - len(lost)
        running.log(
            f"{found:,} of {len(lines):,} reports belong to a study in the archive; {new:,} of "
            "them are new."
        )
    if lost:
        named = ", ".join(map(str, lost[:NAMED])) + (", ..." if len(lost) > NAMED else "")
        running.log(f"Reports that found no study, or several: {len(lost):,} (lines {named}).")
    return {"reports": len(lines), "reports_new": new, "reports_unmatched": len(lost)}


def _fill(session: Session, run_id: int, line: ReportLine, key: bytes) -> bool:
    keys = line.study, pseudonyms.uid(line.study, key)
    sites = {line.site, pseudonyms.site(line.site, key)} - {""}
    found = reports.studies_named(session, keys, pseudonyms.accession(line.study, key), sites)
    if len(found) != 1:
        raise _no_study() if not found else _several(len(found))
    # A line that named several studies is mended by naming its site.
    rules.dismiss(session, _name(line, key), _name(replace(line, site=""), key))
    return reports.put(session, found[0], line.text, run_id, key)


def _put_aside(
    session: Session,
    run_id: int,
    table: str,
    line: ReportLine,
    key: bytes,
    reason: errors.Refused,
) -> None:
    rules.quarantine(
        session, run_id, Problem(f"{table}, line {line.line}", _name(line, key), reason)
    )


def _name(line: ReportLine, key: bytes) -> str:
    """Return what the quarantine knows a report by: not the id, which may be the hospital's."""
    study = pseudonyms.uid(f"{line.site}\0{line.study}", key)
    return hashlib.sha256(f"report\0{study}".encode()).hexdigest()


def _no_study() -> errors.Refused:
    return errors.Refused(
        "The report belongs to no study of the archive.",
        "study_id",
        "Check the study_id: a spreadsheet drops zeros at its start. If the films came later, "
        "import the reports again.",
    )


def _several(studies: int) -> errors.Refused:
    return errors.Refused(
        f"The report's study_id names {studies:,} studies.",
        "study_id",
        "Add a column site, or name the study by its StudyInstanceUID.",
    )
