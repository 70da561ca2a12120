"""Attributes of a DICOM dataset as plain values: what is missing or makes no sense is passed over.

Real archives hold wrong VRs, text where numbers belong and UIDs without dots. None of that keeps a
film from being shown, so no function here raises for it.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from app.imaging.film import LookupTable


def value(dataset: Dataset, keyword: str) -> Any:
    """Return an attribute's value as pydicom has it, or None."""
    try:
        return dataset.get(keyword)
    except Exception:  # a converter's own complaint about this one value
        return None


def text(dataset: Dataset, keyword: str) -> str:
    """Return an attribute's first value as text without surrounding spaces, or ``""``."""
    found = _first(value(dataset, keyword))
    return "" if found is None else str(found).strip(" \0")


def code(dataset: Dataset, keyword: str) -> str:
    """Return an attribute as a DICOM code: at most 16 of `A-Z 0-9 _` and spaces, else ``""``."""
    found = text(dataset, keyword).upper()
    plain = found.replace("_", "").replace(" ", "")
    return found if len(found) <= 16 and plain.isascii() and plain.isalnum() else ""


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an attribute's first value as a finite number, or None."""
    numbers = all_numbers(dataset, keyword)
    return numbers[0] if numbers else None


def integer(dataset: Dataset, keyword: str, default: int) -> int:
    """Return an attribute's first value as a whole number, or the default."""
    found = number(dataset, keyword)
    return default if found is None else int(found)


def all_numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return an attribute's values as finite numbers; empty where any of them is none."""
    found = value(dataset, keyword)
    several = found if isinstance(found, (MultiValue, list, tuple)) else [found]
    try:
        numbers = [float(one) for one in several]
    except (TypeError, ValueError):
        return []
    return numbers if all(map(math.isfinite, numbers)) else []


def lookup_table(dataset: Dataset, keyword: str) -> LookupTable | None:
    """Return the first table of a LUT sequence, or None where it has none that works.

    Args:
        dataset: a dataset.
        keyword: `ModalityLUTSequence` or `VOILUTSequence`.

    Source: DICOM PS3.3 C.11.1.1, C.11.2.1.1: the descriptor is entries (0 means 65,536), first
    value mapped, bits of an entry.
    """
    item = _first(value(dataset, keyword))
    descriptor = all_numbers(item, "LUTDescriptor") if isinstance(item, Dataset) else []
    if len(descriptor) != 3:
        return None
    count, first = int(descriptor[0]) or 2**16, int(descriptor[1])
    little = getattr(dataset, "original_encoding", (None, True))[1] is not False
    entries = _entries(value(item, "LUTData"), count, little)
    return LookupTable(first, entries) if len(entries) else None


def _entries(data: Any, count: int, little: bool) -> np.ndarray:
    """Read LUT data given as numbers, as 16-bit words, or as bytes where there are as many."""
    if isinstance(data, bytes):
        packed = np.uint8 if len(data) < 2 * count else np.dtype("<u2" if little else ">u2")
        usable = len(data) // np.dtype(packed).itemsize * np.dtype(packed).itemsize
        return np.frombuffer(data[:usable], packed)[:count].astype(np.uint16)
    if isinstance(data, Sequence) and all(isinstance(one, int) for one in data):
        return np.asarray(data[:count], dtype=np.int64).astype(np.uint16)
    return np.empty(0, np.uint16)


def _first(found: Any) -> Any:
    if isinstance(found, Sequence) and not isinstance(found, (str, bytes)):
        return found[0] if found else None
    return found
