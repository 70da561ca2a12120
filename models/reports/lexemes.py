"""A text cut into words, numbers and marks."""

import re
from typing import NamedTuple

LETTER = r"[^\W\d_\u3040-\u30ff\u3400-\u9fff]"
LEXEME = re.compile(
    rf"\[(?:name|date|number|address)\]"  # What masks somebody's name; nothing is learned from it.
    rf"|(?P<word>[\u3040-\u30ff\u3400-\u9fff]"
    rf"|kellgren-lawrence(?!{LETTER})"
    rf"|(?:{LETTER}{{1,2}}|dell|nell|sull|dall|coll|quest)['’](?={LETTER}{{2}})"
    rf"|{LETTER}+(?:['’]{LETTER}+)*(?!\d|{LETTER}))"
    rf"|(?P<number>{LETTER}*\d(?:{LETTER}|\d|[.,](?=\d))*)"
    r"|(?P<stop>//|[.;:,!?。、]|(?<=[ \t])[-–—]{1,3}(?=\s)|\n)"
    r"|(?P<sign>[/()<>=&+])",
    re.IGNORECASE,
)
"""A word with a digit in it (`M17`, `L4`) is a number, and says nothing."""
SENTENCE_ENDS = frozenset({".", "!", "?", ";", "\n", "//", "。"})


class Lexeme(NamedTuple):
    """A word, number, mark or sign of a text.

    Attributes:
        text: in lower case; a number is `0`, a dash between words `-`, a line end a line feed.
        kind: "word", "number", "stop" or "sign".
        start: its first character.
        end: past its last.
    """

    text: str
    kind: str
    start: int
    end: int


def lexemes(text: str) -> list[Lexeme]:
    """Cut a text into words, numbers and marks; what is none of these is left out.

    Args:
        text: plain, with grades written in words.

    Returns:
        The pieces, in order. Words that a hyphen joins are cut apart.
    """
    found = []
    for match in LEXEME.finditer(text):
        kind = match.lastgroup
        if kind == "word":
            found.append(Lexeme(match[0].lower().replace("’", "'"), kind, *match.span()))
        elif kind == "number":
            found.append(Lexeme("0", kind, *match.span()))
        elif kind:
            found.append(Lexeme(match[0], kind, *match.span()))
    return found
