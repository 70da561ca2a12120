"""The words of a report that say something about one knee, each with its place."""

import re
from dataclasses import dataclass

from models.reports.grades import in_words
from models.reports.phrases import MASK
from models.reports.sections import said
from models.reports.sides import about_side

WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[.;:,]")


@dataclass(frozen=True)
class Token:
    """A word or mark of a report.

    Attributes:
        text: in lower case.
        start: the first character of the report it stands for.
        end: past the last. The words of a grade all stand for the whole of it.
    """

    text: str
    start: int
    end: int


def clean(report: str, laterality: str = "") -> str:
    """Reduce a report to the words about one knee.

    Args:
        report: the report's text, in any language, with or without headings.
        laterality: "L" or "R" of the film: sentences about the other knee alone are left out,
            unless nothing would stay. "" keeps both.

    Returns:
        Lower-case words and the marks `.`, `;`, `:` and `,`, one space apart; "" if the report
        holds no word but history, technique or signature. No digit stays: a Kellgren-Lawrence
        grade becomes a word.
    """
    return " ".join(token.text for token in tokens(report, laterality))


def tokens(report: str, laterality: str = "") -> list[Token]:
    """Return the words and marks that `clean` keeps, each with its place in the report."""
    sections = [
        (section.side, in_words(section.text.replaced(MASK, lambda _: "")))
        for section in said(report)
    ]
    kept = about_side(sections, laterality).lower()
    found = [
        Token(word[0], kept.starts[word.start()], kept.ends[word.end() - 1])
        for word in WORD.finditer(kept.text)
    ]
    return found if any(token.text not in ".;:," for token in found) else []
