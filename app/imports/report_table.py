"""Reading reports.csv: which study's report is what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.imports.table import read_table, refusal

COLUMNS = {
    "studyid": "study_id",
    "studyinstanceuid": "study_id",
    "accession": "study_id",
    "accessionnumber": "study_id",
    "report": "report",
    "site": "site",
}
"""Known columns by their spellings without capitals and signs."""


@dataclass(frozen=True)
class ReportLine:
    """One line of a table of reports.

    Attributes:
        line: where it stands in the file, the header being line 1.
        study: what the table calls the study.
        site: where that name counts; empty for anywhere.
        text: the report.
    """

    line: int
    study: str
    site: str
    text: str


def read_reports(path: Path, check: Callable[[], None] = lambda: None) -> list[ReportLine]:
    """Read the reports of studies.

    Args:
        path: a CSV file with the columns study_id (or accession_number) and report, and site where
            ids count within one.
        check: called now and then; what it raises ends the reading.

    Returns:
        One line a study; empty reports are left out.

    Raises:
        errors.Refused: it cannot be read, lacks a column, or has two reports for one study.
    """
    rows = read_table(path, COLUMNS, ("study_id", "report"), ("study_id",), check)
    found: dict[tuple[str, str], ReportLine] = {}
    for line, cells in rows:
        each = ReportLine(line, cells["study_id"], cells.get("site", ""), cells["report"])
        if not each.study:
            raise refusal("The study_id is empty.", line, "study_id", "Fill it in.")
        if not each.text:
            continue
        if found.setdefault((each.site, each.study), each).text != each.text:
            raise refusal(
                "This study has another report further up.", line, "report", "Keep one of them."
            )
    return list(found.values())
