"""Counting the files beside a manifest that it does not list: passed over, but not unsaid."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from app.imports.files import NO_IMAGES, Source

NO_FILMS = {".csv", ".tsv", ".txt", ".md", ".pdf", ".json", ".xml", ".html", ".zip", ".py", ".xlsx"}
"""Endings of what lies beside films and is none."""


def count_unlisted(folders: Collection[Path], sources: Collection[Source]) -> int:
    """Return how many files in the folders of manifests are no part of the import.

    Args:
        folders: of which only what a manifest lists was taken.
        sources: what is imported.
    """
    taken = {os.path.abspath(source.path) for source in sources}
    found = {path for folder in folders for path in _files_in(folder)}
    return len(found - taken)


def _files_in(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(os.path.abspath(folder)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            plain = name.lower()
            is_film = os.path.splitext(plain)[1] not in NO_FILMS and plain not in NO_IMAGES
            if is_film and not name.startswith("."):
                yield os.path.join(place, name)
