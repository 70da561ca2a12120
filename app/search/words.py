"""Finding words in reports, however they are spelled: case and accents make no difference."""

import re
import unicodedata
from dataclasses import dataclass

from app.errors import Refused
from app.texts import _

LONGEST = 200
"""Letters of what is looked for."""
SHOWN = 240
"""Letters of a report that are shown with a film that was found."""
_PIECES = re.compile(r"(?<=[.;!?])\s+|\n+")


@dataclass(frozen=True)
class Words:
    """What a report must say, and what it must not say.

    Attributes:
        wanted: one of them must occur.
        unwanted: none of them may.
    """

    wanted: re.Pattern[str]
    unwanted: re.Pattern[str] | None

    def occur_in(self, report: str) -> bool:
        """Whether a report is one of those looked for."""
        text = folded(report)
        if not self.wanted.search(text):
            return False
        return self.unwanted is None or not self.unwanted.search(text)

    def excerpt(self, report: str) -> str:
        """Return the sentence or line of a report with the words, as it was written; cut short."""
        pieces = (piece.strip() for piece in _PIECES.split(report))
        passage = next((piece for piece in pieces if self.wanted.search(folded(piece))), report)
        return passage if len(passage) <= SHOWN else f"{passage[:SHOWN].rstrip()} …"


def looked_for(wanted: str, unwanted: str = "") -> Words:
    """Understand what an admin has typed: phrases, separated by commas.

    A phrase is found at the beginning of a word, so that `arthroplast` finds both the English and
    the German word; its words stand next to each other.

    Args:
        wanted: phrases of which a report must have one.
        unwanted: phrases of which it must have none; may be empty.

    Raises:
        Refused: there is nothing to look for, or too much.
    """
    for text, where in ((wanted, "words"), (unwanted, "without")):
        if len(text) > LONGEST:
            raise Refused(
                _("This is longer than {number} characters.", number=LONGEST),
                where,
                _("Search for fewer words at a time."),
            )
    pattern = _pattern(wanted)
    if pattern is None:
        raise Refused(
            _("There is nothing to search for."),
            "words",
            _("Enter words that a report on such a film would use."),
        )
    return Words(pattern, _pattern(unwanted))


def folded(text: str) -> str:
    """Return a text without case, accents and differences of spacing."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(text.casefold().split())


def _pattern(phrases: str) -> re.Pattern[str] | None:
    """One that matches any of the phrases; a Latin letter or digit begins its word."""
    found = [folded(phrase) for phrase in re.split("[,;，、；\n]", phrases)]
    escaped = [re.escape(phrase) for phrase in found if phrase]
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(escaped)})") if escaped else None
