"""Reading reports.csv: which study's report is what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.imports.columns import REPORTS, Columns
from app.imports.table import read_table, refusal


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


def read_reports(
    path: Path, check: Callable[[], None] = lambda: None, columns: Columns | None = None
) -> list[ReportLine]:
    """Read the reports of studies.

    Args:
        path: a CSV file with the columns study_id (or accession_number) and report, and site where
            ids count within one.
        check: called now and then; what it raises ends the reading.
        columns: which of its columns is which; left out: each is what its name says.

    Returns:
        One line a study; empty reports are left out.

    Raises:
        errors.Refused: it cannot be read, lacks a column, or has two reports for one study.
    """
    rows = read_table(path, columns or Columns(REPORTS), check)
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
