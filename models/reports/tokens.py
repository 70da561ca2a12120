"""The words and marks that are kept of a report, each with its place."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.reports.lexemes import Lexeme
from models.reports.placed_text import PlacedText

MARKS = {".": ".", ";": ";", ":": ":", ",": ","}
MARKS |= {"//": ".", "!": ".", "?": ".", "。": ".", "、": ",", "\n": "."}
MARKS |= {"-": ":", "–": ":", "—": ":", "(": ",", ")": ","}
"""How a mark of a report is written in a cleaned one."""
ENDS = frozenset({".", ";"})


class Token(NamedTuple):
    """A word or mark of a report.

    Attributes:
        text: in lower case.
        start: the first character of the report it stands for.
        end: past the last. The words of a grade all stand for the whole of it.
    """

    text: str
    start: int
    end: int


def tokens_of(lexemes: Iterable[Lexeme], text: PlacedText, before: Sequence[Token]) -> list[Token]:
    """Return the words and marks of a passage; of marks in a row the strongest counts.

    Args:
        lexemes: of the passage.
        text: that they were found in.
        before: what is kept of the report so far.

    Returns:
        The tokens.
    """
    found: list[Token] = []
    last = before[-1].text if before else "."
    for lexeme in lexemes:
        word = lexeme.text if lexeme.kind == "word" else MARKS.get(lexeme.text, "")
        if not word or (word in MARKS and (last in ENDS or last == word or _weaker(word, last))):
            continue
        start, end = text.starts[lexeme.start], text.ends[lexeme.end - 1]
        # A line end that was put in stands for the place before it, which is empty.
        found.append(Token(word, min(start, max(0, end - 1)), end))
        last = word
    return found


def _weaker(mark: str, last: str) -> bool:
    return mark == "," and last == ":"
