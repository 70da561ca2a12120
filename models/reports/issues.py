"""Which parts of a report are its addenda, and in which order they were written.

An addendum stands above or below the report. Above, it ends where the report begins: at a mark of
the original, at the next heading where the addendum has text of its own, and where the headings
step back in the order they have in every report.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from models.reports.headings import Part
from models.reports.heads import SAID, Head
from models.reports.phrases import folded, pattern

ORDER = (
    *("", "exam", "administrative", "history", "technique", "comparison", "findings"),
    *("impression", "recommendation", "addendum", "signature"),
)
"""Of the headings in a report."""
NUMBER = re.compile(r"\W*[^\W\d]+[ \t]*(?:#|no\.?|nr\.?|n°)?[ \t]*(\d{1,2})(?![\d/.:-])")
GAP = re.compile(r"\n[\s*_=~#.-]*\n")


@dataclass(frozen=True)
class Issued:
    """A part of a report and what it was issued with.

    Attributes:
        part: a heading and what stands below it.
        issue: 0 of the report itself; each addendum has a number, later ones a higher one.
    """

    part: Part
    issue: int


def issued(parts: Sequence[Part]) -> list[Issued]:
    """Tell for each part whether it belongs to the report or to an addendum.

    Args:
        parts: as `headings.parts` returns them.

    Returns:
        The parts in their order. One that an addendum above the report shares with the report is
        cut in two.
    """
    if not any(_opens(part.head) for part in parts):
        return [Issued(part, 0) for part in parts]
    numbering = _Numbering(parts)
    found = list(numbering.read())
    ages = _ages(numbering.openings)
    return [replace(each, issue=ages.get(each.issue, 0)) for each in found]


def is_correction(text: str) -> bool:
    """Tell whether an addendum's heading and text say that something was wrong."""
    return bool(pattern("should_read", "error", "instead_of").search(folded(text)))


def _opens(head: Head | None) -> bool:
    return bool(head and not head.ends and (head.kind == "addendum" or head.corrects))


def _says(part: Part) -> bool:
    return any(letter.isalpha() for letter in part.text.text)


class _Numbering:
    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.issue = 0
        self.openings: dict[int, tuple[str, bool]] = {}
        self.above = self.closed = self.corrects = False
        self.last = -1
        self.seen = False
        self.original_after = _original_after(parts)

    def read(self) -> Iterator[Issued]:
        for n, part in enumerate(self.parts):
            if _opens(part.head):
                self._open(part)
            elif self.issue and part.head and self._returns(part.head):
                self.issue = 0
            self.last = ORDER.index(part.head.kind) if part.head else -1
            yield from self._shared(n, part)
            self.seen |= not self.issue and _says(part) and _is_said(part)

    def _open(self, part: Part) -> None:
        head = part.head
        if self.issue and head and head.kind != "addendum" and not self.closed:
            return  # `Corrected impression:` within an addendum
        self.issue = len(self.openings) + 1
        self.above, self.closed = not self.seen, _says(part)
        self.openings[self.issue] = (part.heading, self.above)
        self.corrects = is_correction(part.heading + part.text.text)

    def _returns(self, head: Head) -> bool:
        """Tell whether the report itself goes on at a heading."""
        if head.original or (head.ends and head.kind == "addendum"):
            return True
        if head.kind == "signature":
            return False
        if not self.above:
            return head.kind in ("", "exam") and not self.corrects
        return self.closed or ORDER.index(head.kind) < self.last

    def _shared(self, n: int, part: Part) -> Iterator[Issued]:
        """Give a part, cut where the report begins below an addendum without any heading."""
        place = len(part.text.text)
        if self.issue and self.above and not self.original_after[n]:
            signed = part.head is not None and part.head.kind == "signature"
            found = re.compile(r"\n").search(part.text.text) if signed else _gap(part)
            place = found.start() if found else place
        yield Issued(replace(part, text=part.text.part(0, place)), self.issue)
        rest = part.text.part(place, len(part.text.text))
        if rest.text.strip():
            self.issue = 0
            yield Issued(Part(None, rest, "", True), 0)


def _original_after(parts: Sequence[Part]) -> list[bool]:
    """Tell for each part whether a heading of the report itself follows."""
    follows, found = False, []
    for part in reversed(parts):
        found.append(follows)
        head = part.head
        follows |= bool(head and (head.original or (head.kind in SAID and not _opens(head))))
    return found[::-1]


def _is_said(part: Part) -> bool:
    return part.head is None or part.head.kind in SAID


def _gap(part: Part) -> re.Match[str] | None:
    text = part.text.text
    start = len(text) - len(text.lstrip())
    return GAP.search(text, start)


def _ages(openings: dict[int, tuple[str, bool]]) -> dict[int, int]:
    """Return for the issues, as they were met, their numbers by age.

    Args:
        openings: of each issue, its heading and whether it stands above the report, where the
            newest comes first.
    """
    numbers = {issue: NUMBER.match(heading) for issue, (heading, _) in openings.items()}
    above = [issue for issue, (_, is_above) in openings.items() if is_above]
    order = [issue for issue in openings if issue not in above] + above[::-1]
    if all(numbers.values()):
        order.sort(key=lambda issue: int(numbers[issue][1]))  # type: ignore[index]
    return {issue: age for age, issue in enumerate(order, start=1)}
