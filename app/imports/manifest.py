"""Reading manifest.csv: every complaint names line, column and remedy."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app import errors
from app.imaging.placeholders import is_placeholder
from app.imports import identifying
from app.imports.columns import MANIFEST, Columns
from app.imports.table import read_table, refusal

MANIFEST_NAME = "manifest.csv"
SPLITS = ("", "development", "validation")
LONGEST_SITE = 64
"""As in DICOM (VR LO)."""
_SIDES = {
    "L": "l left lt li links gauche izquierda izquierdo sinistra sinistro esquerda esquerdo",
    "R": "r right rt re rechts droite droit derecha derecho destra destro direita direito",
    "B": "b both bilateral beide beidseits",
}
LATERALITIES = {"": ""} | {word: side for side, words in _SIDES.items() for word in words.split()}


@dataclass(frozen=True)
class Row:
    """One line of a manifest: one image, or one knee of a film of both.

    Attributes:
        line: where it stands in the file, the header being line 1.
        file: path of the image, relative to the manifest, with forward slashes.
        details: the other columns that are kept and not empty.
        dropped: the other columns of its manifest, which are not kept.

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
    dropped: frozenset[str] = frozenset()


def read_manifest(
    path: Path,
    classes: Collection[str],
    check: Callable[[], None] = lambda: None,
    keep: Collection[str] = (),
    pseudonymous: bool = False,
    columns: Columns | None = None,
) -> list[Row]:
    """Read a manifest and check it as a whole.

    Args:
        path: a CSV file with a header.
        classes: the names of the project's classes.
        check: called now and then; what it raises ends the reading.
        keep: the columns to keep besides those that Condyle reads.
        pseudonymous: whether the ids will be replaced, so that they may be anything.
        columns: which of its columns is which; left out: each is what its name says.

    Returns:
        Its rows, in order; whether the files exist is not looked at.

    Raises:
        errors.Refused: it cannot be read, is too large, lacks a column, a line contradicts itself
            or another, or a column looks like one that says who somebody is.
    """
    spelled = {name.casefold(): name for name in classes} | {"": ""}
    table = read_table(path, columns or Columns(MANIFEST), check)
    if not table:
        raise refusal("The manifest lists no image.", 2, "file", "Add one line for each image.")
    others = [name for name in table[0][1] if name not in MANIFEST.columns]
    identifying.check_headers(others)
    rows = [_row(line, cells, spelled, keep) for line, cells in table]
    identifying.check_cells(rows, keep, pseudonymous)
    _check_unique(rows)
    _check_patients(rows)
    _check_reports(rows)
    return rows


def _row(line: int, cells: dict[str, str], classes: dict[str, str], keep: Collection[str]) -> Row:
    known = {name: cells.get(name, "") for name in MANIFEST.columns}
    for name in MANIFEST.required:
        if not known[name]:
            raise refusal(f"The {name} is empty.", line, name, "Fill it in, or remove the line.")
    known["file"] = _inside(known["file"], line)
    known["label"] = _one_of(known["label"], classes, line, "label")
    known["split"] = _one_of(known["split"], {name: name for name in SPLITS}, line, "split")
    known["laterality"] = _one_of(known["laterality"], LATERALITIES, line, "laterality")
    if len(known["site"]) > LONGEST_SITE:
        raise refusal(
            f"The site has more than {LONGEST_SITE} characters.",
            line,
            "site",
            "Give it a short name.",
        )
    others = {name: cell for name, cell in cells.items() if name not in known and cell}
    details = {name: cell for name, cell in others.items() if name in keep}
    dropped = frozenset(cells) - frozenset(known) - frozenset(keep)
    return Row(line=line, details=details, dropped=dropped, **known)


def _inside(file: str, line: int) -> str:
    path = PurePosixPath(file.replace("\\", "/"))
    drive = str(path).partition("/")[0].endswith(":")
    if path.is_absolute() or ".." in path.parts or drive:
        raise refusal(
            "The file lies outside the manifest's folder.",
            line,
            "file",
            "Give its path relative to the manifest, without `..`.",
        )
    return str(path)


def _one_of(cell: str, known: dict[str, str], line: int, column: str) -> str:
    if cell.casefold() not in known:
        names = ", ".join(sorted({name for name in known.values() if name}))
        raise refusal(
            f"The cell holds no known {'class' if column == 'label' else column}.",
            line,
            column,
            f"Use one of {names}, or leave it empty.",
        )
    return known[cell.casefold()]


def _check_unique(rows: list[Row]) -> None:
    files: dict[str, list[Row]] = {}
    images: dict[tuple[str, str], int] = {}
    for row in rows:
        earlier = files.setdefault(row.file, [])
        if earlier and not are_both_knees([*earlier, row]):
            raise _twice("file", row.line, earlier[0].line)
        earlier.append(row)
        first = images.setdefault((row.site, row.image_id), row.line)
        if row.image_id and first != row.line:
            raise _twice("image_id", row.line, first)


def are_both_knees(rows: list[Row]) -> bool:
    """Whether lines of one file are one for each knee."""
    sides = sorted(row.laterality for row in rows)
    films = {(row.patient_id, row.study_id, row.site, row.view) for row in rows}
    reports = {row.report for row in rows if row.report}
    return sides == ["L", "R"] and len(films) == 1 and len(reports) <= 1


def _twice(column: str, line: int, first: int) -> errors.Refused:
    return refusal(
        f"The {column} is the same as in line {first}.",
        line,
        column,
        "Each image needs one line of its own; a film of both knees may have two, with laterality "
        "L and R and the same patient, study, site, view and report.",
    )


def _check_patients(rows: list[Row]) -> None:
    """A patient is in one split, a study is of one patient, and both are of one site or of none."""
    patients: dict[tuple[str, str], Row] = {}
    studies: dict[tuple[str, str], Row] = {}
    for row in rows:
        if not is_placeholder(row.patient_id):
            first = patients.setdefault((row.site, row.patient_id), row)
            if row.split != first.split:
                raise refusal(
                    f"The patient's split is not the one in line {first.line}.",
                    row.line,
                    "split",
                    "All images of a patient belong to one split.",
                )
        first = studies.setdefault((row.site, row.study_id), row)
        if row.study_id and row.patient_id != first.patient_id:
            raise refusal(
                f"The study is of another patient in line {first.line}.",
                row.line,
                "study_id",
                "Give studies of different patients different ids.",
            )
    for (site, patient), row in patients.items():
        unnamed = patients.get(("", patient))
        if site and unnamed is not None:
            raise refusal(
                f"The patient_id is that of line {unnamed.line}, where no site is named, so nobody "
                "can tell whether it is the same person.",
                row.line,
                "site",
                "Name the site in every line of these patients.",
            )


def _check_reports(rows: list[Row]) -> None:
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        if row.study_id and row.report:
            other = first.setdefault((row.site, row.study_id), row)
            if other.report != row.report:
                raise refusal(
                    f"The study has another report in line {other.line}.",
                    row.line,
                    "report",
                    "A study has one report; keep one of them.",
                )
