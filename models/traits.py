"""What a film and its report are like, apart from what they show: traits to tell archives by.

A trait is a word for something that is there or not: a word of the report, a heading, a hard line
end, a maker, a range of grey. None of them asks for a language, a list or a model.
"""

import re
from collections.abc import Mapping
from math import log2

import numpy as np
from numpy.typing import NDArray

KINDS = ("words", "layout", "film")
Traits = Mapping[str, frozenset[str]]
"""The traits of one film, by their kind."""

WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W\d_]+")
LINE = re.compile(r"[\r\n~]+|\\par\b|\\\.br\\")
HEADING = re.compile(r"[^:\n]{1,40}:")
LETTERS = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"\d+")
SIGN = re.compile(r"[^\w\s.,:;'’\"-]|\t|  +|\n\n")
BEGINNING = 10
"""Characters of a line whose shape is a trait."""
BLACK, WHITE = 16, 240
"""Grey values below which a pixel counts as black, and from which on as white."""
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Of a film's pixels: the grey that this share is no brighter than is a trait, in 16 steps."""


def report_traits(report: str | None) -> Traits:
    """Return the traits of a report as it came, history and signature included.

    Args:
        report: the text; None or "" where there is none, which is a trait of its own.

    Returns:
        `words`: without those of headings; `layout`: headings, shapes and ends of lines, signs,
        share of capitals and length.
    """
    if not report:
        return {"layout": frozenset({"no report"})}
    lines = [line.strip() for line in LINE.split(report) if line.strip()]
    headings = [found[0] if (found := HEADING.match(line)) else "" for line in lines]
    rest = " ".join(
        line[len(heading) :] for line, heading in zip(lines, headings, strict=True)
    ).lower()
    layout = {f"heading {NUMBER.sub('0', heading)}" for heading in headings if heading}
    layout |= {f"line {_shape(line)}" for line in lines}
    layout |= {f"ends {'a' if line[-1].isalnum() else line[-1]}" for line in lines}
    layout |= {f"sign {sign[:2]}" for sign in SIGN.findall(report)}
    layout |= {_capitals(report), f"lines {_size(len(lines))}", f"length {_size(len(report))}"}
    return {"words": frozenset(WORD.findall(rest)), "layout": frozenset(layout)}


def film_traits(pixels: NDArray[np.uint8], facts: Mapping[str, str]) -> Traits:
    """Return the traits of a film as the networks get it.

    Args:
        pixels: uint8 (height, width), the model rendition.
        facts: what else is known of it, such as its maker, view and size.

    Returns:
        `film`: the facts, proportions, greys, contrast, share of black and white, sharpness.
    """
    height, width = pixels.shape
    counts = np.bincount(pixels.ravel(), minlength=256) / pixels.size
    levels = np.arange(256)
    greys = np.searchsorted(counts.cumsum(), SHARES) // 16
    spread = np.sqrt(counts @ (levels - counts @ levels) ** 2)
    some = pixels[::4].astype(np.int16)
    steps, wider = (np.abs(some[:, gap:] - some[:, :-gap]).sum() / some.size for gap in (1, 4))
    found = {f"{name} {value}" for name, value in facts.items() if value}
    found |= {f"grey {share} {grey}" for share, grey in zip(SHARES, greys, strict=True)}
    found |= {
        f"proportion {round(8 * log2(height / width))}",
        f"contrast {int(spread) // 8}",
        f"black {int(10 * counts[:BLACK].sum())}",
        f"white {int(20 * counts[WHITE:].sum())}",
        f"step {_size(16 * steps)}",
        f"sharpness {int(20 * steps / wider) if wider else 0}",
    }
    return {"film": frozenset(found)}


def _shape(line: str) -> str:
    """Return how a line begins, its letters and digits being all the same."""
    words = LETTERS.sub(_case, line[:BEGINNING])
    return NUMBER.sub("0", words)


def _case(word: re.Match[str]) -> str:
    return "A" if word[0].isupper() else "a"


def _capitals(report: str) -> str:
    letters = [letter for letter in report if letter.isalpha()]
    share = sum(letter.isupper() for letter in letters) / max(1, len(letters))
    return f"capitals {int(10 * share)}"


def _size(number: float) -> int:
    """Return a number's order of magnitude, in halvings and doublings."""
    return round(log2(max(1.0, number)))
