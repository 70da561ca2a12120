"""What a correction leaves of a report.

An addendum that says that something was wrong takes the place of what it corrects, wherever it
stands: of the sentence it quotes, of the findings, of the impressions, or of all. Any other
addendum adds to the report. A corrected side is read in `corrected_sides`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.reports.corrected_sides import corrected_side, only_sides, with_side
from models.reports.heads import examination
from models.reports.issues import is_correction
from models.reports.layout import Run, says
from models.reports.phrases import folded, pattern
from models.reports.placed_text import PlacedText

SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n+|(?<=[。；])")
COLON = re.compile(r":\s")
QUOTED = re.compile(r"[\"“„«‘']([^\"“”„«»‘’']{3,300})[\"”“»’']")
MOST = 20
"""Addenda that may correct what was before them; no report has so many."""
SIGNS = " \t\n:;,.'\"“”„‘’«»()-–—"


def as_corrected(runs: Sequence[Run]) -> list[Run]:
    """Return what holds of a report after its addenda.

    Args:
        runs: as `layout.runs` returns them.

    Returns:
        The runs that hold, in their order. Of a correction, what is right stays.
    """
    kept = list(runs)
    for issue in sorted({run.issue for run in runs if run.issue})[-MOST:]:
        correction = Correction.of([run for run in kept if run.issue == issue])
        if correction.corrects:
            kept = correction.applied(kept)
    return [run for run in kept if says(run.text)]


@dataclass(frozen=True)
class Correction:
    """An addendum, if it says that something was wrong.

    Attributes:
        runs: what it says.
        text: its headings and all it says, folded.
        side: as `corrected_side` returns it.
        corrects: it says that something was wrong.
    """

    runs: Sequence[Run]
    text: str
    side: str
    corrects: bool

    @classmethod
    def of(cls, runs: Sequence[Run]) -> "Correction":
        """Put an addendum together from its runs."""
        text = folded("\n".join(f"{run.heading}\n{run.text.text}" for run in runs))
        headed = any(run.corrects for run in runs)
        side = corrected_side(SENTENCE.split(text))
        return cls(runs, text, side, headed or bool(side) or is_correction(text))

    def applied(self, runs: Sequence[Run]) -> list[Run]:
        """Return the runs, of which some are replaced, and this addendum's own as they hold."""
        issue = self.runs[0].issue
        concerned = {id(run) for run in runs if run.issue < issue and self._concerns(run, runs)}
        before = [run for run in runs if id(run) in concerned]
        wrong = [] if self.side else [*self._quoted(before)]
        replaced = frozenset() if self.side or wrong else self._replaced(before)
        changed = []
        for run in runs:
            if run.issue == issue:
                changed.append(self._held(run))
            elif id(run) not in concerned:
                changed.append(run)
            elif run.kind not in replaced:
                run = with_side(run, self.side) if self.side else run
                changed.append(replace(run, text=_without(run.text, wrong)) if wrong else run)
        return changed

    def _held(self, run: Run) -> Run:
        """Return what one of this addendum's own runs says is right."""
        side = self.side if self.side in ("L", "R") else ""
        run = replace(run, side=side) if side and run.side in ("L", "R") else run
        return replace(run, text=_right(run.text, bool(self.side)))

    def _concerns(self, run: Run, runs: Sequence[Run]) -> bool:
        """Tell whether this is about the examination that a run belongs to."""
        side, _ = examination(self.text)
        if side in ("L", "R") and any(other.side == side for other in runs if other.issue == 0):
            return run.side in (side, "B", "")
        return run.block == self.runs[0].block or not self.runs[0].block

    def _replaced(self, before: Sequence[Run]) -> frozenset[str]:
        """Return the kinds of runs this takes the place of."""
        everything = frozenset({"findings", "impression", "addendum", "body"})
        own = {run.kind for run in self.runs if says(run.text)} - {"addendum"}
        kinds = {run.kind for run in before}
        if pattern("whole").search(self.text) or own & {"findings", "body"}:
            return everything
        if pattern("impression").search(self.text) or own:
            return frozenset({"impression", "addendum"}) if "impression" in kinds else everything
        if pattern("findings_named").search(self.text):
            return frozenset({"findings", "body"})
        return frozenset({"impression", "addendum"}) if "impression" in kinds else everything

    def _quoted(self, before: Sequence[Run]) -> Iterable[str]:
        """Give the words this calls wrong, if they stand in what it corrects."""
        written = " ".join(folded(" ".join(run.text.text.split())) for run in before)
        for sentence in SENTENCE.split(self.text):
            cue = pattern("should_read", "should_be").search(sentence)
            if cue is None:
                continue
            instead = _instead(sentence)
            named = [found[1] for found in QUOTED.finditer(sentence[: cue.start()])]
            named += [sentence[instead.end() :]] if instead else []
            for words in (" ".join(each.strip(SIGNS).split()) for each in named):
                if " " in words and words in written:
                    yield words


def _instead(sentence: str) -> re.Match[str] | None:
    """Find where a folded sentence goes over to what was wrong."""
    denied = pattern("denied").pattern
    return pattern("instead_of").search(sentence) or re.search(rf",\s*(?:{denied})", sentence)


def _right(text: PlacedText, of_side: bool) -> PlacedText:
    """Return what a correction says is right, a line a sentence."""
    return PlacedText.lines(
        right for sentence in text.split(SENTENCE) if (right := _right_of(sentence, of_side)).text
    )


def _right_of(sentence: PlacedText, of_side: bool) -> PlacedText:
    written = folded(sentence.text)
    nothing = sentence.part(0, 0)
    if of_side and (only_sides(written) or corrected_side([written])):
        return nothing
    cue = pattern("should_read").search(written)
    if cue is None and (wrong := pattern("error").search(written)):
        cue = pattern("should_be").search(written) or COLON.search(written, wrong.end())
        if cue is None:
            return nothing
    if cue is None:
        return sentence
    after = sentence.part(cue.end(), len(written))
    instead = _instead(written[cue.end() :])
    after = after.part(0, instead.start()) if instead else after
    right = after.text.strip(SIGNS)
    start = after.text.find(right)
    if of_side and only_sides(folded(after.text)):
        return nothing
    return after.part(start, start + len(right))


def _without(text: PlacedText, wrong: Sequence[str]) -> PlacedText:
    """Leave out the sentences that hold words called wrong."""
    return PlacedText.lines(
        sentence
        for sentence in text.split(SENTENCE)
        if not any(words in folded(" ".join(sentence.text.split())) for words in wrong)
    )
