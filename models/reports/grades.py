"""Kellgren-Lawrence grades, in words."""

import re

from models.reports.placed_text import PlacedText

GRADE = re.compile(
    r"\b(?:kl|k[-/]l|kellgren(?: ?[-/&] ?| and | )lawrence)\b[ :,-]{0,3}"
    r"(?:(?:grad(?:e|o|ing)?|score|stage|stadium)\b[ :]{0,2})?"
    r"(?P<low>(?a:[0-4]|iv|i{1,3}))"  # ASCII alone: `İ` and `ı` are `i` to re.IGNORECASE.
    r"(?: ?(?:-|–|/|to|or) ?(?P<high>(?a:[0-4]|iv|i{1,3})))?(?![\w.]*\d)\b",
    re.IGNORECASE,
)
GRADES = {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four"}
GRADES |= {"i": "one", "ii": "two", "iii": "three", "iv": "four"}


def in_words(report: PlacedText) -> PlacedText:
    """Write each Kellgren-Lawrence grade in words, which outlive the dropping of digits."""
    return report.replaced(GRADE, _in_words)


def _in_words(found: re.Match[str]) -> str:
    grades = [GRADES[grade.lower()] for grade in found.group("low", "high") if grade]
    return " ".join(["kellgren-lawrence grade", *grades])
