"""Kellgren-Lawrence grades, in words."""

import re

from models.reports.placed_text import PlacedText

NAME = (
    r"(?:kellgren(?:[ \t]{0,2}(?:[-–−/&,]|and|und|et|y|e|en)?[ \t]{0,2}lawrence)?"
    r"|k[ \t]?(?:[-–/&.]|and|und|et)[ \t]?l\.?|kl[ -]?g|kls?)"
)
LABEL = (
    r"(?:osteoarthritis|oa|classification|klassifikation|grad(?:e[ds]?|o|u|ing)?|gr|score|stage|stadium"
    r"|stade|estadio|estágio|stadio|graad|class|type|typ)"
)
GRADE = r"(?a:[0-4]|iv|i{1,3})"  # ASCII alone: `İ` and `ı` are `i` to re.IGNORECASE.
WORDS = r"zero|one|two|three|four"
NUMBER = rf"(?:{GRADE}|{WORDS})"
UNTIL = (
    rf"(?:/4(?!\d)|[ \t]?(?:out[ \t])?of[ \t](?:4|four)(?!\d)"
    rf"|[ \t]?(?:-|–|—|/|to|or|bis|oder|à|ou|a|o|until)[ \t]?(?P<high>{NUMBER})(?!\w))?"
)
END = r"(?![.,]?\d|\w|[ \t]?(?:mm|cm|%|°|degrees|weeks|months|years)\b)"
BETWEEN = r"[ \t]{0,2}[:=,#(°-]?[ \t]{0,2}"
AFTER = re.compile(
    rf"(?<![\w-]){NAME}(?:{BETWEEN}{LABEL}\.?){{0,2}}"
    rf"(?:[ \t](?:is|of|was|estimated[ \t]at|about|approximately))?{BETWEEN}"
    rf"(?P<low>{NUMBER}){UNTIL}{END}",
    re.IGNORECASE,
)
"""`KL 3`, `Kellgren and Lawrence grade II-III`, `KLG=2/4`."""
GAP = r"[ \t]{0,2}[,(]?[ \t]{0,2}"
BY = (
    r"(?:(?:by|nach|n\.|according[ \t]to|on|per|using|as[ \t]per|de|di|selon|según|segundo|secondo"
    r"|volgens|in)[ \t]{1,2})?(?:(?:the|la|il|der|de)[ \t]{1,2})?"
)
BEFORE = re.compile(
    rf"(?<![\w-]){LABEL}\.?{BETWEEN}(?P<low>{NUMBER}){UNTIL}{END}"
    rf"{GAP}(?:osteoarthritis|oa|arthrose|gonarthrose)?{GAP}{BY}{NAME}(?!\w)"
    r"(?:[ \t](?:scale|system|classification|criteria|score))?",
    re.IGNORECASE,
)
"""`Grade 3 (Kellgren-Lawrence)`, `Grad II nach Kellgren`."""
HINT = re.compile(r"k[ \t]?[-–/&.]?[ \t]?l|kellgren|k and l", re.IGNORECASE)
GRADES = {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four"}
GRADES |= {"i": "one", "ii": "two", "iii": "three", "iv": "four"}
VALUES = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4}
SIGN = "kellgren-lawrence"


def in_words(report: PlacedText) -> PlacedText:
    """Write each Kellgren-Lawrence grade in words, which outlive the dropping of digits."""
    if not HINT.search(report.text):
        return report
    return report.replaced(BEFORE, _in_words).replaced(AFTER, _in_words)


def _in_words(found: re.Match[str]) -> str:
    grades = [grade.lower() for grade in found.group("low", "high") if grade]
    return " ".join([SIGN, "grade", *(GRADES.get(grade, grade) for grade in grades)])


def grade_of(words: list[str]) -> tuple[int, ...]:
    """Return the first grade in a text's words, as `in_words` writes it: one, two of a range."""
    if SIGN not in words:
        return ()
    rest = words[words.index(SIGN) + 2 :][:2]
    values = [VALUES[word] for word in rest if word in VALUES]
    return tuple(values[: 1 if len(rest) > 1 and rest[0] not in VALUES else 2])
