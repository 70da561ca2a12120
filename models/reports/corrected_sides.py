"""A side that a correction puts right: which it is, and the report with it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from models.reports.heads import TITLE, phrases_of, side_of
from models.reports.languages import table
from models.reports.layout import Run
from models.reports.phrases import pattern, words

OTHER = {"L": "R", "R": "L", "B": "B", "": ""}
IN_WORDS = {"L": "left", "R": "right"}
BOTH = "swapped"
CUES = ("should_read", "should_be", "error", "instead_of", "laterality", "denied", "swapped")


def corrected_side(sentences: Sequence[str]) -> str:
    """Return the side a correction says is the right one.

    Args:
        sentences: of the correction, folded.

    Returns:
        "L", "R", "swapped" where both were exchanged, or "" where no side is corrected.
    """
    if not any(pattern(*CUES).search(sentence) for sentence in sentences):
        return ""
    named = [side for sentence in sentences if (side := _side(sentence))]
    return named[-1] if named else ""


def _side(sentence: str) -> str:
    named = _sides_in(sentence) or pattern("laterality").search(sentence)
    if pattern("swapped").search(sentence) and named:
        return BOTH
    cue = pattern("should_read", "should_be").search(sentence)
    right, _, wrong = _parted(sentence[cue.end() :] if cue else sentence)
    side = _sides_in(right)
    if side not in ("L", "R"):
        return ""
    if cue or not wrong:
        about = cue or pattern("laterality", "error").search(sentence)
        if not only_sides(right) and not pattern("laterality").search(sentence):
            return ""
        return _asserted(sentence, side) if about or only_sides(sentence) else ""
    return side if _sides_in(wrong) == OTHER[side] else ""


def _asserted(sentence: str, side: str) -> str:
    """Return the side, or the other one where a sentence calls it the wrong one."""
    error = pattern("error").search(sentence)
    if error is None or pattern("should_read", "should_be").search(sentence):
        return side
    between = words(sentence[error.end() :].rstrip(" ."))
    before = words(sentence[: error.start()])
    near = between[:5] if not before or _sides_in(" ".join(between)) else before
    called_wrong = ":" not in near and "." not in near and _sides_in(" ".join(near)) == side
    return OTHER[side] if called_wrong else side


def _parted(sentence: str) -> tuple[str, str, str]:
    """Cut a sentence where it goes over to what was wrong."""
    found = pattern("instead_of").search(sentence) or re.search(
        rf",?\s(?:{pattern('denied').pattern})\s", sentence
    )
    if found is None:
        return sentence, "", ""
    return sentence[: found.start()], found[0], sentence[found.end() :]


def _sides_in(text: str) -> str:
    meanings = (phrases_of([word]) or () for word in words(text))
    return side_of(keys for found in meanings for keys in found)


def only_sides(sentence: str) -> bool:
    """Tell whether a folded sentence names a side and says nothing of what was seen."""
    left = pattern(*CUES).sub(" ", sentence)
    meanings = [phrases_of([word]) for word in words(left) if word[0].isalpha()]
    known = all(found and all(keys & NEUTRAL for keys in found) for found in meanings)
    return known and bool(_sides_in(sentence))


NEUTRAL = TITLE | {"findings", "impression", "by", "original", "corrected", "technique"}


def with_side(run: Run, side: str) -> Run:
    """Return a run with the right side in the place of the wrong one.

    Args:
        run: that a correction is about.
        side: as `corrected_side` returns it.
    """
    named = {_side_of(found[0]) for found in _named().finditer(run.text.text)}
    swaps = side == BOTH or {"L", "R"} <= named
    text = run.text.replaced(
        _named(), lambda found: IN_WORDS[OTHER[_side_of(found[0])] if swaps else side]
    )
    if run.side in ("L", "R"):
        return replace(run, text=text, side=OTHER[run.side] if side == BOTH else side)
    return replace(run, text=text)


@cache
def _sides() -> dict[str, str]:
    sides = table("sides")
    named = [(word, "L") for word in sides["left"]] + [(word, "R") for word in sides["right"]]
    return {word: side for word, side in named if len(word) > 1 or not word.isascii()}


def _side_of(word: str) -> str:
    return _sides().get(word.lower()) or word.upper()


@cache
def _named() -> re.Pattern[str]:
    """Return what finds a side in a text as it was written."""
    known = sorted(_sides(), key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in known if word.isascii())
    others = "|".join(re.escape(word) for word in known if not word.isascii())
    return re.compile(rf"\b(?:{spaced})\b|{others}|\b(?-i:[LR])(?=\)| ?:| [Kk]nee)", re.IGNORECASE)
