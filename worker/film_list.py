"""A list of films with probabilities that is as long as an archive: in a file, not in memory."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.imaging.storage import Store
from app.training.rules import Swept
from models.film import Film, Place

PAGE = 4096
"""Films in memory at a time."""


class FilmList:
    """Films that were listed in one unit of work, to be read after it, page by page.

    Args:
        path: the file; written by `write`.
        classes: how many there are.
    """

    def __init__(self, path: Path, classes: int) -> None:
        self._path = path
        self._row = np.dtype(
            [
                ("image", "<i8"),
                ("digest", "u1", 32),
                ("left", "?"),
                ("probabilities", "<f4", (classes,)),
            ]
        )

    def __len__(self) -> int:
        return self._path.stat().st_size // self._row.itemsize

    def write(self, labelled: Swept) -> None:
        """Write the list, over what is there.

        Args:
            labelled: each film with the probabilities of its classes.
        """
        with self._path.open("wb") as file:
            for film, probabilities in labelled:
                digest = np.frombuffer(bytes.fromhex(film.digest), np.uint8)
                row = (film.image_id, digest, film.laterality == "L", tuple(probabilities))
                file.write(np.array(row, self._row).tobytes())

    def pages(self, store: Store, kept: Path) -> Iterator[list[Film]]:
        """Read the films.

        Args:
            store: where their renditions are.
            kept: the folder of what networks see of them.

        Yields:
            `PAGE` films at most, in order; without reports, and each a group of its own.
        """
        for rows in self._read():
            images, left = rows["image"].tolist(), rows["left"].tolist()
            digests = [digest.tobytes().hex() for digest in rows["digest"]]
            yield [
                Film(store.later(digest), None, "", "L" * is_left, "", Place(kept, image, digest))
                for image, is_left, digest in zip(images, left, digests, strict=True)
            ]

    def probabilities(self) -> NDArray[np.float32]:
        """Read all probabilities: float32 (n, classes)."""
        found = np.empty((len(self), *self._row["probabilities"].shape), np.float32)
        done = 0
        for rows in self._read():
            found[done : done + len(rows)] = rows["probabilities"]
            done += len(rows)
        return found

    def _read(self) -> Iterator[NDArray[np.void]]:
        size = PAGE * self._row.itemsize
        with self._path.open("rb") as file:
            while data := file.read(size):
                yield np.frombuffer(data, self._row)
