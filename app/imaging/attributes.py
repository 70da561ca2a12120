"""Attributes of a DICOM dataset as plain values: what is missing or makes no sense is passed over.

Real archives hold wrong VRs, text where numbers belong and UIDs without dots. None of that keeps a
film from being shown, so no function here raises for it.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

_DECIMAL = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


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
    return _code(text(dataset, keyword))


def codes(dataset: Dataset, keyword: str) -> list[str]:
    """Return all of an attribute's values as DICOM codes, ``""`` for what is none."""
    found = value(dataset, keyword)
    several = found if isinstance(found, (MultiValue, list, tuple)) else [found]
    return [_code("" if one is None else str(one)) for one in several]


def number(dataset: Dataset, keyword: str) -> float | None:
    """Return an attribute's first value as a finite number, or None."""
    found = numbers(dataset, keyword)
    return found[0] if found else None


def integer(dataset: Dataset, keyword: str, default: int) -> int:
    """Return an attribute's first value as a whole number, or the default."""
    found = number(dataset, keyword)
    return default if found is None else int(found)


def numbers(dataset: Dataset, keyword: str) -> list[float | None]:
    """Return an attribute's values in their order, None in the place of what is no finite number.

    A decimal comma, which DICOM does not allow, is read as the point it stands for. pydicom gives
    up on the whole attribute for one bad value, so its bytes are then read here.

    Source: DICOM PS3.5 6.2 (DS and IS).
    """
    found = value(dataset, keyword)
    if found is None:
        found = _bytes(dataset, keyword)
    if isinstance(found, bytes):
        found = found.decode("ascii", "replace")
    if isinstance(found, str):
        found = found.split("\\")
    if found is None:
        return []
    several = found if isinstance(found, (MultiValue, list, tuple)) else [found]
    return [_finite(one) for one in several]


def all_numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return an attribute's values as finite numbers; empty where any of them is none."""
    found = numbers(dataset, keyword)
    known = [number for number in found if number is not None]
    return known if len(known) == len(found) else []


def words(dataset: Dataset, keyword: str, little: bool = True) -> list[int]:
    """Return an attribute's 16-bit values, signed or not as the file has them.

    Args:
        dataset: a dataset.
        keyword: an attribute of the VR `US or SS`.
        little: the order of the bytes where the file gives the value as bytes alone.

    Returns:
        The values; empty where they are no whole numbers.
    """
    found = value(dataset, keyword)
    if isinstance(found, bytes) and len(found) % 2 == 0:
        return [int(word) for word in np.frombuffer(found, "<u2" if little else ">u2")]
    return [int(number) for number in all_numbers(dataset, keyword)]


def word(number: int, signed: bool) -> int:
    """Return what the 16 bits of a number mean as a signed or an unsigned one."""
    found = number % 2**16
    return found - 2**16 if signed and found >= 2**15 else found


def is_little_endian(dataset: Dataset) -> bool:
    """Whether bytes of a dataset have the low one first; so for datasets that were not read."""
    return getattr(dataset, "original_encoding", (None, True))[1] is not False


def _code(text: str) -> str:
    found = text.strip(" \0").upper()
    plain = found.replace("_", "").replace(" ", "")
    return found if len(found) <= 16 and plain.isascii() and plain.isalnum() else ""


def _bytes(dataset: Dataset, keyword: str) -> bytes | None:
    element = dataset.get_item(keyword)
    return element.value if element is not None and isinstance(element.value, bytes) else None


def _finite(one: Any) -> float | None:
    if isinstance(one, str):
        plain = one.strip(" \0")
        one = plain.replace(",", ".") if _DECIMAL.fullmatch(plain) else None
    try:
        found = float(one)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _first(found: Any) -> Any:
    if isinstance(found, Sequence) and not isinstance(found, (str, bytes)):
        return found[0] if found else None
    return found
