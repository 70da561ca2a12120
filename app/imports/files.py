"""Finding what to import: files, folders and zips, in a stable order; no film is looked into."""

import hashlib
import os
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from app import errors
from app.imports.columns import MANIFEST, Columns
from app.imports.manifest import MANIFEST_NAME, Row, read_manifest
from app.imports.spoiled_ids import zeros_lost
from app.imports.zips import Unpackable, Unpacker

NO_IMAGES = {"dicomdir", "__macosx", "thumbs.db", "desktop.ini"}
SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}
"""No tables as they are: reading them says how to save them. An XLSX would pass for a zip."""


@dataclass(frozen=True)
class Source:
    """One file to import.

    Attributes:
        path: where it is now.
        name: where it was, relative to what was imported.
        row: its line of a manifest, where there is one.
        manifest: which of the import's manifests that is, `1`, `2`, ...; empty without one.
        second: the line of its other knee, where each knee of a film of both has its own.
    """

    path: Path
    name: str
    row: Row | None = None
    manifest: str = ""
    second: Row | None = None


@dataclass(frozen=True)
class Problem:
    """Something that was to be imported and cannot be.

    Attributes:
        name: where it was, relative to what was imported.
        digest: SHA-256 of the file, or of the name where there is no file.
        reason: why.
        film: see `app.db.archive.QuarantinedFile`.
    """

    name: str
    digest: str
    reason: errors.CondyleError
    film: str = ""


class Search:
    """Looks for the files of an import.

    A folder that holds a manifest.csv is what its manifest lists; other folders are walked. Zips
    are unpacked and taken as folders, except those inside a zip.

    Args:
        classes: the names of the project's classes, to check labels against.
        zips: what unpacks the zips of this import, and may stop the search.
        no_films: files that are passed over.
        keep: columns of a manifest that are kept besides those that Condyle reads.
        pseudonymous: whether the ids of a manifest will be replaced.
        columns: which columns of a manifest are which; left out: each is what its name says.

    Attributes:
        sources: the files found, in a stable order.
        problems: what could not be found or unpacked.
        dropped: the columns of manifests that are not kept.
        notes: what an admin should look at in the manifests, though it may be right.
        listed_folders: the folders of which only what a manifest lists was taken.
    """

    def __init__(
        self,
        classes: Collection[str],
        zips: Unpacker,
        no_films: Collection[Path] = (),
        keep: Collection[str] = (),
        pseudonymous: bool = False,
        columns: Columns | None = None,
    ) -> None:
        self._columns = columns or Columns(MANIFEST)
        self._classes = classes
        self._zips = zips
        self._no_films = {path.absolute() for path in no_films}
        self._keep = keep
        self._pseudonymous = pseudonymous
        self.dropped: set[str] = set()
        self.notes: list[str] = []
        self.sources: list[Source] = []
        self.problems: list[Problem] = []
        self.listed_folders: list[Path] = []
        self._manifests = 0

    def look(self, paths: Collection[Path], manifest: Path | None) -> None:
        """Find everything under some paths.

        With a manifest given, only what it lists is found: beside it, or in one of the paths.

        Args:
            paths: files, folders, zips and manifests.
            manifest: the manifest for all of them, or None.

        Raises:
            errors.Refused: a path or a manifest is wrong, or the disk is full.
        """
        for number, path in enumerate(paths, 1):
            if not path.exists():  # its name may be a patient's, so it is not repeated
                where = f"number {number} of {len(paths)}"
                raise errors.Refused("There is no such file or folder.", where, "Check the path.")
        if manifest is not None:
            self._list(manifest, [manifest.parent, *self._folders(paths)])
            return
        for path in paths:
            self._take(path, path.name)

    def _take(self, path: Path, name: str) -> None:
        if path.is_dir():
            self._walk(path, path, within_zip=False)
        elif path.suffix.lower() in {".csv", *SPREADSHEETS}:
            self._list(path, [path.parent])
        elif is_zip(path):
            folder = self._open(path, name)
            if folder is not None:
                self._walk(folder, folder, within_zip=True)
        else:
            self.sources.append(Source(path, name))

    def _folders(self, paths: Collection[Path]) -> list[Path]:
        """Return the folders among some paths, and what their zips and these hold."""
        folders = [path for path in paths if path.is_dir()]
        zips = [path for path in paths if path.is_file() and is_zip(path)]
        within = (path for folder in folders for path in sorted(folder.iterdir()))
        zips += [path for path in within if path.suffix.lower() == ".zip"]
        opened = (self._open(path, path.name) for path in zips)
        return folders + [folder for folder in opened if folder is not None]

    def _open(self, archive: Path, name: str) -> Path | None:
        """Return the folder a zip is unpacked into, None where it cannot be."""
        try:
            digest = self._zips.digest_of(archive)
        except OSError:
            self.problems.append(unreadable(name))
            return None
        try:
            return self._zips.unpack(archive, digest)
        except Unpackable as error:
            self.problems.append(Problem(name, digest, error))
            return None

    def _walk(self, folder: Path, root: Path, within_zip: bool) -> None:
        if not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
            name = root.name if folder == root else str(folder.relative_to(root))
            self.problems.append(unreadable(name))
            return
        manifest = _manifest_in(folder)
        if manifest is not None:
            self._list(manifest, [folder] if within_zip else self._folders([folder]))
            return
        with os.scandir(folder) as entries:
            visible = sorted(entry.name for entry in entries if _is_visible(entry.name))
        for path in (folder / name for name in visible):
            if path.absolute() in self._no_films:
                continue
            name = str(path.relative_to(root))
            if path.is_dir():
                if not path.is_symlink():
                    self._walk(path, root, within_zip)
            elif path.is_file() and path.suffix.lower() == ".zip":
                if within_zip:
                    self.problems.append(_zip_in_zip(name, path))
                else:
                    self._take(path, name)
            elif path.is_file() or path.is_symlink():
                self.sources.append(Source(path, name))

    def _list(self, manifest: Path, folders: Collection[Path]) -> None:
        self._manifests += 1
        self.listed_folders += folders
        rows = read_manifest(
            manifest,
            self._classes,
            self._zips.check,
            self._keep,
            self._pseudonymous,
            self._columns,
        )
        self.dropped |= rows[0].dropped
        self.notes += _doubts(rows)
        lines: dict[str, list[Row]] = {}
        for row in rows:
            lines.setdefault(row.file, []).append(row)
        for row, *second in lines.values():
            places = (folder / row.file for folder in folders)
            # The function, unlike the method, takes what can be no file's name for no file.
            path = next((place for place in places if os.path.isfile(place)), None)
            if path is not None:
                both = with_common_report(row, *second)
                self.sources.append(
                    Source(path, row.file, both[0], str(self._manifests), *both[1:])
                )
            else:
                self.problems.append(_missing(row))


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unreadable(name: str) -> Problem:
    """Return what to record for a file or folder that cannot be opened."""
    reason = errors.Refused(
        "It cannot be read.", "", "Check that it still exists and that Condyle may read it."
    )
    return Problem(name, digest_of_name(name), reason)


