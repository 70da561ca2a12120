"""Reports by a grammar: a house style is a file of phrases, and a phrase has gaps for others.

A file holds tables. `[style]` names its language, its form (see `forms`) and the files it takes
words from. `[words]` holds phrases that fit every knee. Every other table is named as the gap that
it fills, and its keys say which phrases fit: what is said of the knee (a Kellgren-Lawrence grade,
`arthroplasty`, `hedged`), its side (`L`, `R`, `none`), or whether the report is of `one` knee or
of `both`; `same` fits two knees of which the same is said.

    {verdict}       a phrase of that name, about the knee or knees that the report is of
    {Verdict}       with a capital letter; {VERDICT} in capitals
    {sign?0.7}      in 70 % of the reports
    {1:verdict}     about the knee that is named first; 2: the other one
    {wrong:report}  about the first knee something else is said than is meant
    {other:report}  with the other side
    {+correction}   nothing is written, but the report is remembered to have the trait
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Phrases = dict[str, dict[str, list[str]]]
GAP = re.compile(r"\{(?:(\w+):)?(\+?)(\w+)(?:\?([\d.]+))?\}")
ELSE = {"0": "3", "1": "3", "2": "0", "3": "0", "4": "0", "hedged": "0", "arthroplasty": "0"}
"""What a report said of a knee before it was corrected."""
OPPOSITE = {"L": "R", "R": "L", "": ""}
EVERY = "every"


@dataclass(frozen=True)
class Style:
    """A house style: its name, language, form, and phrases by gap and key."""

    name: str
    language: str
    form: str
    phrases: Phrases


@dataclass(frozen=True)
class Knee:
    """A knee as a report describes it.

    Attributes:
        place: which of the report's knees it is.
        said: a Kellgren-Lawrence grade, `arthroplasty` or `hedged`.
        side: "L", "R" or "".
    """

    place: int
    said: str
    side: str


@cache
def style(name: str) -> Style:
    """Read a style's file, and the files it takes words from; its own phrases come first."""
    own = _file(name)
    facts = own.pop("style")
    phrases: Phrases = {}
    for other in facts["includes"]:
        phrases |= {key: value for key, value in _tables(_file(other)).items() if key != "style"}
    return Style(name, facts["language"], facts["form"], phrases | _tables(own))


def _file(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


def _tables(file: dict[str, Any]) -> Phrases:
    """Bring a file's tables into one shape: gap, key, phrases."""
    words = {gap: {EVERY: phrases} for gap, phrases in file.get("words", {}).items()}
    tables: Phrases = {}
    for gap, table in file.items():
        if gap in ("style", "words"):
            continue
        tables[gap] = {}
        for keys, phrases in table.items():
            for key in keys.split():
                tables[gap][key] = [*tables[gap].get(key, []), *phrases]
    return tables | words


class Dictation:
    """One report being written."""

    def __init__(self, style: Style, knees: Sequence[Knee], rng: np.random.Generator) -> None:
        self.style, self.knees, self.rng = style, tuple(knees), rng
        self.traits: list[set[str]] = [set() for _ in knees]
        self._used: dict[tuple[str, str], set[int]] = {}
        self._facts = {
            "date": lambda: f"{rng.integers(1, 29):02}/{rng.integers(1, 13):02}/{self._year()}",
            "time": lambda: f"{rng.integers(7, 20):02}:{rng.integers(0, 60):02}",
            "year": lambda: str(self._year()),
            "age": lambda: str(rng.integers(45, 80)),
            "number": lambda: str(rng.integers(1_000_000, 9_999_999)),
        }

    def write(self, phrase: str) -> str:
        """Fill a phrase's gaps, and theirs, about the report's knees."""
        return tidied(self._filled(phrase, self.knees))

    def _filled(self, phrase: str, knees: tuple[Knee, ...]) -> str:
        return GAP.sub(lambda gap: self._fill(gap, knees), phrase)

    def _fill(self, gap: re.Match[str], knees: tuple[Knee, ...]) -> str:
        about, mark, name, chance = gap.groups()
        if chance and self.rng.random() >= float(chance):
            return ""
        knees = meant(about, knees)
        if mark:
            for knee in knees:
                self.traits[knee.place].add(name)
            return ""
        if name.lower() in self._facts:
            return self._facts[name.lower()]()
        return cased(self._filled(self._choice(name.lower(), knees), knees), name)

    def _choice(self, gap: str, knees: tuple[Knee, ...]) -> str:
        """Choose a phrase for a gap, one that this report has not used as long as there is one."""
        key = self._key(gap, knees)
        phrases = self.style.phrases[gap][key]
        used = self._used.setdefault((gap, key), set())
        if len(used) == len(phrases):
            used.clear()
        left = [place for place in range(len(phrases)) if place not in used]
        place = left[int(self.rng.integers(len(left)))]
        used.add(place)
        return phrases[place]

    def _key(self, gap: str, knees: tuple[Knee, ...]) -> str:
        table = self.style.phrases.get(gap, {})
        drawn = self.rng.random() < 0.5
        if len(knees) == 1:
            keys = [knees[0].said, knees[0].side or "none", "one", EVERY]
        else:
            alike = knees[0].said == knees[1].said and drawn
            keys = [*(["same"] if alike else []), "both", EVERY]
        for key in keys:
            if key in table:
                return key
        raise KeyError(f"{self.style.name}.toml: `{gap}` has no phrase for {', '.join(keys)}.")

    def _year(self) -> int:
        return int(self.rng.integers(2003, 2016))


def meant(about: str | None, knees: tuple[Knee, ...]) -> tuple[Knee, ...]:
    """Return the knees a gap is about, changed where the gap says so."""
    if about == "wrong":
        return (replace(knees[0], said=ELSE[knees[0].said]), *knees[1:])
    if about == "other":
        return tuple(replace(knee, side=OPPOSITE[knee.side]) for knee in knees)
    return knees if about is None else (knees[min(int(about), len(knees)) - 1],)


def cased(text: str, name: str) -> str:
    """Give a text the case of its gap's name."""
    if name.isupper():
        return text.upper()
    return text[:1].upper() + text[1:] if name[0].isupper() else text


def tidied(text: str) -> str:
    """Take away what an empty gap left behind: double blanks, blank line ends, empty lines."""
    text = re.sub(r"(?<=\S) {2}(?=\S)", " ", text)
    text = re.sub(r"[ \t]+(?=\n|$)", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()
