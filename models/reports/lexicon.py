"""The words of the languages, made ready to be found in a text: phrases by their first word."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from models.reports.languages import codes, of_language

TELLING = ("before", "after", "seen", "seen_after", "ends", "nothing", "open_before", "open_after")
FALLBACK = "en"
"""The language of a text that none of the known words speaks for."""


class Phrases:
    """Phrases of one or more words, each of a kind."""

    def __init__(self, kinds: Mapping[str, Iterable[str]]) -> None:
        """Sort phrases by their first word, the longest first.

        Args:
            kinds: phrases in lower case by their kind; of two equal ones the first kind counts.
        """
        self.by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        known: set[tuple[str, ...]] = set()
        for kind, phrases in kinds.items():
            for phrase in phrases:
                words = tuple(split(phrase))
                if words and words not in known:
                    known.add(words)
                    self.by_first.setdefault(words[0], []).append((words, kind))
        for found in self.by_first.values():
            found.sort(key=lambda each: -len(each[0]))

    def at(self, words: Sequence[str], place: int) -> tuple[str, int]:
        """Return the kind and length of the longest phrase that begins at a word; ("", 1) if none.

        Args:
            words: of a text, in lower case.
            place: of the word.
        """
        for phrase, kind in self.by_first.get(words[place], ()):
            n = len(phrase)
            if n == 1 or tuple(words[place : place + n]) == phrase:
                return kind, n
        return "", 1

    def words(self) -> set[str]:
        """Return every word of the phrases."""
        return {word for found in self.by_first.values() for phrase, _ in found for word in phrase}


def split(phrase: str) -> list[str]:
    """Split a phrase into words as a report is split: each Chinese character is one."""
    return [
        part
        for word in phrase.split()
        for part in (list(word) if "\u3040" <= word[0] <= "\u9fff" else [word])
    ]


def words_of(language: str, table: str) -> Mapping[str, list[str]]:
    """Return one table of one language; an empty one where the language has none."""
    return of_language(language).get(table, {})


@cache
def _speakers() -> dict[str, tuple[str, ...]]:
    """Return the languages of each word that is common in one, or denies there; of "", all."""
    speakers: dict[str, tuple[str, ...]] = {"": tuple(codes())}
    for code in codes():
        denial = words_of(code, "denial")
        lists = [words_of(code, "language").get("common", [])]
        lists += [denial.get(name, []) for name in TELLING]
        lists += words_of(code, "degrees").values()
        for word in {word for phrases in lists for phrase in phrases for word in split(phrase)}:
            speakers[word] = (*speakers.get(word, ()), code)
    return speakers


def language_of(words: Iterable[str]) -> str:
    """Tell the language of a text by its commonest words.

    Args:
        words: of the text, in lower case.

    Returns:
        The code of the language most of the known words belong to; `FALLBACK` if none is known.
    """
    speakers = _speakers()
    counts = dict.fromkeys(speakers[""], 0)
    for word in words:
        for code in speakers.get(word, ()):
            counts[code] += 1
    best = max(counts, key=lambda code: counts[code])
    return best if counts[best] > counts.get(FALLBACK, 0) else FALLBACK
