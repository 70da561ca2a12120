"""The sections of a report that say what was seen."""

from dataclasses import dataclass

from models.reports.corrections import as_corrected
from models.reports.forms import filled
from models.reports.headings import parts
from models.reports.issues import issued
from models.reports.layout import runs
from models.reports.placed_text import PlacedText
from models.reports.plain import plain


@dataclass(frozen=True)
class Section:
    """A stretch of a report that says what was seen.

    Attributes:
        kind: "findings", "impression", "addendum", or "body" of what stands under no heading.
        side: "L", "R", "B" for both, or "": of the heading, or of the examination it is about.
        text: what it says, in lines.
    """

    kind: str
    side: str
    text: PlacedText


def said(report: str) -> list[Section]:
    """Return the sections that say what was seen.

    Args:
        report: the report's text as an archive exported it, in any format and language.

    Returns:
        The sections in the order of the report. What is in none was left out: history, technique,
        comparison, recommendation, signature, what nobody ticked, what a correction replaced.
        Nothing if the report says nothing of what was seen, or of a knee.
    """
    found = as_corrected(runs(issued(parts(plain(report)))))
    sections = [Section(run.kind, run.side, filled(run.text)) for run in found]
    return [section for section in sections if any(map(str.isalpha, section.text.text))]
