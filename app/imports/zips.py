"""Unpacking the zips of one import: each whole or not at all, and all of them within limits.

What one zip may not, many may not either: bytes, files and the suspicion of a bomb are sums.
"""

import hashlib
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app import errors
from app.imaging.storage import refusing_a_full_disk, require_room
from app.settings import Settings

SUSPICIOUS_RATIO = 200
HARMLESS_BYTES = 2**30
"""Below this, zips may be packed as tightly as they like."""
PIECE = 2**20
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)


class Unpackable(errors.Refused):
    """This zip cannot be imported; other files can."""


@dataclass(frozen=True)
class Contents:
    """What zips hold, or may hold.

    Attributes:
        packed: bytes of the zips themselves.
        size: bytes they unpack to.
        files: how many files these are.
    """

    packed: int = 0
    size: int = 0
    files: int = 0

    def __add__(self, other: "Contents") -> "Contents":
        return Contents(
            self.packed + other.packed, self.size + other.size, self.files + other.files
        )


class Unpacker:
    """Unpacks the zips of one import.

    Args:
        folder: where to, each into a folder of its own; one that was unpacked before a kill is
            not unpacked again, but counts.
        settings: with the limits.
        check: called now and then; what it raises ends the import and leaves nothing half-done.
    """

    def __init__(self, folder: Path, settings: Settings, check: Callable[[], None]) -> None:
        self._folder = folder
        self._most = Contents(size=settings.unpack_mb * 2**20, files=settings.unpack_files)
        self._reserve = settings.disk_reserve_mb * 2**20
        self._opened: dict[str, Path] = {}
        self._sum = Contents()
        self.check = check

    def digest_of(self, archive: Path) -> str:
        """Return the SHA-256 of a zip, which may be large.

        Raises:
            OSError: it cannot be read.
        """
        digest = hashlib.sha256()
        with archive.open("rb") as file:
            while piece := file.read(PIECE):
                self.check()
                digest.update(piece)
        return digest.hexdigest()

    def unpack(self, archive: Path, digest: str) -> Path:
        """Unpack a zip safely, all of it or nothing, and return its folder.

        Args:
            archive: the zip.
            digest: its SHA-256; the same zip is unpacked once.

        Raises:
            Unpackable: it is damaged or encrypted, holds links or paths that lead outside, is
                packed like a bomb, or is more than the zips of an import may hold.
            errors.Refused: the disk would be too full.
        """
        if digest not in self._opened:
            folder = self._folder / digest[:16]
            try:
                with zipfile.ZipFile(archive) as opened:
                    members = [member for member in opened.infolist() if not member.is_dir()]
                    self._admit(members, archive)
                    if not folder.is_dir():
                        self._unpack(opened, members, folder)
            except _DAMAGED as error:
                raise Unpackable(
                    "The zip is damaged or packed in a way that is not read.",
                    "",
                    "Pack the folder again as a plain zip, or import the folder itself.",
                ) from error
            self._opened[digest] = folder
        return self._opened[digest]

    def _admit(self, members: list[zipfile.ZipInfo], archive: Path) -> None:
        """Count a zip in, unless it makes too much of all zips so far."""
        size = sum(member.file_size for member in members)
        one = Contents(archive.stat().st_size, size, len(members))
        together = self._sum + one
        if together.size > max(HARMLESS_BYTES, SUSPICIOUS_RATIO * together.packed):
            raise _too_much(together, "far more than films do", "")
        if together.size > self._most.size:
            raise _too_much(together, f"{_mebibytes(self._most)} are allowed", "CONDYLE_UNPACK_MB")
        if together.files > self._most.files:
            few = f"{self._most.files:,} files are allowed"
            raise _too_much(together, few, "CONDYLE_UNPACK_FILES")
        for member in members:
            _check_member(member)
        self._sum = together

    def _unpack(
        self, opened: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path
    ) -> None:
        require_room(folder, sum(member.file_size for member in members), self._reserve)
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            for member in members:
                self._unpack_member(opened, member, partial)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _unpack_member(
        self, opened: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path
    ) -> None:
        target = folder / member.filename.replace("\\", "/")
        with refusing_a_full_disk(folder, member.file_size):
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(member) as packed, target.open("wb") as file:
                self.check()
                while piece := packed.read(PIECE):
                    self.check()
                    require_room(folder, len(piece), self._reserve)
                    file.write(piece)


def _too_much(together: Contents, why: str, where: str) -> Unpackable:
    return Unpackable(
        f"With this zip the import would unpack to {together.files:,} files of "
        f"{_mebibytes(together)} together: {why}.",
        where,
        "Check where it comes from; if it is right, import the unpacked folder.",
    )


def _mebibytes(contents: Contents) -> str:
    return f"{contents.size / 2**20:,.0f} MiB"


def _check_member(member: zipfile.ZipInfo) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or stat.S_ISLNK(member.external_attr >> 16):
        raise Unpackable(
            "The zip holds a link or a path that leads outside of it.",
            "",
            "Do not trust it; pack the films' folder again.",
        )
    if member.flag_bits & 1:
        raise Unpackable(
            "The zip is encrypted.", "", "Unpack it with its password and import the folder."
        )
