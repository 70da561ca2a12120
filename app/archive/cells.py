"""All images by their facets, in memory: any filter is looked up and counted in milliseconds.

Images that have the same value of every facet are one cell. A filter chooses cells, of which there
are few, not images, of which there are many: counts are sums over cells, and an image costs two
numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.archive.columns import Codes, Columns, Numbers
from app.archive.facets import BLIND, NAMES, NONE, Sort, Wanted
from app.archive.largest import ends, enough, largest
from app.archive.said import Ids, Measures

AT_ONCE = 1 << 16
"""Images that are looked through together from one end."""
BITS = 62
"""Of the number to which the facets of an image are joined."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Place:
    """Where a page ends: the next one begins after it.

    Attributes:
        score: by which the images are sorted; 0 where that is their number.
        image_id: the last one.
    """

    score: float
    image_id: int


class Cells:
    """The images, by what they have in common."""

    def __init__(self) -> None:
        self.codes = Codes()
        self._numbers: dict[bytes, int] = {}
        self._facets = np.zeros((1, len(NAMES)), np.uint16)
        self._sizes = np.zeros(1, np.int64)
        self._cell = np.zeros(1, np.int32)
        self._confidence = np.zeros(1, np.float32)

    def put(self, columns: Columns) -> None:
        """Add images, or put them right."""
        if len(columns.ids) == 0:
            return
        self._grow(int(columns.ids[-1]) + 1)
        first, which = _alike([columns.facets[name] for name in NAMES])
        rows = np.column_stack([columns.facets[name][first] for name in NAMES])
        numbers = np.array([self._number(row) for row in rows], np.int32)
        self._move(columns.ids, numbers[which])
        self._confidence[columns.ids] = columns.confidence

    def drop(self, ids: Ids) -> None:
        """Forget images that are gone."""
        ids = ids[ids < len(self._cell)]
        self._move(ids, np.zeros(len(ids), np.int32))

    def has(self, image_id: int) -> bool:
        """Whether an image is known."""
        return image_id < len(self._cell) and self._cell[image_id] != 0

    def __len__(self) -> int:
        return int(self._sizes[1:].sum())

    def counts(self, wanted: Wanted, among: Ids | None) -> dict[str, dict[str, int]]:
        """Count the images with each value of each facet.

        A facet's own choice does not narrow its own counts, so that another of its values can be
        chosen as well.

        Args:
            wanted: what is asked for.
            among: only these images; None for all.
        """
        sizes = self._sizes_among(among)
        fits = {name: self._fitting(name, wanted) for name in wanted.chosen}
        found = {}
        for place, name in enumerate(NAMES):
            others = [mask for other, mask in fits.items() if other != name]
            chosen = _all(others, len(sizes))
            chosen[0] = False
            values = self.codes.values[name]
            of_value = np.bincount(
                self._facets[chosen, place], weights=sizes[chosen], minlength=len(values)
            )
            found[name] = {
                value: int(number)
                for value, number in zip(values, of_value.tolist(), strict=True)
                if number or value in wanted.chosen.get(name, ())
            }
        return found

    def total(self, wanted: Wanted, among: Ids | None) -> int:
        """Count the images that are wanted."""
        return int(self._sizes_among(among)[self._wanted(wanted)].sum())

    def page(
        self, wanted: Wanted, among: Ids | None, after: Place | None, size: int
    ) -> list[Place]:
        """Return the first images that are wanted after a place, in the order that is asked for.

        Args:
            wanted: what is asked for.
            among: only these images; None for all.
            after: the place; None for the beginning.
            size: images at most.
        """
        fits = self._wanted(wanted)
        if not self._sizes[fits].any():
            return []
        if among is None and wanted.sort in ("newest", "oldest"):
            return self._from_one_end(fits, wanted.sort, after, size)
        if among is None:
            fits = self._promising(fits, wanted.sort, after, size)
            ids = np.flatnonzero(fits[self._cell])
        else:
            ids = self._known(among)
            ids = ids[fits[self._cell[ids]]]
        scores = self._scores(ids, wanted.sort)
        # Descending by both, so that one cursor serves every order.
        order = ids if wanted.sort != "oldest" else -ids
        if after is not None:
            last = after.image_id if wanted.sort != "oldest" else -after.image_id
            score = np.float32(after.score)
            kept = (scores < score) | ((scores == score) & (order < last))
            ids, scores, order = ids[kept], scores[kept], order[kept]
        first = largest(scores, order, size)
        return [Place(float(scores[at]), int(ids[at])) for at in first]

    def all(self, wanted: Wanted, among: Ids | None) -> Ids:
        """Return the numbers of all images that are wanted, ascending."""
        fits = self._wanted(wanted)
        ids = np.arange(len(self._cell)) if among is None else np.sort(self._known(among))
        found: Ids = ids[fits[self._cell[ids]]]
        return found

    def _from_one_end(self, fits: Mask, sort: Sort, after: Place | None, size: int) -> list[Place]:
        found: list[int] = []
        for ids in self._windows(sort, after):
            found += ids[fits[self._cell[ids]]][: size - len(found)].tolist()
            if len(found) >= size:
                break
        return [Place(0.0, image_id) for image_id in found]

    def _windows(self, sort: Sort, after: Place | None) -> Iterator[NDArray[Any]]:
        """Yield the numbers of images from one end, some at a time."""
        end = len(self._cell)
        if sort == "oldest":
            for start in range(1 if after is None else after.image_id + 1, end, AT_ONCE):
                yield np.arange(start, min(start + AT_ONCE, end))
        else:
            for last in range(min(end, after.image_id if after else end) - 1, 0, -AT_ONCE):
                yield np.arange(last, max(last - AT_ONCE, 0), -1)

    def _promising(self, fits: Mask, sort: Sort, after: Place | None, size: int) -> Mask:
        """Return which of the fitting cells can have images of a page.

        The band of its confidence tells between which scores a cell's images are. So most of a
        million images need not be looked at.
        """
        bands = self.codes.values["confidence"]
        at = self._facets[:, NAMES.index("confidence")]
        lowest, highest = (
            self._score(np.array([ends(band)[end] for band in bands], np.float32)[at], sort)
            for end in ((1, 0) if sort == "unsure" else (0, 1))
        )
        follow = fits
        if after is not None:
            score = np.float32(after.score)
            fits, follow = fits & (lowest <= score), fits & (highest < score)
        return fits & (highest >= enough(lowest[follow], self._sizes[follow], size))

    def _scores(self, ids: Ids, sort: Sort) -> Measures:
        """Return what images are sorted by, the largest first."""
        if sort in ("newest", "oldest"):
            return np.zeros(len(ids), np.float32)
        return self._score(self._confidence[ids], sort, self._cell[ids])

    def _score(self, confidence: Measures, sort: Sort, cells: Any = slice(None)) -> Measures:
        """Return the scores of a confidence of each cell, or of images of some cells."""
        if sort == "disagreement":
            differs = self._value("against", "differ") * 2 + self._value("conflict", "yes")
            return (differs[cells] + confidence).astype(np.float32)
        predicted = ~(self._value("predicted", NONE) | self._value("predicted", BLIND)).astype(bool)
        if sort == "sure":
            return np.where(predicted[cells], confidence, np.float32(-1))
        return np.where(predicted[cells], -confidence, np.float32(-2))

    def _value(self, name: str, value: str) -> NDArray[np.int8]:
        """Return which cells have a value of a facet, 1 or 0."""
        own = self._facets[:, NAMES.index(name)] == self.codes.number(name, value)
        return own.astype(np.int8)

    def _wanted(self, wanted: Wanted) -> Mask:
        masks = [self._fitting(name, wanted) for name in wanted.chosen]
        fits = _all(masks, len(self._sizes))
        fits[0] = False
        return fits

    def _fitting(self, name: str, wanted: Wanted) -> Mask:
        """Return which cells have one of the values that are asked for of a facet."""
        chosen = wanted.chosen[name]
        table = np.array([_is_asked(name, value, chosen) for value in self.codes.values[name]])
        fits: Mask = table[self._facets[:, NAMES.index(name)]]
        return fits

    def _sizes_among(self, among: Ids | None) -> NDArray[np.int64]:
        if among is None:
            return self._sizes
        return np.bincount(self._cell[self._known(among)], minlength=len(self._sizes))

    def _known(self, among: Ids) -> Ids:
        ids: Ids = among[among < len(self._cell)]
        return ids

    def _number(self, row: NDArray[np.uint16]) -> int:
        """Return the number of a cell, a new one where there is none like it."""
        known = self._numbers.get(row.tobytes())
        if known is None:
            known = self._numbers[row.tobytes()] = len(self._numbers) + 1
            if known >= len(self._facets):
                self._facets = _longer(self._facets, 2 * known)
                self._sizes = _longer(self._sizes, 2 * known)
            self._facets[known] = row
        return known

    def _move(self, ids: Ids, cells: NDArray[np.int32]) -> None:
        np.subtract.at(self._sizes, self._cell[ids], 1)
        np.add.at(self._sizes, cells, 1)
        self._cell[ids] = cells

    def _grow(self, length: int) -> None:
        if length > len(self._cell):
            length += length // 8
            self._cell, self._confidence = (
                _longer(self._cell, length),
                _longer(self._confidence, length),
            )


def _alike(columns: Sequence[Numbers]) -> tuple[Ids, Ids]:
    """Return where each distinct row of some columns is first, and which of them each row is.

    Rows are joined to one number and sorted as such: as rows that would take ten times as long.
    """
    which, bits = np.zeros(len(columns[0]), np.int64), 0
    for column in columns:
        width = int(column.max()).bit_length()
        if bits + width > BITS:
            which = np.unique(which, return_inverse=True)[1]
            bits = len(which).bit_length()
        which, bits = which << width | column, bits + width
    _values, first, which = np.unique(which, return_index=True, return_inverse=True)
    return first, which


def _is_asked(name: str, value: str, chosen: tuple[str, ...]) -> bool:
    """Whether a value is one of those asked for; a month is one of its year."""
    return value in chosen or (name == "imported" and value[:4] in chosen)


def _all(masks: list[Mask], length: int) -> Mask:
    fits = np.ones(length, np.bool_)
    for mask in masks:
        fits &= mask
    return fits


def _longer(array: NDArray[Any], length: int) -> NDArray[Any]:
    longer = np.zeros((length, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
