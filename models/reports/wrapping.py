"""Lines that an export broke at a fixed width are put together again.

A line was broken where the next line's first word would not have fitted behind it. Such a line end
stands inside a sentence unless the line ends one, or the next line is an item of a list, a heading
or a label. Where lower and upper case tell nothing, only a text that ends its paragraphs with full
stops is taken for one that was broken.
"""

import re
from collections.abc import Iterator

from models.reports.languages import table
from models.reports.placed_text import PlacedText

LEAST_WIDTH = 36
"""Characters; narrower lines are lists."""
LEAST_IDEOGRAPHS = 16
ENDED = re.compile(r"[.!?;:。；！？…]['\"”’)\]]{0,2}$")
ITEM = re.compile(
    r"\s*(?:[-–—*•·▪#>+]+\s|[-*•]+$|\(?\d{1,2}[.)](?:\s|$)|\(?[a-zA-Z][.)]\s|[\[☐☑☒□■✓✔_|]|\(\s*[xX✓]?\s*\)"
    r"|[-=_*~]{3,})"
)
LABEL = re.compile(r"\s*[*_]{0,2}(?![a-zà-öø-ÿ])[^\W_][^:.\n]{0,48}(?::|\s[-–—]\s)")
IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿]")
WORD = re.compile(r"\S+")
BLANK = re.compile(r"[\s*_=~#.-]*$")


def unwrapped(text: PlacedText) -> PlacedText:
    """Put the lines of broken sentences together.

    Args:
        text: lines end with a line feed.

    Returns:
        The text, in which some line ends are spaces; between ideographs they are gone.
    """
    if "\n" not in text.text:
        return text
    lines = text.text.split("\n")
    joints = {n for paragraph in _paragraphs(lines) for n in _joints(lines, paragraph)}
    if not joints:
        return text
    pieces, done, end = [], 0, 0
    for n, line in enumerate(lines):
        end += len(line)
        if n in joints:
            after = lines[n + 1]
            begin = end + 1 + len(after) - len(after.lstrip())
            pieces += [text.part(done, end), text.part(end, begin).rewritten(_joint(line, after))]
            done = begin
        end += 1
    return PlacedText.joined([*pieces, text.part(done, len(text.text))])


def _joint(before: str, after: str) -> str:
    ideographs = IDEOGRAPH.match(before[-1:]) and IDEOGRAPH.match(after.lstrip()[:1])
    hyphen = before.endswith("-") and before[-2:-1].isalpha()
    return "" if ideographs or hyphen or before.endswith(" ") else " "


def _paragraphs(lines: list[str]) -> Iterator[range]:
    start = 0
    for n, line in enumerate([*lines, ""]):
        if BLANK.match(line):
            if n - start > 1:
                yield range(start, n)
            start = n + 1


def _joints(lines: list[str], paragraph: range) -> Iterator[int]:
    """Give the lines of a paragraph that go on in the next."""
    width = max(len(lines[n].rstrip()) for n in paragraph)
    for run in _runs(lines, paragraph):
        stops = bool(ENDED.search(lines[run[-1]].rstrip()))
        cased = _is_cased(lines[run[0]])
        for n in run[:-1]:
            line, after = lines[n].rstrip(), lines[n + 1]
            if ENDED.search(line):
                continue
            if _is_full(line, after, width):
                if (cased and after.lstrip()[:1].islower()) or stops:
                    yield n
            elif _is_open(line, after):
                yield n


def _runs(lines: list[str], paragraph: range) -> Iterator[range]:
    """Cut a paragraph where an item of a list or a label begins."""
    start = paragraph.start
    for n in paragraph[1:]:
        if ITEM.match(lines[n]) or LABEL.match(lines[n]):
            yield range(start, n)
            start = n
    yield range(start, paragraph.stop)


def _is_full(line: str, after: str, width: int) -> bool:
    """Tell whether the next line's first word would not have fitted."""
    word = WORD.search(after)
    if word is None:
        return False
    if IDEOGRAPH.match(word[0]):
        return width >= LEAST_IDEOGRAPHS and len(line) + 2 >= width
    return width >= LEAST_WIDTH and len(line) + 1 + len(word[0]) > width


def _is_cased(line: str) -> bool:
    """Tell whether sentences begin with a capital and go on in lower case."""
    return line.lstrip(" \t*-•0123456789.)(")[:1].isupper() and not line.isupper()


def _is_open(line: str, after: str) -> bool:
    """Tell whether no sentence ends like this, however short the line is."""
    words = line.split()
    goes_on = line.endswith(",") or words[-1].lower() in _goes_on()
    small = after.lstrip()[:1].islower() or (line.isupper() and len(line) >= LEAST_WIDTH)
    return len(words) > 2 and goes_on and small


def _goes_on() -> frozenset[str]:
    return frozenset(table("sections")["goes_on"])
