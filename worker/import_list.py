"""The list of an import's files, in the run's folder: what the plan has found out of each.

It names files and holds what manifests say of them, reports as they came, so it lies beside the
originals and goes with them.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app import errors
from app.imaging.film import Identity
from app.imports.files import Source
from app.imports.manifest import Row
from app.imports.persons import Claim

FOLDER = "files"
ABOUT = "about.json"


@dataclass(frozen=True)
class Listed:
    """One file of an import.

    Attributes:
        source: the file.
        identity: what its header said, where no manifest lists it; None where it said nothing.
        claim: whose it is; None where nothing says so.
        split: of the patient, if new.
    """

    source: Source
    identity: Identity | None
    claim: Claim | None
    split: str


@dataclass(frozen=True)
class About:
    """What holds for all files of an import.

    Attributes:
        size: how many files each of its parts has, but for the last.
        both_knees: the views, each with its site, whose films show both knees.
        not_listed: how many files lie beside a manifest that does not list them.
    """

    size: int
    both_knees: Sequence[Sequence[str]]
    not_listed: int


class ImportList:
    """The list of one import.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def write(self, files: Sequence[Listed], about: About) -> None:
        """Write the list, over what a plan that was killed has left.

        Args:
            files: in the order in which they were found.
            about: what holds for all of them.
        """
        self._folder.mkdir(exist_ok=True)
        for start in range(0, len(files), about.size):
            some = [_as_json(each) for each in files[start : start + about.size]]
            self._path(start // about.size + 1).write_text(json.dumps(some))
        (self._folder / ABOUT).write_text(json.dumps(asdict(about)))

    def about(self) -> About:
        """Return what holds for all files.

        Raises:
            errors.Refused: the list is on another machine.
        """
        return About(**json.loads(_read(self._folder / ABOUT)))

    def part(self, number: int) -> list[Listed]:
        """Return the files of one part.

        Args:
            number: of the part, from 1.

        Raises:
            errors.Refused: the list is on another machine.
        """
        return [_from_json(each) for each in json.loads(_read(self._path(number)))]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.json"


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError as error:
        raise errors.Refused(
            "This worker has no access to the files of the import.",
            "CONDYLE_HOME",
            "Share `inbox`, `uploads` and `runs` of the home folder with its machine, or let only "
            "workers that have them take the queue `decode` (`condyle worker --queues`).",
        ) from error


def _as_json(listed: Listed) -> dict[str, Any]:
    source, claim = listed.source, listed.claim
    return {
        "path": str(source.path),
        "name": source.name,
        "manifest": source.manifest,
        "rows": [_row_as_json(row) for row in (source.row, source.second) if row is not None],
        "identity": listed.identity and asdict(listed.identity),
        "claim": claim and asdict(claim) | {"continues": sorted(claim.continues)},
        "split": listed.split,
    }


def _row_as_json(row: Row) -> dict[str, Any]:
    """The columns that were dropped have been told of, and are the same in every line."""
    return asdict(row) | {"dropped": []}


def _from_json(kept: dict[str, Any]) -> Listed:
    row, second, *_ = [*map(_row, kept["rows"]), None, None]
    source = Source(Path(kept["path"]), kept["name"], row, kept["manifest"], second)
    identity, claim = kept["identity"], kept["claim"]
    return Listed(
        source,
        identity and Identity(**identity),
        claim and Claim(**{**claim, "continues": frozenset(claim["continues"])}),
        kept["split"],
    )


def _row(kept: dict[str, Any]) -> Row:
    return Row(**{**kept, "dropped": frozenset()})
