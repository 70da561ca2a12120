"""What a trial has shown, in words an admin can act on; good or not."""

from dataclasses import dataclass
from typing import Any

from app import formats
from app.pulling.faults import TROUBLES
from app.texts import _, noop

GOOD = frozenset({"answers", "tells", "came", "honoured", "none_hidden"})
IGNORED = noop("It ignores this filter and lists everything. Condyle filters itself.")
UNKNOWN = noop("This could not be tried: the study used for the trial has no value for it.")
EMPTY = noop(
    "It finds nothing with this filter, not even a study that matches. Condyle does not send it "
    "and filters itself."
)
HONOURED = noop("It lists what matches, and nothing else.")
OF_FILTER = {"honoured": HONOURED, "ignored": IGNORED, "empty": EMPTY, "unknown": UNKNOWN}
TROUBLE = noop("That did not work: {trouble}.")
TITLES = {
    "search": noop("Search (QIDO-RS)"),
    "metadata": noop("Metadata of a study (WADO-RS)"),
    "film": noop("One film, as stored (WADO-RS)"),
    "StudyDate": noop("Filter: date of the study"),
    "ModalitiesInStudy": noop("Filter: modality"),
    "BodyPartExamined": noop("Filter: body part"),
    "StudyDescription": noop("Filter: description of the study"),
    "limit": noop("Long lists"),
}
SENTENCES = {
    "search": {
        "answers": noop("It lets us in and answers searches."),
        "no_study": noop("It answers searches and lists no study, so nothing else could be tried."),
        "trouble": TROUBLE,
    },
    "metadata": {
        "tells": noop("It describes the objects of a study: {objects}, of which films: {films}."),
        "trouble": TROUBLE,
    },
    "film": {
        "came": noop(
            "It came whole, and it is the one that was asked for: {kib} KiB, transfer syntax "
            "{syntax}."
        ),
        "none": noop("The studies that were tried hold no film: this could not be tried."),
        "no_film": noop("What came is no DICOM file."),
        "another": noop("What came is another film than the one that was asked for."),
        "trouble": TROUBLE,
    },
    "StudyDate": OF_FILTER,
    "ModalitiesInStudy": OF_FILTER,
    "BodyPartExamined": OF_FILTER,
    "StudyDescription": OF_FILTER,
    "limit": {
        "none_hidden": noop(
            "It shows no limit of its own: a search for everything listed {told} studies."
        ),
        "hidden": noop(
            "It ends every list at {most} studies without saying so. Condyle asks for shorter "
            "periods until a list is shorter than that."
        ),
        "unknown": noop(
            "Whether it cuts long lists could not be tried: it does not filter by date."
        ),
        "trouble": TROUBLE,
    },
}
MANAGED = frozenset({"ignored", "empty", "unknown", "hidden", "none", "no_study"})
"""A pull gets by with these."""
NEEDED = frozenset({("StudyDate", "ignored"), ("StudyDate", "empty"), ("StudyDate", "unknown")})
"""But for these: without a filter by date a long list cannot be made shorter."""


@dataclass(frozen=True)
class Said:
    """A finding as people read it.

    Attributes:
        step: which step it is of.
        title: what the step is called.
        verdict: in one word.
        good: whether it works as it should.
        lame: whether a pull works without it.
        words: what was seen, and what follows.
    """

    step: str
    title: str
    verdict: str
    good: bool
    lame: bool
    words: str


def said_of(step: str, verdict: str, values: dict[str, Any]) -> Said:
    """Return a finding in the language of the page."""
    numbers = {
        name: formats.count(value) if isinstance(value, int) else value
        for name, value in values.items()
        if name != "fault"
    }
    if "fault" in values:
        numbers["trouble"] = _(TROUBLES[values["fault"]])
    good = verdict in GOOD
    lame = verdict in MANAGED and (step, verdict) not in NEEDED
    sentence = SENTENCES[step][verdict]
    return Said(step, _(TITLES[step]), verdict, good, lame, _(sentence, **numbers))
