"""Where the headings of a report stand.

A heading stands at the beginning of a line or a sentence and ends with a colon, a dash or its line.
In capitals it may stand anywhere before a colon, and at the beginning without any sign behind it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from models.reports.heads import SAID, Head, head_of
from models.reports.languages import table
from models.reports.phrases import IDEOGRAPH, MASK, folded, pattern
from models.reports.placed_text import PlacedText

OPENING = re.compile(r"[\s*#>_=~–—|\[【<•·(-]*(?:\(?(?:\d{1,2}|[ivIV]{1,3})[.)、][ \t]*)?[*_\s【]*")
CLOSING = " \t*_#=~-–—:>])】|."
ENDING = re.compile(r"(?<!\d):|:(?!\d)|】|(?<=\s)[-–—]{1,3}(?=\s|$)|(?<=\w)[-–—]{1,2}(?=\s)")
SENTENCE = re.compile(
    r"(?<=[.;!?])(?<!\b[DdNnM][ror]\.)(?<!\bProf\.)(?<!\bvs\.)[)\"”]?\s+|(?<=[。；！？])"
)
FIRST_WORDS = re.compile(r"(?:[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'’/&-]+[ \t]+){1,5}(?=[^\s:])")
LETTERS = r"[A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ'’/&()-]"
CAPITALS = re.compile(rf"(?:{LETTERS}*[ \t]{{1,2}}){{0,4}}{LETTERS}+[ \t]?$")
CAPITALISED = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W\d_]*[ \t]?$")
FIRST_WORD = re.compile(r"[^\W\d_]+")
SIGNS = " ,.;()[]"
LONGEST = 120
"""Characters of a heading."""
SHORT_LINE = 9
"""Words of a line that is nothing but somebody's name and office."""


@dataclass(frozen=True)
class Part:
    """A heading and what stands below it.

    Attributes:
        head: None of what stands before the first heading.
        text: up to the next heading.
        heading: as it was written.
        on_line: there is text behind the heading on its line.
    """

    head: Head | None
    text: PlacedText
    heading: str
    on_line: bool


def parts(text: PlacedText) -> list[Part]:
    """Cut a report at its headings.

    Args:
        text: as `plain` returns it.

    Returns:
        What stands before the first heading, if only an empty text, and then each heading.
    """
    places = list(_places(text.text))
    first = places[0][0] if places else len(text.text)
    found = [Part(None, text.part(0, first), "", True)]
    for n, (start, end, head) in enumerate(places):
        stop = places[n + 1][0] if n + 1 < len(places) else len(text.text)
        below = text.part(end, max(end, stop))
        on_line = bool(below.text.partition("\n")[0].strip(CLOSING))
        found.append(Part(head, below, text.text[start:end], on_line))
    return found


def _places(text: str) -> Iterator[tuple[int, int, Head]]:
    """Give each heading's first character, the place past its last, and what it says."""
    start, small = 0, text == text.lower()
    for line in text.split("\n"):
        if not line.isspace() and line:
            for begin, end, head in _in_line(line, small):
                yield start + begin, start + end, head
        start += len(line) + 1


def _in_line(line: str, small: bool) -> Iterator[tuple[int, int, Head]]:
    begin = _opening(line)
    whole = line[begin:].strip(CLOSING)
    if not whole:
        return
    if _is_signed(whole, line):
        yield begin, begin, Head("signature")
        return
    if len(whole) <= LONGEST and (head := _whole_line(whole, line, small)):
        yield 0, len(line), head
        return
    yield from _within(line, begin)


def _opening(line: str) -> int:
    found = OPENING.match(line)
    return found.end() if found else 0


def _whole_line(whole: str, line: str, small: bool) -> Head | None:
    """Read a line that is nothing but a heading."""
    if not (small or whole[:1].upper() == whole[:1]):
        return None
    head = head_of(MASK.sub("", whole))
    is_sentence = line.rstrip().endswith(".") and not whole.isupper()
    return None if head and head.kind and (is_sentence or ENDING.search(whole)) else head


def _within(line: str, begin: int) -> Iterator[tuple[int, int, Head]]:
    """Give the headings that stand at the beginning of a line or within it."""
    starts = [begin, *(found.end() for found in SENTENCE.finditer(line, begin))]
    stops = [*starts[1:], len(line)]
    done = begin
    for start, stop in zip(starts, stops, strict=True):
        for place, end, head in _in_sentence(line, max(start, done), stop):
            if place >= done:
                yield place, end, head
                done = end
                if head.kind == "signature":
                    return


