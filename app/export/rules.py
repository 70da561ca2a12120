"""What leaves Condyle: tables as text, and the file of a classifier."""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from app import errors
from app.csv_tables import as_csv
from app.export.tables import EXPORTS, Row
from app.json_tables import as_json
from app.runs import rules as runs
from app.runs.kinds import EXPORT
from app.texts import _


def table(session: Session, what: str, format: str) -> Iterator[str]:
    """Return an export as text, bit by bit.

    Args:
        session: an open unit of work; keep it open while reading.
        what: as `rows` takes it.
        format: `csv` or `json`.

    Raises:
        errors.Refused: there is no such export.
    """
    lines = rows(session, what)
    return as_text(columns(what), lines, format)


def as_text(names: Sequence[str], lines: Iterable[Row], format: str) -> Iterator[str]:
    """Return rows as text, bit by bit.

    Args:
        names: of the columns, in order.
        lines: the rows.
        format: `csv` or `json`.
    """
    if format == "json":
        return as_json(lines)
    return as_csv(names, ([line[name] for name in names] for line in lines))


def rows(session: Session, what: str) -> Iterator[Row]:
    """Return an export row by row, in a fixed order, reading the database in batches.

    Args:
        session: an open unit of work; keep it open while reading.
        what: `labels` (one row per image with a reference label), `reads` (one per annotation),
            `pseudo-labels` (one per image and sweep) or `audit` (one per event).

    Raises:
        errors.Refused: there is no such export.
    """
    if what not in EXPORTS:
        raise errors.Refused(
            _("There is no such export."),
            "what",
            _("Choose one of {names}.", names=", ".join(EXPORTS)),
        )
    return EXPORTS[what][1](session)


def columns(what: str) -> list[str]:
    """Return the names of an export's columns, in order, as `rows` checks `what`."""
    return EXPORTS[what][0]


def model_file(session: Session, run_id: int) -> tuple[str, str]:
    """Return the digest and the name of the file that an `export` run wrote.

    Raises:
        errors.NotFound: there is no such run, or it has written no file.
    """
    run = runs.find(session, run_id)
    if run.kind != EXPORT.name or run.status != "succeeded":
        raise errors.NotFound(
            _("This run has written no model."),
            _("run {number}", number=run_id),
            _("Export a classifier from the page Models."),
        )
    written = EXPORT.result_of(run)
    return written.file, written.name
