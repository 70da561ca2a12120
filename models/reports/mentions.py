"""Where a text names a side."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from models.reports.languages import table
from models.reports.lexemes import SENTENCE_ENDS, Lexeme
from models.reports.lexicon import Phrases

SIDES = {"right": "R", "left": "L", "both": "B", "opposite": "O"}
SIDES |= {"right_letter": "R", "left_letter": "L", "right_short": "R", "left_short": "L"}


@dataclass(frozen=True, slots=True)
class Mention:
    """A side named in a text, from one lexeme up to another."""

    side: str
    start: int
    stop: int
    elsewhere: bool


@cache
def _phrases() -> Phrases:
    found = table("knees")
    return Phrases({kind: found.get(kind, ()) for kind in ("no_side_with", *SIDES)})


@cache
def words(name: str) -> frozenset[str]:
    """Return one list of the table `knees`, those of all languages put together."""
    return frozenset(table("knees").get(name, ()))


@cache
def _remainder_before() -> Phrases:
    return Phrases({"": (), "remainder": table("knees").get("remainder_before", ())})


def mentions_in(lexemes: Sequence[Lexeme]) -> list[Mention]:
    """Find every side that is named, in order."""
    texts = [lexeme.text for lexeme in lexemes]
    slashed = _slashed(texts)
    found, place, phrases = [], 0, _phrases()
    while place < len(texts):
        if texts[place] not in phrases.by_first and place not in slashed:
            place += 1
            continue
        kind, n = ("both", 3) if place in slashed else phrases.at(texts, place)
        side = SIDES.get(kind, "")
        if side and _is_side(texts, place, place + n, kind):
            elsewhere = any(word in words("elsewhere") for word in texts[place + n : place + n + 2])
            found.append(Mention(side, place, place + n, elsewhere))
        place += n
    return found


def _slashed(texts: Sequence[str]) -> set[int]:
    """Find `b/l`."""
    return {
        place
        for place, text in enumerate(texts)
        if text == "b" and texts[place + 1 : place + 3] == ["/", "l"]
    }


def _is_side(texts: Sequence[str], start: int, stop: int, kind: str) -> bool:
    before = texts[start - 1] if start else "\n"
    after = texts[stop] if stop < len(texts) else "\n"
    if kind in ("right_letter", "left_letter", "right_short", "left_short"):
        return _is_letter(texts, start, stop, kind.endswith("short"))
    if kind == "right":
        return after not in words("no_side_before")
    if kind == "left":
        return not _remains(texts, start, stop, before, after)
    return True


def _is_letter(texts: Sequence[str], start: int, stop: int, short: bool) -> bool:
    """Whether a letter or an abbreviation names a side: beside a knee, in brackets, in front."""
    before = texts[start - 1] if start else "\n"
    after = texts[stop] if stop < len(texts) else "\n"
    beside = words("beside")
    if before == "(" and after == ")":
        return True
    if before in beside or after in beside or (before == "(" and after in beside):
        return True
    pair = _letters([*texts[max(0, start - 2) : start], *texts[stop : stop + 2]])
    if pair and (before in "/<>=&+" or after in "/<>=&+" or "and" in (before, after)):
        return True
    in_front = before in SENTENCE_ENDS or before in ("\n", "0", ")", ",")
    if not in_front or after not in (":", "-", "–", "—", ")", "="):
        return False
    return not short or _counterpart(texts, texts[start])


def _letters(texts: Sequence[str]) -> bool:
    return any(text in words("right_letter") | words("left_letter") for text in texts)


def _counterpart(texts: Sequence[str], word: str) -> bool:
    """Whether the abbreviation of the other side stands somewhere in the text too."""
    sides = [words("right_short"), words("left_short")]
    others = {each for side in sides if word not in side for each in side}
    return any(text in others for text in texts)


def _remains(texts: Sequence[str], start: int, stop: int, before: str, after: str) -> bool:
    """Whether `left` says that something remains: `little joint space left medially`."""
    if _remainder_before().at(texts, stop)[0] if stop < len(texts) else False:
        return before not in words("names_a_side_after") or after in ("over", "behind")
    if before not in words("remainder") or after in words("beside"):
        return False
    return not any(text in words("right") for text in _around(texts, start))


def _around(texts: Sequence[str], place: int) -> Sequence[str]:
    """Return the words of the sentence that a place is in, forty each way at most."""
    first, last = place, place
    while first > max(0, place - 40) and texts[first - 1] not in SENTENCE_ENDS:
        first -= 1
    while last < min(len(texts), place + 40) and texts[last] not in SENTENCE_ENDS:
        last += 1
    return texts[first:last]
