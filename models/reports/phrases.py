"""Words of reports, compared without case and accents."""

import re
import unicodedata
from functools import cache

from models.reports.languages import table

IDEOGRAPH = re.compile(r"[぀-ヿ㐀-鿿]")
WORD = re.compile(r"b/l\b|[^\W\d_]+(?:[.'’-][^\W\d_]+)*|\d+[a-zA-Z]\b|\d+|[^\w\s]")
MASK = re.compile(r"\[(?:name|date|number|address)\]")


class _Letters(dict[int, str]):
    """Each letter without case and accents: one letter for one, so that places stay."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKD", chr(code).lower())[:1]
        self[code] = plain if plain.isalnum() else chr(code)
        return self[code]


LETTERS = _Letters()


def folded(text: str) -> str:
    """Return a text of the same length in lower case and without accents."""
    return text.translate(LETTERS)


@cache
def pattern(*keys: str) -> re.Pattern[str]:
    """Return what finds the phrases of some keys of the table `sections` in a folded text."""
    phrases = {folded(phrase) for key in keys for phrase in table("sections").get(key, ())}
    return re.compile("|".join(_bounded(each) for each in sorted(phrases, key=len, reverse=True)))


def _bounded(phrase: str) -> str:
    spaced = r"\s{1,3}".join(map(re.escape, phrase.split()))
    return spaced if IDEOGRAPH.search(phrase) else rf"(?<!\w){spaced}(?!\w)"


def words(text: str) -> list[str]:
    """Return the words, numbers and signs of a folded text; ideographs are cut by `lexicon`."""
    found: list[str] = []
    for word in WORD.findall(text):
        found += _ideographs().findall(word) if IDEOGRAPH.search(word) else [word]
    return found


@cache
def _ideographs() -> re.Pattern[str]:
    """Return what cuts a run of ideographs into known words and single signs."""
    listed = (*table("sections").values(), *table("sides").values())
    known = {folded(word) for each in listed for word in each if IDEOGRAPH.search(word)}
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, longest_first), r"[a-z]+|\d+|."]))
