"""What a heading says: the section it opens, a side, and whether it corrects another.

A heading is made of known phrases and nothing else: one that names a kind of section, and around it
a side, an examination, a date, numbers, `of the`, `continued`. After `by` any name may follow, and
the heading of an addendum may go on in any words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from models.reports.languages import table
from models.reports.phrases import IDEOGRAPH, folded, words

KINDS = (
    *("addendum", "findings", "impression", "history", "recommendation", "comparison"),
    *("technique", "exam", "administrative", "signature"),
)
"""Of a heading that names several, the first counts."""
EXAMINATION = frozenset({"exam", "technique", "exam_words"})
OF_KNEE = frozenset({"knee", "other_parts", "L", "R", "B"})
SIDED = frozenset({"L", "R", "B", "laterality"})
"""What names a side and nothing else."""
TITLE = (EXAMINATION | OF_KNEE | {"beside"}) - {"technique"}
"""What the name of an examination is made of."""
SAID = frozenset({"findings", "impression", "addendum"})
MOST_WORDS = 24


@dataclass(frozen=True)
class Head:
    """A heading.

    Attributes:
        kind: one of `KINDS`; "" of a line that only names an examination.
        side: "L", "R", "B" or "".
        corrects: what stands below replaces what there was.
        original: what stands below is what was there first.
        ends: the section named ends here.
        part: of the body, if an examination is named: "knee", "other" or "".
    """

    kind: str
    side: str = ""
    corrects: bool = False
    original: bool = False
    ends: bool = False
    part: str = ""


@cache
def _lexicon() -> dict[str, list[tuple[tuple[str, ...], frozenset[str]]]]:
    """Return by their first word the phrases headings are made of, longest first."""
    meanings: dict[tuple[str, ...], set[str]] = {}
    sections, sides = table("sections"), table("sides")
    named = {key: sections[key] for key in (*KINDS, "correction", "corrected", "original", "ends")}
    named |= {key: sections[key] for key in ("by", "beside", "exam_words", "knee", "other_parts")}
    named["laterality"] = sections["laterality"]
    named |= {"L": sides["left"], "R": sides["right"], "B": sides["both"]}
    for key, phrases in named.items():
        for phrase in phrases:
            meanings.setdefault(tuple(words(folded(phrase))), set()).add(key)
    lexicon: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for each in sorted(meanings, key=len, reverse=True):
        lexicon.setdefault(each[0], []).append((each, frozenset(meanings[each])))
    return lexicon


def phrases_of(found: list[str]) -> list[frozenset[str]] | None:
    """Cut the words of a heading into known phrases.

    Args:
        found: words, as `words` cuts a folded text.

    Returns:
        What each phrase means, by the keys of the tables; None if a word is part of none.
    """
    lexicon, meanings, place, anything = _lexicon(), list[frozenset[str]](), 0, False
    while place < len(found):
        word = found[place]
        fitting = (
            (len(phrase), keys)
            for phrase, keys in lexicon.get(word, ())
            if tuple(found[place : place + len(phrase)]) == phrase
        )
        size, keys = next(fitting, (1, frozenset()))
        if not keys and _is_word(word) and not anything:
            return None
        anything |= "by" in keys or bool(keys & {"addendum", "correction"})
        meanings.append(keys)
        place += size
    return meanings


def _is_word(word: str) -> bool:
    return word[0].isalpha() and (len(word) > 1 or bool(IDEOGRAPH.match(word)))


def head_of(text: str) -> Head | None:
    """Read a heading.

    Args:
        text: up to the sign that ends the heading, as it was written.

    Returns:
        What it says; None if it is none. `Left knee` and `Left side` are none, `X-ray of the left
        knee` is a head without a kind.
    """
    found = words(folded(text))
    if not 0 < len(found) <= MOST_WORDS or not (found[0] in _lexicon() or len(found) > 1):
        return None
    meanings = phrases_of(found)
    if meanings is None:
        return None
    side, part = side_of(meanings), _part(meanings)
    if part and all(not keys or keys & TITLE for keys in meanings):
        named = any(keys & EXAMINATION and not keys & OF_KNEE for keys in meanings)
        return Head("", side, part=part) if named else None
    kind = _kind(meanings)
    flags = {key for keys in meanings for key in keys}
    if not kind or (side and all(not keys or keys & SIDED for keys in meanings)):
        return None
    corrects = bool(flags & {"correction", "corrected"})
    return Head(kind, side, corrects, "original" in flags, "ends" in flags, part)


def _kind(meanings: Iterable[frozenset[str]]) -> str:
    flags = {key for keys in meanings for key in keys}
    if "correction" in flags:
        return "addendum"
    otherwise = "findings" if "original" in flags else ""
    return next((kind for kind in KINDS if kind in flags), otherwise)


def _part(meanings: Iterable[frozenset[str]]) -> str:
    flags = {key for keys in meanings for key in keys}
    return "knee" if "knee" in flags else "other" if "other_parts" in flags else ""


def side_of(meanings: Iterable[frozenset[str]]) -> str:
    """Return the side that phrases name: "L", "R", "B" for both, or ""."""
    flags = {key for keys in meanings for key in keys}
    if "B" in flags or {"L", "R"} <= flags:
        return "B"
    return "L" if "L" in flags else "R" if "R" in flags else ""


def examination(text: str) -> tuple[str, str]:
    """Return the side and the part of the body that the name of an examination holds.

    Args:
        text: such as "XR KNEE LEFT 3 VIEWS", in which there may be other words.

    Returns:
        "L", "R", "B" or "", and "knee", "other" or "".
    """
    meanings = [
        keys
        for word in words(folded(text))
        for phrase, keys in _lexicon().get(word, ())
        if len(phrase) == 1
    ]
    return side_of(meanings), _part(meanings)
