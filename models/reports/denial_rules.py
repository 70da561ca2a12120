"""The words that a language denies by."""

from dataclasses import dataclass
from functools import cache

from models.reports.lexicon import Phrases, words_of

CUES = ("nothing", "open_before", "open_after", "after", "ends", "before")
SETS: tuple[str, ...] = ("seen", "seen_after", "adverbs", "auxiliary", "change", "before_change")
SETS += ("or", "and", "with", "begins", "fine", "keeps", "faults", "given")


@dataclass(frozen=True)
class Rules:
    """What a language denies by.

    Attributes:
        cues: phrases that deny, leave open, look like a denial, or end one.
        degrees: phrases that say how much.
        asserting: words that say that something is there.
        of_the: phrases after which something is taken for granted.
        sets: words, by what they do; see `languages/en.toml`.
    """

    cues: Phrases
    degrees: Phrases
    asserting: Phrases
    of_the: Phrases
    sets: dict[str, frozenset[str]]


@cache
def rules_of(language: str) -> Rules:
    """Return what one language denies by."""
    denial = words_of(language, "denial")
    degrees = words_of(language, "degrees")
    return Rules(
        Phrases({kind: denial.get(kind, []) for kind in CUES}),
        Phrases({**degrees, "grade": ["kellgren-lawrence grade"]}),
        Phrases({"asserting": denial.get("asserting", [])}),
        Phrases({"of_the": denial.get("of_the", [])}),
        {name: frozenset(denial.get(name, [])) for name in SETS},
    )
