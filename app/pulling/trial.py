"""Trying a PACS step by step: what it can do for a pull, and what it cannot.

Nothing that is found out names a patient: figures, names of formats and the verdicts alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.pacs.header import NoFilm, header_of
from app.pulling.answers import Entry
from app.pulling.instances import Instance, instances_of
from app.pulling.line import Line, Trouble
from app.pulling.multipart import ACCEPT, film_of
from app.pulling.probing import FILTERS, Abilities, Verdict, told_at_most, verdicts
from app.pulling.searching import DATE, MODALITY, PAGE, search

RADIOGRAPHY = ("DX", "CR")
FEW = 5
"""Studies of which one with a film is looked for."""


@dataclass(frozen=True)
class Finding:
    """What one step of the trial has shown.

    Attributes:
        step: a key of `wording.SENTENCES`.
        verdict: a key of that entry.
        values: what its sentence names.
    """

    step: str
    verdict: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Trial:
    """One trial of a PACS.

    Args:
        line: to it.
        largest: bytes of a film that are taken.

    Attributes:
        abilities: what was found out of it, once the steps were made.
    """

    line: Line
    largest: int
    abilities: Abilities = field(default_factory=lambda: Abilities({}, PAGE))

    def steps(self) -> Iterator[Finding]:
        """Make one step after the other.

        Raises:
            NotReached: nobody answers there, or nobody who lets us in.
        """
        try:
            listed = self._some()
        except Trouble as trouble:
            yield Finding("search", "trouble", {"fault": trouble.fault})
            return
        if not listed:
            yield Finding("search", "no_study")
            return
        yield Finding("search", "answers")
        entry, instances, fault = self._with_films(listed)
        if entry is None:
            yield Finding("metadata", "trouble", {"fault": fault})
            return
        films = [each for each in instances if each.is_film]
        yield Finding("metadata", "tells", {"objects": len(instances), "films": len(films)})
        yield self._film(films[0]) if films else Finding("film", "none")
        filters: dict[str, Verdict] = {}
        for keyword, verdict in verdicts(self.line, entry, instances):
            filters[keyword] = verdict
            yield Finding(keyword, verdict)
        yield self._paging(filters)

    def _some(self) -> list[Entry]:
        """Return some studies, those first that are said to hold radiographs."""
        found = [
            entry for each in RADIOGRAPHY for entry in search(self.line, {MODALITY: each}, FEW)
        ]
        return (found + search(self.line, {}, FEW))[: 3 * FEW]

    def _with_films(self, listed: list[Entry]) -> tuple[Entry | None, list[Instance], str]:
        """Return the first study that holds a film, or else one whose objects are told."""
        best: tuple[Entry | None, list[Instance], str] = None, [], "not_there"
        for uid, entry in {entry.uid: entry for entry in listed}.items():
            try:
                instances = instances_of(self.line, uid)
            except Trouble as trouble:
                best = (*best[:2], trouble.fault)
                continue
            if any(each.is_film for each in instances):
                return entry, instances, ""
            if best[0] is None and instances:
                best = entry, instances, ""
        return best

    def _film(self, film: Instance) -> Finding:
        """Fetch one film as it is stored, and compare it with what was asked for."""
        try:
            file = film_of(self.line.get(film.path, ACCEPT, self.largest))
            header = header_of(file)
        except Trouble as trouble:
            return Finding("film", "trouble", {"fault": trouble.fault})
        except NoFilm:
            return Finding("film", "no_film")
        if (header.study, header.instance) != (film.study, film.uid):
            return Finding("film", "another")
        return Finding("film", "came", {"kib": len(file) // 1024, "syntax": header.syntax})

    def _paging(self, filters: dict[str, Verdict]) -> Finding:
        """Find out at how many studies an answer ends."""
        self.abilities = Abilities(filters, PAGE)
        if filters[DATE] != "honoured":
            return Finding("limit", "unknown")
        try:
            told, most = told_at_most(self.line)
        except Trouble as trouble:
            return Finding("limit", "trouble", {"fault": trouble.fault})
        if most is None:
            return Finding("limit", "none_hidden", {"told": told})
        self.abilities = Abilities(filters, max(1, most - 1))
        return Finding("limit", "hidden", {"most": most})


STEPS = ("search", "metadata", "film", *FILTERS, "limit")
