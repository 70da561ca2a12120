"""The films of a training, in its order: in mapped files that all its processes share."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.images.kept_films import Bytes, Rows, files_of, map_file


class FilmArray:
    """Films that are read when they are asked for, so that memory does not grow with them.

    Args:
        folder: with links to the files they are in, as `KeptFilms.link` makes them.
        size: side of the square, in pixels.
        rows: (n,), as they were kept.
        left: bool (n,), which are mirrored.
    """

    def __init__(self, folder: Path, size: int, rows: Rows, left: NDArray[np.bool_]) -> None:
        self.folder = folder
        self.size = size
        self.rows = rows
        self.left = left

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, chosen: Tensor | slice) -> Tensor:
        """Return films: uint8 (n, size, size), a copy."""
        places = chosen if isinstance(chosen, slice) else chosen.numpy()
        return torch.from_numpy(self._read(self.rows[places], self.left[places]))

    def __add__(self, others: "FilmArray") -> "FilmArray":
        """Return these films, then others of the same folder."""
        rows = np.concatenate([self.rows, others.rows])
        return FilmArray(self.folder, self.size, rows, np.concatenate([self.left, others.left]))

    def part(self, chosen: slice) -> "FilmArray":
        """Return some of these films, not read yet."""
        return FilmArray(self.folder, self.size, self.rows[chosen], self.left[chosen])

    def in_batches(self, batch: int) -> Iterator[Bytes]:
        """Read all: uint8 (at most batch, size, size), in order."""
        for start in range(0, len(self), batch):
            yield self[start : start + batch].numpy()

    def _read(self, rows: Rows, left: NDArray[np.bool_]) -> Bytes:
        pixels = np.empty((len(rows), self.size, self.size), np.uint8)
        for path, places, inner in files_of(rows):
            mapped = map_file(self.folder / path, self.size)
            if mapped is None:
                raise FileNotFoundError(self.folder / path)
            pixels[places] = mapped[1][inner]
        pixels[left] = pixels[left, :, ::-1]
        return pixels
