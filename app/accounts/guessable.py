"""Passwords that are guessed early: common ones, the person's name, and little more than that.

Guessers try lists of passwords others have used, and then the same with capitals, digits and signs
around them, letters replaced by signs, said twice, or two in a row. NIST SP 800-63B (3.1.1.2) asks
to refuse what is common, expected, or made of the name of the person or the service.
"""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

LIST = Path(__file__).with_name("common_passwords.txt")
EXPECTED = {"condyle", "radiology", "radiologist", "radiograph", "hospital", "knee", "xray"}
"""What somebody would try first here, beside what is common everywhere."""
FEWEST_PIECES = 3
SHORTEST = 2
LONGEST = 40
"""Characters of a piece that is more than a single character."""
SIGNS = str.maketrans("@4310!$57+", "aaeioisstt")


def is_guessable(password: str, name: str) -> bool:
    """Whether a password is a common one, or made of no more than two of them.

    Digits and signs at its ends and signs in between do not count, unless it is nothing else.

    Args:
        password: as typed.
        name: the person's name.
    """
    words = _common() | EXPECTED | {name.casefold(), *re.split(r"\W+", name.casefold())}
    whole = password.casefold()
    middle = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", whole)
    joined = re.sub(r"[\W_]+", "", middle)
    texts = {each.translate(table) for each in (whole, middle, joined) for table in ({}, SIGNS)}
    texts |= {_said_once(text) for text in texts}
    return any(_pieces(text, words) < FEWEST_PIECES for text in texts - {""})


def _said_once(text: str) -> str:
    repeated = re.fullmatch(r"(.+?)\1+", text, re.DOTALL)
    return repeated[1] if repeated else text


def _pieces(text: str, words: frozenset[str]) -> int:
    """The fewest words, runs of characters and single characters that a text is made of."""
    fewest = [0]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - LONGEST), end - SHORTEST + 1)
        parts = (start for start in starts if _is_piece(text[start:end], words))
        fewest.append(1 + min([fewest[end - 1], *(fewest[start] for start in parts)]))
    return fewest[-1]


def _is_piece(part: str, words: frozenset[str]) -> bool:
    """Whether it is a word, or goes on by one step: `aaa`, `abc`, `987`."""
    steps = {ord(after) - ord(before) for before, after in pairwise(part)}
    return part in words or steps in ({0}, {1}, {-1})


@cache
def _common() -> frozenset[str]:
    lines = LIST.read_text("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
