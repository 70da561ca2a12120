"""Whether a column's cells look like names, dates of birth, phone or insurance numbers.

A refusal stops an import, so it rests on evidence over a whole column: on one cell where that
cannot be anything else (`MUELLER^HANS`), on half of the different cells where one alone could be
chance, and on all of several where the only evidence is a check digit.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

UID = re.compile(r"\d+(?:\.\d+){4,}")
"""A DICOM UID: digits that look like anything, and are none."""
WORD = r"[^\W\d_]['’\-\w]*[^\W\d_]|[^\W\d_]\."
CARET = re.compile(r"[^\W\d_][^\^=]*\^+\s*[^\W\d_][^=]*")
COMMA = re.compile(rf"(?:{WORD})(?: (?:{WORD}))?, ?(?:{WORD})(?: (?:{WORD})){{0,2}}")
APART = re.compile(r"[\s_.,^-]+")
_NO_NAMES = (
    "patient subject case control knee knees left right both study image film xray group site test"
    " sample person case healthy normal abnormal visit baseline series ap pa lat lateral frontal"
    " standing male female follow up followup pre post day month year view skyline the of and id no"
    " arthritis osteoarthritis arthroplasty total partial cohort train validation"
    " development center"
    " centre hospital clinic knie links rechts genou gauche droite rodilla ginocchio oa tka tkr uka"
    " grade severe mild moderate none with without unknown anonymous dummy trial arm side"
)
NO_NAMES = frozenset(_NO_NAMES.split())
FIRST_YEAR = 1900
OLDEST_FILM = 1995
"""Digital radiography began about then: an earlier date in a study's name is one of birth."""
SPELLED_DATE = re.compile(
    r"(?P<y>\d{4})[-./](?P<m>\d{1,2})[-./](?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})[-./](?P<b>\d{1,2})[-./](?P<z>\d{4})"
)
PREFIXED_DATE = re.compile(r"[^\W\d_]{1,4}[-_ ]?(?P<date>\d{8})(?:[-_ ]?[^\W\d_]{1,4})?")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+\d[\d ()/.-]{7,}\d|\(\d{2,5}\) ?\d[\d -]{4,}\d|0\d{2,5}[/ -]\d[\d -]{4,}\d")


@dataclass(frozen=True)
class Suspicion:
    """Something a cell may be.

    Attributes:
        what: in words, many of them.
        fits: whether a cell looks so.
        share: of the different cells that must look so; 0: one is enough.
        least: how many must, besides.
        varied: whether the column must differ from line to line besides, as people do and devices
            do not.
    """

    what: str
    fits: Callable[[str], bool]
    share: float = 0.5
    least: int = 1
    varied: bool = False


def suspicious(cells: Iterable[tuple[int, str]], of: Sequence[Suspicion]) -> tuple[int, str] | None:
    """Return the first line that looks like one of some suspicions, and what it looks like.

    Args:
        cells: line and text of each cell of a column; empty ones do not count.
        of: what to look for.

    Returns:
        None where the column looks like none of them.
    """
    first: dict[str, int] = {}
    filled = 0
    for line, cell in cells:
        if cell and not UID.fullmatch(cell):
            first.setdefault(cell, line)
            filled += 1
    for suspicion in of:
        fitting = [line for cell, line in first.items() if suspicion.fits(cell)]
        enough = len(fitting) >= max(suspicion.share * len(first), suspicion.least)
        if enough and (not suspicion.varied or 2 * len(first) >= filled):
            return min(fitting), suspicion.what
    return None


def is_caret_name(cell: str) -> bool:
    """Whether it is a name as DICOM writes it, `MUELLER^HANS`."""
    return bool(CARET.fullmatch(cell))


def is_comma_name(cell: str) -> bool:
    """Whether it is `Smith, John`, and not `knee, left`."""
    return bool(COMMA.fullmatch(cell)) and cell[0].isupper() and not _ordinary(APART.split(cell))


def is_plain_name(cell: str) -> bool:
    """Whether it is two or three words that begin alike, `Hans Mueller` or `mueller_hans`."""
    words = [word for word in APART.split(cell) if word]
    letters = all(re.fullmatch(r"[^\W\d_]['’\w]*", word) for word in words)
    long = sum(len(word) >= 3 for word in words) >= 2
    alike = len({word[:1].isupper() for word in words}) == 1
    return 2 <= len(words) <= 3 and letters and long and alike and not _ordinary(words)


def is_name_and_birth(cell: str) -> bool:
    """Whether it is a name with a date, `Mueller_Hans_19540312`."""
    parts = [part for part in APART.split(cell) if part]
    names = [part for part in parts if re.fullmatch(r"[^\W\d_]{3,}", part)]
    dated = any(_packed(part) for part in parts) or bool(SPELLED_DATE.search(cell))
    return len(names) >= 2 and dated and not _ordinary(names)


def is_date(cell: str) -> bool:
    """Whether it is a date and nothing else: `19540312`, `12031954`, `12.03.1954`."""
    return bool(_date(cell))


def is_birth(cell: str) -> bool:
    """Whether it is a date before there were digital films, alone or behind initials."""
    prefixed = PREFIXED_DATE.fullmatch(cell)
    found = _packed(prefixed["date"]) if prefixed else _date(cell)
    return found is not None and found.year < OLDEST_FILM


def is_spelled_date(cell: str) -> bool:
    """Whether it is a date with signs between day, month and year."""
    return bool(SPELLED_DATE.fullmatch(cell)) and is_date(cell)


def is_mail(cell: str) -> bool:
    """Whether it is a mail address."""
    return bool(MAIL.fullmatch(cell))


def is_phone(cell: str) -> bool:
    """Whether it is a phone number with the signs people put into one."""
    return bool(PHONE.fullmatch(cell)) and _date(cell) is None


def _ordinary(words: Iterable[str]) -> bool:
    return any(word.strip(".").casefold() in NO_NAMES for word in words)


def _date(cell: str) -> date | None:
    spelled = SPELLED_DATE.fullmatch(cell)
    if not spelled:
        return _packed(cell)
    if spelled["y"]:
        return _valid(spelled["y"], spelled["m"], spelled["d"])
    first, second, year = spelled["a"], spelled["b"], spelled["z"]
    return _valid(year, second, first) or _valid(year, first, second)


def _packed(cell: str) -> date | None:
    if not re.fullmatch("(?a:[0-9]{8})", cell):
        return None
    return _valid(cell[:4], cell[4:6], cell[6:]) or _valid(cell[4:], cell[2:4], cell[:2])


def _valid(year: str, month: str, day: str) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if date(FIRST_YEAR, 1, 1) <= found <= date.today() else None
