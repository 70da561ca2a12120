"""Reading manifest.csv and reports.csv: every complaint names line, column and remedy."""

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app import errors
from app.csv_tables import unquoted
from app.imports.table_limits import BoundedLines, require_small, too_wide

MANIFEST_NAME = "manifest.csv"
REQUIRED = ("file", "patient_id")
OPTIONAL = ("image_id", "study_id", "laterality", "view", "site", "label", "split", "report")
SPLITS = ("", "development", "validation")
LONGEST_SITE = 64
"""As in DICOM (VR LO)."""
LATERALITIES = {"": "", "l": "L", "left": "L", "r": "R", "right": "R", "b": "B", "both": "B"}


@dataclass(frozen=True)
class Row:
    """One line of a manifest: one image.

    Attributes:
        line: where it stands in the file, the header being line 1.
        file: path of the image, relative to the manifest, with forward slashes.
        details: the unknown columns that are not empty.

    The others are the columns of these names; empty where the manifest is silent. `label` is
    spelled as the class is, `laterality` is `L`, `R`, `B` or empty.
    """

    line: int
    file: str
    patient_id: str
    image_id: str
    study_id: str
    laterality: str
    view: str
    site: str
    label: str
    split: str
    report: str
    details: dict[str, str]


def read_manifest(
    path: Path, classes: Collection[str], check: Callable[[], None] = lambda: None
) -> list[Row]:
    """Read a manifest and check it as a whole.

    Args:
        path: a CSV file, UTF-8 with or without byte order mark, with a header.
        classes: the names of the project's classes.
        check: called now and then; what it raises ends the reading.

    Returns:
        Its rows, in order; whether the files exist is not looked at.

    Raises:
        errors.Refused: it cannot be read, is too large, lacks a column, or a line contradicts
            itself or another.
    """
    spelled = {name.casefold(): name for name in classes} | {"": ""}
    rows = [_row(line, cells, spelled) for line, cells in _lines(path, REQUIRED, check)]
    if not rows:
        raise _refusal("The manifest lists no image.", 2, "file", "Add one line for each image.")
    _check_unique(rows)
    _check_patients(rows)
    _check_reports(rows)
    return rows


def read_reports(path: Path, check: Callable[[], None] = lambda: None) -> dict[str, str]:
    """Read the reports of studies.

    Args:
        path: a CSV file with the columns study_id and report.
        check: as `read_manifest` takes it.

    Returns:
        The report of each study_id; empty ones are left out.

    Raises:
        errors.Refused: it cannot be read, lacks a column, or has two reports for one study.
    """
    reports: dict[str, str] = {}
    for line, cells in _lines(path, ("study_id", "report"), check):
        study, report = cells["study_id"], cells["report"]
        if not study:
            raise _refusal("The study_id is empty.", line, "study_id", "Fill it in.")
        if report and reports.setdefault(study, report) != report:
            raise _refusal(
                "This study has another report further up.", line, "report", "Keep one of them."
            )
    return reports


