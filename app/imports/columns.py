"""Which column of a table is which: by its own name, as somebody has said, or as the last time.

One set of rules for the page, which shows what would be read before anything is sent, and for the
import itself, however it was asked for.
"""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app import errors
from app.imports.column_names import LIKELY
from app.texts import _

NO_ENTRIES: Sequence[str] = ()


@dataclass(frozen=True)
class TableKind:
    """A kind of table.

    Attributes:
        name: `manifest` or `reports`.
        parameter: of an import, by which somebody says which column is which.
        required: the columns that must be there.
        optional: the others that are read.
        ids: those of both that hold ids.
        spellings: other names of its columns, without capitals and signs, that are always read.
    """

    name: str
    parameter: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    ids: tuple[str, ...]
    spellings: Mapping[str, str]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return (*self.required, *self.optional)

    def by_name(self, header: str) -> str:
        """Return the column that a header names by itself; empty where it names none."""
        known = {plain(name): name for name in self.columns} | dict(self.spellings)
        return known.get(plain(header), "")

    def by_guess(self, header: str) -> str:
        """Return the column that a header probably means; empty where nothing says so."""
        letters = unicodedata.normalize("NFKD", header.casefold())
        column = LIKELY.get(plain(letters), "")
        return column if column in self.columns else ""


MANIFEST = TableKind(
    "manifest",
    "columns",
    ("file", "patient_id"),
    ("image_id", "study_id", "laterality", "view", "site", "label", "split", "report"),
    ("patient_id", "study_id", "image_id"),
    {},
)
REPORTS = TableKind(
    "reports",
    "report_columns",
    ("study_id", "report"),
    ("site",),
    ("study_id",),
    dict.fromkeys(("studyinstanceuid", "accession", "accessionnumber"), "study_id"),
)


def plain(name: str) -> str:
    """Return a column's name without capitals, spaces and signs."""
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def folded(header: str) -> str:
    """Return a header as two spellings of it are compared: capitals and spaces do not count."""
    return " ".join(header.split()).casefold()


def key_of(kind: TableKind, header: Sequence[str]) -> str:
    """Return what tables of one kind with the same headers, in any order, have in common."""
    named = sorted(folded(name) for name in header if name)
    return hashlib.sha256("\0".join([kind.name, *named]).encode()).hexdigest()


def entries_said(kind: TableKind, entries: Sequence[str]) -> dict[str, str]:
    """Return what somebody has said of the columns of a table.

    Args:
        kind: of the table.
        entries: `patient_id=Pat. No.` each; with nothing behind the sign, the column is not read.

    Returns:
        The header of each column that was named.

    Raises:
        errors.Refused: an entry names no column, or two of them contradict each other.
    """
    said: dict[str, str] = {}
    for entry in entries:
        column, sign, header = entry.partition("=")
        column, header = column.strip(), header.strip()
        if not sign or column not in kind.columns:
            raise errors.Refused(
                _("An entry names no column that is read."),
                kind.parameter,
                _(
                    "Write patient_id=Header. The columns are {names}.",
                    names=", ".join(kind.columns),
                ),
            )
        if column in said:
            raise _refused(
                kind, _("Two columns of the table are to be read as {name}.", name=column)
            )
        if header and folded(header) in map(folded, said.values()):
            raise _refused(
                kind,
                _("One column of the table is to be read as two, {name} among them.", name=column),
            )
        said[column] = header
    return said


class Columns:
    """Names the columns of the tables of one import that are of one kind.

    Args:
        kind: of table.
        entries: what somebody has said of them, as in `entries_said`. It holds for each table that
            has all of these headers.
        remembered: returns what was said of a table with the same headers before, by its key.

    Attributes:
        kind: of table.
        learned: what was said of the tables that were read, by their keys.
        recalled: whether a table was read as something said before.

    Raises:
        errors.Refused: as `entries_said` does.
    """

    def __init__(
        self,
        kind: TableKind,
        entries: Sequence[str] = NO_ENTRIES,
        remembered: Callable[[str], Sequence[str]] = lambda key: NO_ENTRIES,
    ) -> None:
        self.kind = kind
        self.learned: dict[str, list[str]] = {}
        self.recalled = False
        self._entries = list(entries)
        self._said = entries_said(kind, entries)
        self._remembered = remembered

    def named(self, header: Sequence[str]) -> list[str]:
        """Return the names of columns, known ones as Condyle has them.

        A column of another name than its own keeps nobody from having that name.

        Args:
            header: of the table, spaces taken away.
        """
        said = self._of_table(header)
        columns = {folded(name): column for column, name in said.items() if name}
        names = []
        for name in header:
            own = self.kind.by_name(name)
            taken = f"{name} (not read)" if own in said else own or name
            names.append(columns.get(folded(name), taken) if name else "")
        return names

    def read(self, header: Sequence[str]) -> None:
        """Note that a table was read, by the names returned for its header."""
        if self._said and self._lacks(header) is None:
            self.learned[key_of(self.kind, header)] = self._entries
        elif self._of_table(header):
            self.recalled = True

    def missing(self, header: Sequence[str], column: str) -> tuple[str, str]:
        """Return what to say of a required column that is not there, and what to do."""
        absent = self._lacks(header)
        if absent:
            return (
                f'The table has no column "{absent}", which was to be read as '
                f"{next(name for name, said in self._said.items() if said == absent)}.",
                "Write the name as it stands in the first line of the table.",
            )
        return (
            f"The column {column} is missing.",
            f"Name the columns in the first line; {' and '.join(self.kind.required)} are required. "
            "Columns with other names can be mapped on the page Imports, or with --"
            f"{self.kind.parameter.replace('_', '-')}.",
        )

    def require_used(self) -> None:
        """Refuse what was said where no table has these columns.

        Raises:
            errors.Refused: it would not count.
        """
        if self._said and not self.learned:
            raise errors.Refused(
                _("No table has all the columns that were named for it."),
                self.kind.parameter,
                _("Write the names as they stand in the first line of the table."),
            )

    def _of_table(self, header: Sequence[str]) -> dict[str, str]:
        if self._said and self._lacks(header) is None:
            return self._said
        return entries_said(self.kind, self._remembered(key_of(self.kind, header)))

    def _lacks(self, header: Sequence[str]) -> str | None:
        there = {folded(name) for name in header}
        return next(
            (name for name in self._said.values() if name and folded(name) not in there), None
        )


def suggested(kind: TableKind, header: Sequence[str]) -> dict[str, str]:
    """Return which column each header means, by its name or probably; each column once.

    Args:
        kind: of table.
        header: of the table.
    """
    found: dict[str, str] = {}
    for of in (kind.by_name, kind.by_guess):
        for name in header:
            column = of(name)
            if column and name not in found and column not in found.values():
                found[name] = column
    return found


def _refused(kind: TableKind, what: str) -> errors.Refused:
    return errors.Refused(
        what, kind.parameter, _("Give each column of the table one meaning, and each meaning once.")
    )
