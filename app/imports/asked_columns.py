"""What the page and a program ask about a table's columns before anything is imported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from app.imports import headers, remembered_columns
from app.imports.columns import (
    MANIFEST,
    REPORTS,
    TableKind,
    entries_said,
    folded,
    key_of,
    suggested,
)
from app.runs.parameters import ImportParameters


@dataclass(frozen=True)
class Reading:
    """How a table would be read as one kind of table.

    Attributes:
        columns: which column each header is taken for; a header that means none is left out.
        remembered: whether it is what was said the last time of a table with these headers.
        unasked: whether an import does the same without being told.
    """

    columns: dict[str, str]
    remembered: bool
    unasked: bool


def require_clear_columns(asked: ImportParameters) -> None:
    """Refuse an import to which somebody has said two things of one column.

    Raises:
        errors.Refused: as `app.imports.columns.entries_said` does.
    """
    entries_said(MANIFEST, asked.columns)
    entries_said(REPORTS, asked.report_columns)


def reading(session: Session, kind: TableKind, header: Sequence[str]) -> Reading:
    """Return how a table would be read: as the last time, or else as its headers suggest.

    Args:
        session: an open unit of work.
        kind: of table.
        header: of the table.
    """
    said = entries_said(kind, remembered_columns.recalled(session, key_of(kind, header)))
    if said:
        there = {folded(name): name for name in header}
        named = {there[folded(h)]: c for c, h in said.items() if h and folded(h) in there}
        others = {name: kind.by_name(name) for name in header if name not in named}
        by_name = {name: column for name, column in others.items() if column and column not in said}
        return Reading(named | by_name, True, True)
    found = suggested(kind, header)
    own = {name: kind.by_name(name) for name in header if kind.by_name(name)}
    return Reading(found, False, found == own)


def probably(manifest: Reading, reports: Reading) -> Literal["manifest", "reports", ""]:
    """Return which kind of table it is, by how it would be read; empty where nobody can tell.

    A table that lists films may hold their reports too, so it is looked for first.
    """
    if {*MANIFEST.required} <= {*manifest.columns.values()}:
        return "manifest"
    return "reports" if {*REPORTS.required} <= {*reports.columns.values()} else ""


def identifying(header: Sequence[str]) -> dict[str, str]:
    """Return what columns seem to hold that says who a person is, by their headers."""
    found = {name: headers.identifying(name) for name in header}
    return {name: kind for name, kind in found.items() if kind}
