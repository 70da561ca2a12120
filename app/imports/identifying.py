"""Refusing columns of a manifest that say who somebody is.

A manifest's ids are kept as they are, since it is written to get them back, and so are the columns
an admin names. Neither may be a name, a date of birth or a number that leads to a person.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from app import errors
from app.imports import cells, headers, insurance
from app.imports.cells import Suspicion

CERTAIN = (
    Suspicion("names of people", cells.is_caret_name, share=0),
    Suspicion("names of people with dates", cells.is_name_and_birth, share=0),
    Suspicion("mail addresses", cells.is_mail, share=0),
)
NUMBERS = (
    Suspicion("insurance numbers", insurance.is_formed),
    Suspicion("insurance numbers", insurance.is_checked, share=0.95, least=6),
)
OF_IDS = (
    *CERTAIN,
    Suspicion("names of people", cells.is_comma_name, share=0),
    Suspicion("names of people", cells.is_plain_name),
    Suspicion("dates of birth", cells.is_birth),
    *NUMBERS,
    Suspicion("phone numbers", cells.is_phone),
)
OF_PATIENTS = (
    *OF_IDS,
    Suspicion("dates of birth", cells.is_spelled_date, share=0),
    Suspicion("dates of birth", cells.is_date),
)
OF_OTHERS = (
    *CERTAIN,
    Suspicion("names of people", cells.is_comma_name, least=3, varied=True),
    Suspicion("names of people", cells.is_plain_name, least=3, varied=True),
    Suspicion("dates of birth", cells.is_birth),
    *NUMBERS,
    Suspicion("phone numbers", cells.is_phone),
)
IDS = {"patient_id": OF_PATIENTS, "study_id": OF_IDS, "image_id": OF_IDS}


class Row(Protocol):
    """What is asked of a manifest's line here; see `app.imports.manifest.Row`."""

    @property
    def line(self) -> int: ...
    @property
    def view(self) -> str: ...
    @property
    def details(self) -> dict[str, str]: ...


def columns_in(*texts: str) -> list[str]:
    """Return the names of columns that were typed with commas between them."""
    typed = (name.strip() for text in texts for name in text.split(","))
    return [name for name in typed if name]


def check_headers(names: Collection[str]) -> None:
    """Refuse columns whose headers say that they hold what identifies people.

    Args:
        names: the headers of the columns that Condyle does not read.

    Raises:
        errors.Refused: one of them does.
    """
    for name in names:
        if kind := headers.identifying(name):
            raise errors.Refused(
                f"A column seems to hold {kind}.",
                f"line 1, column {name}",
                "Remove the column, or give it another name if it holds something else.",
            )


def check_cells(rows: Sequence[Row], keep: Collection[str], pseudonymous: bool) -> None:
    """Refuse ids, views and kept columns that look like what identifies people.

    Args:
        rows: of a manifest.
        keep: the names of the columns that are kept.
        pseudonymous: whether the ids will be replaced, so that they may be anything.

    Raises:
        errors.Refused: one of them does; names the first line.
    """
    if not pseudonymous:
        for column, suspicions in IDS.items():
            found = cells.suspicious(((row.line, getattr(row, column)) for row in rows), suspicions)
            _refuse(found, column, "Import with pseudonyms instead of the ids, or give other ids.")
    found = cells.suspicious(((row.line, row.view) for row in rows), OF_OTHERS)
    _refuse(found, "view", "Put the view there, AP or LAT, or leave it empty.")
    for column in keep:
        texts = ((row.line, row.details.get(column, "")) for row in rows)
        _refuse(cells.suspicious(texts, OF_OTHERS), column, "Do not keep this column.")


def _refuse(found: tuple[int, str] | None, column: str, do: str) -> None:
    if found is not None:
        line, what = found
        raise errors.Refused(
            f"The cells of a column look like {what}.", f"line {line}, column {column}", do
        )
