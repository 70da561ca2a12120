"""Look-up tables as the standard means them, whatever VR, length and depth they came with."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from app.imaging import attributes
from app.imaging.film import LookupTable

WORD = 2**16
USUAL_DEPTH = 12
"""Bits of most tables; more than a film's own are needed where that has fewer."""


def usable_items(dataset: Dataset, keyword: str) -> list[tuple[Dataset, LookupTable]]:
    """Return the items of a LUT sequence that hold a table, each with its table.

    Args:
        dataset: a dataset.
        keyword: `ModalityLUTSequence` or `VOILUTSequence`.

    Returns:
        The items in their order. The tables' first inputs are not signed yet, see `signed`.
    """
    items = attributes.value(dataset, keyword)
    little = attributes.is_little_endian(dataset)
    film_bits = attributes.integer(dataset, "BitsStored", 16)
    found = [(item, _table(item, little, film_bits)) for item in _datasets(items)]
    return [(item, table) for item, table in found if table is not None]


def signed(table: LookupTable, negative: bool) -> LookupTable:
    """Return a table with its first input read as signed where inputs may be negative.

    Args:
        table: with a first input of 0 to 65,535, the 16 bits as they are in the file.
        negative: whether the step before the table can give values below 0. Before a modality LUT
            these are the stored values, before a VOI LUT what the modality step makes of them.

    Source: DICOM PS3.3 C.11.1.1 and C.11.2.1.1. The VR in the file is not asked: it is missing in
        implicit VR and often wrong in explicit.
    """
    return replace(table, first=attributes.word(table.first, negative))


def as_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return the usable items of a LUT sequence written anew, each its table and nothing else.

    Args:
        dataset: as read; the new items are for a file that is little endian.
        keyword: `ModalityLUTSequence` or `VOILUTSequence`.
    """
    return [
        _item(table, item["LUTDescriptor"].VR == "SS")
        for item, table in usable_items(dataset, keyword)
    ]


def _item(table: LookupTable, negative: bool) -> Dataset:
    """The first input keeps the VR it came with: other readers may go by it."""
    item = Dataset()
    first = attributes.word(table.first, negative)
    descriptor = [len(table.entries) % WORD, first, table.bits]
    item.add_new("LUTDescriptor", "SS" if negative else "US", descriptor)
    item.add_new("LUTData", "OW", table.entries.astype("<u2").tobytes())
    return item


def _datasets(items: Any) -> list[Dataset]:
    several = items if hasattr(items, "__iter__") and not isinstance(items, Dataset) else []
    return [item for item in several if isinstance(item, Dataset)]


def _table(item: Dataset, little: bool, film_bits: int) -> LookupTable | None:
    """Read one item.

    Source: DICOM PS3.3 C.11.1.1, C.11.2.1.1: the descriptor is entries (0 means 65,536), first
        input, bits of an entry.
    """
    descriptor = attributes.words(item, "LUTDescriptor", little)
    if len(descriptor) < 3:
        return None
    count, first = (number % WORD for number in descriptor[:2])
    entries = _entries(attributes.value(item, "LUTData"), count or WORD, descriptor[2], little)
    if not len(entries):
        return None
    return LookupTable(first, entries, _depth(descriptor[2], int(entries.max()), film_bits))


def _entries(data: Any, count: int, bits: int, little: bool) -> NDArray[np.uint16]:
    """Return the entries there are, at most as many as stated.

    Entries of 8 bits may be packed, two in a word, the first in its low byte (PS3.5 8.1.1).
    """
    words = _words(data, little)
    if bits <= 8 and len(words) <= (count + 1) // 2:
        return words.astype("<u2").view(np.uint8)[:count].astype(np.uint16)
    return words[:count]


def _words(data: Any, little: bool) -> NDArray[np.uint16]:
    if isinstance(data, bytes):
        even = data + bytes(len(data) % 2)
        return np.frombuffer(even, "<u2" if little else ">u2").astype(np.uint16)
    several = data if isinstance(data, (list, tuple)) or hasattr(data, "__iter__") else [data]
    if isinstance(data, str) or not all(isinstance(one, int) for one in several):
        return np.empty(0, np.uint16)
    return np.array([one % WORD for one in several], dtype=np.uint16)


def _depth(stated: int, largest: int, film_bits: int) -> int:
    """Return of how many bits an entry that means white is.

    The stated depth holds. Two faults are common and mended: a depth that the entries exceed, and
    16 for the size of the words, told by entries that need no more bits than the film has, or 12.

    Source: DICOM PS3.3 C.11.2.1.1, third value: the output range is 0 to 2**depth - 1.
    """
    needed = max(largest.bit_length(), 2)
    usual = USUAL_DEPTH if film_bits >= 16 else max(film_bits, USUAL_DEPTH)
    of_words = stated == 16 and needed <= usual
    return stated if needed <= stated <= 16 and stated >= 8 and not of_words else needed
