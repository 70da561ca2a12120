"""Which parts of a report say what was seen.

Below a heading for it, what was seen is all up to the next heading. What stands below another
heading is told by the layout: behind the heading on its line, it is that line; on lines of its own
below the heading, it is that paragraph. What follows belongs to the section there was before, or to
the body of the report, unless a heading of findings is still to come: then nothing was seen yet.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.reports.headings import Part
from models.reports.heads import SAID, Head, examination
from models.reports.issues import Issued
from models.reports.placed_text import PlacedText

EMPTY_LINE = re.compile(r"\n[\s*_=~#.-]*(?=\n)")
SENTENCE_END = re.compile(r"[.!?](?=\s+[^\W\d_a-zà-öø-ÿ])|[。！？]")
SHORT = frozenset({"exam", "technique", "comparison", "administrative"})
"""Headings whose content is a sentence."""


@dataclass(frozen=True)
class Run:
    """A stretch of a report that says what was seen.

    Attributes:
        kind: "findings", "impression", "addendum" or "body".
        side: "L", "R", "B" or "", of the examination or the heading.
        text: what it says.
        issue: 0 of the report itself; each addendum has a number, later ones a higher one.
        block: counts the examinations of the report.
        corrects: its heading says that it replaces what there was.
        heading: as it was written.
    """

    kind: str
    side: str
    text: PlacedText
    issue: int = 0
    block: int = 0
    corrects: bool = False
    heading: str = ""


def runs(parts: Sequence[Issued]) -> list[Run]:
    """Return what was seen, in the order of the report.

    Args:
        parts: as `issues.issued` returns them.

    Returns:
        Stretches that say something, and empty ones below a heading that corrects. If the layout
        leaves nothing, no more than the first line or sentence below each heading is left out.
    """
    for strict in (True, False):
        found = _Reader(parts, strict).read()
        if any(says(run.text) for run in found):
            return [run for run in found if run.corrects or says(run.text)]
    return []


def says(text: PlacedText) -> bool:
    """Tell whether there is a letter in a text."""
    return any(letter.isalpha() for letter in text.text)


class _Reader:
    """Goes through a report's parts from the first to the last."""

    def __init__(self, parts: Sequence[Issued], strict: bool) -> None:
        self.parts, self.strict = parts, strict
        self.runs: list[Run] = []
        self.kind, self.side = "body", ""
        self.issue = self.block = 0
        self.skips = self.ended = False
        self.said: set[tuple[int, int]] = set()
        self.next_said = _next_said(parts)

    def read(self) -> list[Run]:
        for n, each in enumerate(self.parts):
            part, head = each.part, each.part.head
            if each.issue != self.issue:
                self.issue, self.kind, self.ended = each.issue, "body", False
            if head is None or head.ends:
                self.kind, self.ended = "body", False
                if not self._findings_follow(n):
                    self._say(part.text)
            elif head.kind in SAID:
                self.kind, self.ended = head.kind, False
                self._say(part.text, head, part.heading)
            else:
                self._beside(n, part, head)
        return self.runs

    def _say(self, text: PlacedText, head: Head | None = None, heading: str = "") -> None:
        side = (head.side if head else "") or self.side
        corrects = bool(head and head.corrects)
        if not self.ended and not self.skips:
            self.runs.append(Run(self.kind, side, text, self.issue, self.block, corrects, heading))
            if says(text):
                self.said.add((self.block, self.issue))

    def _beside(self, n: int, part: Part, head: Head) -> None:
        """Leave out what stands below a heading that opens no section of what was seen."""
        if head.kind in ("", "exam"):
            self._examine(part, head)
        if head.kind == "signature" and self._has_said():
            self.ended = True
        elif not self._findings_follow(n):
            self._say(_after(part, head, self._lone(n), self.strict))

    def _examine(self, part: Part, head: Head) -> None:
        """Take the side and the part of the body from the name of an examination."""
        side, body_part = _examined(part, head)
        if self._has_said():
            self.kind, self.side, self.ended, self.skips = "body", "", False, False
            self.block += 1
        if side:
            self.side = side if self.side in ("", side) else "B"
        if body_part:
            self.skips = body_part == "other"

    def _has_said(self) -> bool:
        """Tell whether something was said of this examination in this issue."""
        return (self.block, self.issue) in self.said

    def _findings_follow(self, n: int) -> bool:
        return self.strict and not self._has_said() and self.next_said[n][self.side] == "findings"

    def _lone(self, n: int) -> bool:
        return not self.strict or self._has_said() or bool(self.next_said[n][self.side])


def _next_said(parts: Sequence[Issued]) -> list[dict[str, str]]:
    """Return for each part the kind of the next section of what was seen in its issue.

    It differs by the side the part is about: an examination of the other side comes between.
    """
    following: list[dict[str, str]] = []
    after = dict.fromkeys(("", "L", "R", "B"), "")
    for n in range(len(parts) - 1, -1, -1):
        if n + 1 < len(parts) and parts[n].issue != parts[n + 1].issue:
            after = dict.fromkeys(after, "")
        following.append(after)
        head = parts[n].part.head
        if head and head.kind in SAID and not head.ends:
            after = dict.fromkeys(after, head.kind)
        elif head and head.kind in ("", "exam"):
            named, _ = _examined(parts[n].part, head)
            other = {side for side in after if side and named not in ("", side)}
            after = {side: "" if side in other else kind for side, kind in after.items()}
    return following[::-1]


def _examined(part: Part, head: Head) -> tuple[str, str]:
    """Return the side and the part of the body that the heading or the line behind it names."""
    written = part.text.text.lstrip("\n")
    side, body_part = examination(written[: _line_end(written, 0)]) if head.kind else ("", "")
    return head.side or side, head.part or body_part


def _after(part: Part, head: Head, short: bool, strict: bool) -> PlacedText:
    """Return what follows the content of a heading that is left out.

    Args:
        part: below the heading.
        head: of another kind than what was seen.
        short: a technique, a comparison or an examination takes one sentence of its line.
        strict: a paragraph below the heading is its content; else one line of it.
    """
    written = part.text.text
    if head.kind in ("", "signature"):
        end = _line_end(written, 0)
    elif not part.on_line:
        start = len(written) - len(written.lstrip())
        end = (_paragraph_end if strict else _line_end)(written, start)
    elif head.kind == "recommendation":
        end = _paragraph_end(written, 0)
    else:
        end = _line_end(written, 0)
        if (short and head.kind in SHORT) or not (strict or written[end:].strip()):
            end = _sentence_end(written, end)
    return part.text.part(end, len(written))


def _line_end(written: str, start: int) -> int:
    place = written.find("\n", start)
    return len(written) if place < 0 else place


def _paragraph_end(written: str, start: int) -> int:
    found = EMPTY_LINE.search(written, start)
    return found.start() if found else len(written)


def _sentence_end(written: str, stop: int) -> int:
    found = SENTENCE_END.search(written, 0, stop)
    return found.end() if found else stop