def is_zip(path: Path) -> bool:
    """Whether a file is named or begins like a zip; one that cannot be read does not begin so."""
    try:
        with path.open("rb") as file:
            begins_so = file.read(4) == b"PK\x03\x04"
    except OSError:
        begins_so = False
    return begins_so or path.suffix.lower() == ".zip"


def _is_visible(name: str) -> bool:
    return not name.startswith(".") and name.lower() not in NO_IMAGES


def _manifest_in(folder: Path) -> Path | None:
    """Return a folder's manifest, whose name may be in capitals, as some systems write it.

    Where there is none but a spreadsheet of that name, this is returned, to be refused in words.
    """
    stem = MANIFEST_NAME.removesuffix(".csv")
    names = [MANIFEST_NAME, *(stem + suffix for suffix in sorted(SPREADSHEETS))]
    with os.scandir(folder) as entries:
        named = [entry.name for entry in entries if entry.name.casefold() in names]
    named.sort(key=lambda name: (names.index(name.casefold()), name != MANIFEST_NAME, name))
    return next((folder / name for name in named if (folder / name).is_file()), None)


def _doubts(rows: list[Row]) -> list[str]:
    """Return what may be wrong with the ids of a manifest, a sentence for each column."""
    return [
        f"The names of files have zeros before the {column} that the manifest lacks: a spreadsheet "
        "may have dropped them. Take this import back and save the column as text if other tables "
        "have the zeros."
        for column in MANIFEST.ids
        if zeros_lost((row.file, getattr(row, column)) for row in rows)
    ]


def _zip_in_zip(name: str, path: Path) -> Problem:
    reason = errors.Refused(
        "It is a zip inside a zip, and only the outer one is unpacked.",
        "",
        "Unpack the outer one and import its folder: zips in a folder are unpacked.",
    )
    return Problem(name, digest_of(path), reason)


def with_common_report(*rows: Row) -> tuple[Row, ...]:
    """Give both knees of a film the report that one of their lines has: they are of one study."""
    report = next((row.report for row in rows if row.report), "")
    return tuple(replace(row, report=report) for row in rows)


def _missing(row: Row) -> Problem:
    reason = errors.Refused(
        f"The manifest's line {row.line} names a file that is not there.",
        f"line {row.line}, column file",
        "Put the file beside the manifest, or correct the line.",
    )
    return Problem(row.file, digest_of_name(row.file), reason)


def digest_of_name(name: str) -> str:
    """Return what something is known by of which there is no file, or no other."""
    return hashlib.sha256(f"unread\0{name}".encode(errors="surrogatepass")).hexdigest()
