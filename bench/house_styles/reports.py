"""A second set of reports for the real knees, in the house styles of ten practices and more.

It is written without a look at the code that cleans reports, and nothing is tuned to it. What is
said of each knee, and how often that is wrong or undecided, is drawn as `bench/knee_reports.py`
draws it; the words, the layout, the form and the amendments are the styles' own. A style is drawn
before anything else is known of the knees, so that it tells nothing of them.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench._knees import Row
from bench.house_styles.forms import FORMS
from bench.house_styles.grammar import Dictation, Knee, style
from bench.knee_reports import write as write_knees

ENGLISH = (
    "british",
    "american",
    "impression_last",
    "telegram",
    "tick_boxes",
    "labelled_lines",
    "clinic_note",
    "hl7_segments",
    "rich_text",
    "hard_wrapped",
)
OTHER_LANGUAGES = ("german", "chinese")

AMENDED = {"{amended}": 0.06, "{misplaced}": 0.04, "{report}\n\n{supplement}": 0.06}
"""Shares of the reports that are corrected, whose side is corrected, and that are added to."""


def write(
    folder: Path,
    rng: int,
    error: float,
    hedging: float,
    validation_patients: set[str],
    styles: Sequence[str] = ENGLISH,
) -> Path:
    """Write a folder that can be imported: the knees, their labels, splits and written reports.

    Args:
        folder: made if absent; the films are linked into it.
        rng: the seed of every word.
        error: share of the films whose report says another class.
        hedging: share of the films whose report decides for none.
        validation_patients: their patients' films are of the split `validation`.
        styles: the house styles to draw from.

    Returns:
        The manifest, with `said`, `style` and `traits` (parted by blanks) beside what
        `bench.knee_reports.write` puts there.

    Raises:
        ValueError: if the shares are too large.
    """
    dictated = partial(dictate, styles=styles)
    return write_knees(folder, rng, error, hedging, validation_patients, dictated)


def dictate(study: Sequence[Row], rng: np.random.Generator, styles: Sequence[str]) -> str:
    """Write one report, and note its style and traits in its films' rows.

    Args:
        study: the films of one knee, or of both, each with what is to be said of it.
        rng: chooses the style, then the words.
        styles: the house styles to draw from.

    Returns:
        The report.
    """
    chosen = style(styles[int(rng.integers(len(styles)))])
    form = amendment(study, rng)
    ordered = [study[place] for place in rng.permutation(len(study))]
    knees = [Knee(place, row["said"], row["laterality"]) for place, row in enumerate(ordered)]
    dictation = Dictation(chosen, knees, rng)
    report = FORMS[chosen.form](dictation.write(form))
    for row, traits in zip(ordered, dictation.traits, strict=True):
        row["style"] = chosen.name
        row["traits"] = " ".join(sorted(traits | ({"both"} if len(study) == 2 else set())))
    return report


def amendment(study: Sequence[Row], rng: np.random.Generator) -> str:
    """Draw whether a report is amended; a side can be corrected only where it is known."""
    drawn, shares = rng.random(), np.cumsum(list(AMENDED.values()))
    form = [*AMENDED, "{report}"][int(np.searchsorted(shares, drawn, side="right"))]
    unknown = any(not row["laterality"] for row in study)
    return "{report}" if form == "{misplaced}" and unknown else form