def _lines(
    path: Path, required: tuple[str, ...], check: Callable[[], None]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line number and the stripped cells by column of each line that is not blank."""
    lines = BoundedLines(_text(path), check)
    reader = csv.reader(lines, strict=True)
    line = 1
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, required)
        line = reader.line_num + 1
        for cells in reader:
            lines.begin_record()
            if any(cells):
                _check_width(cells, header, line)
                yield line, dict(zip(header, map(_text_of, cells), strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise _refusal(
            f"The line is no CSV: {error}.",
            line,
            "",
            "Check its quotation marks: one that is not closed makes one cell of all that follows. "
            "Save the table as CSV with commas.",
        ) from error


def _text_of(cell: str) -> str:
    """Return a cell without the spaces around it, and without what our own CSV quotes it by."""
    return unquoted(cell.strip())


def _text(path: Path) -> str:
    try:
        require_small(path)
        data = path.read_bytes()
    except OSError as error:
        raise errors.Refused(
            "The table cannot be read.", path.name, "Check that the file exists and is readable."
        ) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refusal(
            "The table is not in UTF-8.",
            data.count(b"\n", 0, error.start) + 1,
            "",
            'Save it as "CSV UTF-8".',
        ) from error


def _check_header(header: list[str], required: tuple[str, ...]) -> None:
    if wide := too_wide(header):
        raise _refusal(*wide)
    missing = [name for name in required if name not in header]
    if missing:
        separated = len(header) == 1 and (";" in header[0] or "\t" in header[0])
        raise _refusal(
            f"The column {missing[0]} is missing.",
            1,
            missing[0],
            "Save the table with commas between the columns."
            if separated
            else f"Name the columns in the first line; {' and '.join(required)} are required.",
        )
    twice = next((name for name, count in Counter(header).items() if count > 1), None)
    if twice is not None:
        raise _refusal("Two columns have the same name.", 1, twice, "Rename one of them.")


def _check_width(cells: list[str], header: list[str], line: int) -> None:
    if len(cells) != len(header):
        raise _refusal(
            f"The line has {len(cells)} cells, the header has {len(header)}.",
            line,
            header[min(len(cells), len(header) - 1)],
            "Put text that contains commas in quotation marks.",
        )


def _row(line: int, cells: dict[str, str], classes: dict[str, str]) -> Row:
    known = {name: cells.get(name, "") for name in (*REQUIRED, *OPTIONAL)}
    for name in REQUIRED:
        if not known[name]:
            raise _refusal(f"The {name} is empty.", line, name, "Fill it in, or remove the line.")
    known["file"] = _inside(known["file"], line)
    known["label"] = _one_of(known["label"], classes, line, "label")
    known["split"] = _one_of(known["split"], {name: name for name in SPLITS}, line, "split")
    known["laterality"] = _one_of(known["laterality"], LATERALITIES, line, "laterality")
    if len(known["site"]) > LONGEST_SITE:
        raise _refusal(
            f"The site has more than {LONGEST_SITE} characters.",
            line,
            "site",
            "Give it a short name.",
        )
    details = {name: cell for name, cell in cells.items() if name not in known and cell}
    return Row(line=line, details=details, **known)


def _inside(file: str, line: int) -> str:
    path = PurePosixPath(file.replace("\\", "/"))
    drive = str(path).partition("/")[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or drive:
        raise _refusal(
            "The file lies outside the manifest's folder.",
            line,
            "file",
            "Give its path relative to the manifest, without `..`.",
        )
    return str(path)


def _one_of(cell: str, known: dict[str, str], line: int, column: str) -> str:
    if cell.casefold() not in known:
        names = ", ".join(sorted({name for name in known.values() if name}))
        raise _refusal(
            f"{cell[:40]!r} is no known {'class' if column == 'label' else column}.",
            line,
            column,
            f"Use one of {names}, or leave it empty.",
        )
    return known[cell.casefold()]


def _check_unique(rows: list[Row]) -> None:
    for column in ("file", "image_id"):
        seen: dict[str, int] = {}
        for row in rows:
            cell = getattr(row, column)
            if cell and seen.setdefault(cell, row.line) != row.line:
                raise _refusal(
                    f"The {column} is the same as in line {seen[cell]}.",
                    row.line,
                    column,
                    "Each image needs one line of its own.",
                )


def _check_patients(rows: list[Row]) -> None:
    """A patient is in one split, and a study is of one patient."""
    splits: dict[str, Row] = {}
    studies: dict[str, Row] = {}
    for row in rows:
        first = splits.setdefault(row.patient_id, row)
        if row.split != first.split:
            raise _refusal(
                f"The patient's split is not the one in line {first.line}.",
                row.line,
                "split",
                "All images of a patient belong to one split.",
            )
        first = studies.setdefault(row.study_id, row)
        if row.study_id and row.patient_id != first.patient_id:
            raise _refusal(
                f"The study is of another patient in line {first.line}.",
                row.line,
                "study_id",
                "Give studies of different patients different ids.",
            )


def _check_reports(rows: list[Row]) -> None:
    first: dict[str, Row] = {}
    for row in rows:
        if row.study_id and row.report:
            other = first.setdefault(row.study_id, row)
            if other.report != row.report:
                raise _refusal(
                    f"The study has another report in line {other.line}.",
                    row.line,
                    "report",
                    "A study has one report; keep one of them.",
                )


def _refusal(what: str, line: int, column: str, do: str) -> errors.Refused:
    where = f"line {line}" + (f", column {column}" if column else "")
    return errors.Refused(what, where, do)