def _in_sentence(line: str, start: int, stop: int) -> Iterator[tuple[int, int, Head]]:
    if start >= stop:
        return
    sentence = line[start:stop]
    if start and _is_signed(sentence.lstrip("([*_ "), ""):
        yield start, start, Head("signature")
        return
    done = 0
    for sign in ENDING.finditer(sentence):
        named = sentence[done : sign.start()]
        if len(named) > LONGEST:
            named, done = named[-LONGEST:], sign.start() - LONGEST
        if found := _before(named, done == 0, sign[0] in ":】"):
            place, head = found
            begin, end = done + place, sign.end()
            if sign[0] not in ":】" and (longer := _longer(sentence, begin, end)):
                end, head = longer
            yield start + begin, start + end, head
        done = sign.end()
    if done == 0 and (found := _capitals(sentence)):
        length, head = found
        yield start, start + length, head


def _longer(sentence: str, begin: int, end: int) -> tuple[int, Head] | None:
    """Read the heading that goes on behind a dash: `Findings - left knee:`."""
    colon = ENDING.search(sentence, end)
    stop = colon.start() if colon else len(sentence.rstrip())
    head = _with_kind(sentence[begin:stop]) if stop - begin <= LONGEST else None
    return (colon.end() if colon else len(sentence), head) if head and head.side else None


def _before(named: str, begins: bool, colon: bool) -> tuple[int, Head] | None:
    """Read the heading that ends a passage, and say where in the passage it begins."""
    opening = _opening(named) if begins else len(named) - len(named.lstrip())
    text = MASK.sub("", named[opening:])
    if begins and (head := _with_kind(text)):
        return opening, head
    if not colon:
        return None
    if found := CAPITALS.search(named):
        for word in re.finditer(r"\S+", found[0]):
            place = found.start() + word.start()
            if head := _with_kind(named[place:]):
                return place, head
    if (found := CAPITALISED.search(named)) and (head := _with_kind(found[0])):
        return (found.start(), head) if head.kind in SAID else None
    return None


def _with_kind(text: str) -> Head | None:
    head = head_of(text)
    return head if head and head.kind else None


def _capitals(sentence: str) -> tuple[int, Head] | None:
    """Read a heading in capitals that no sign ends, before words that are not in capitals."""
    found = FIRST_WORDS.match(sentence)
    if found is None:
        return None
    ends = [space.end() for space in re.finditer(r"[ \t]+", found[0])]
    for end in reversed(ends):
        if sentence[end:].upper() != sentence[end:] and (head := _with_kind(sentence[:end])):
            return end, head
    return None


def _is_signed(sentence: str, line: str) -> bool:
    """Tell whether a sentence is a signature, or a line is a name and an office."""
    text = folded(sentence[:LONGEST])
    if found := _match("signature", text):
        rest = sentence[found.end() :].lstrip()
        several = " " in found[0] or len(found[0]) > 12
        if several or not rest or rest[0] in ":,/[(" or _match("titles", folded(rest)):
            return True
    if not line or len(sentence.split()) > SHORT_LINE or sentence.endswith(":"):
        return False
    return _is_name(text, sentence) and head_of(sentence) is None


def _is_name(text: str, sentence: str) -> bool:
    if found := _match("titles", text):
        rest = sentence[found.end() :].lstrip(" .")
        return bool(rest) and (rest[0].isupper() or rest[0] == "[")
    last = text.rstrip(SIGNS).rpartition(" ")[2]
    found = pattern("degrees").search(text) if last in _last_words("degrees") else None
    before = sentence[: found.start()].strip(" ,.") if found else ""
    named = all(word[:1].isupper() or word[:1] in "[(&" for word in before.split())
    return bool(before) and named and ":" not in before


def _match(key: str, text: str) -> re.Match[str] | None:
    """Match a phrase at the beginning; most texts are told by their first word alone."""
    first = FIRST_WORD.match(text)
    if first is None or not (first[0] in _first_words(key) or IDEOGRAPH.match(text)):
        return None
    return pattern(key).match(text)


@cache
def _first_words(key: str) -> frozenset[str]:
    phrases = (FIRST_WORD.match(folded(phrase)) for phrase in table("sections")[key])
    return frozenset(first[0] for first in phrases if first)


@cache
def _last_words(key: str) -> frozenset[str]:
    return frozenset(folded(phrase).split()[-1] for phrase in table("sections")[key])
