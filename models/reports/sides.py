"""Which sentences of a report are about which knee."""

import re
from collections.abc import Sequence

from models.reports.placed_text import PlacedText

SIDES = {
    "R": re.compile(
        r"\b(?:right|rt|rechte[rsnm]?|rechts|droite?|derech[oa]|destr[oa]"
        r"|r\.? (?=knee|tk[ar]\b|uka\b))\b",
        re.I,
    ),
    "L": re.compile(
        r"\b(?:left|lt|linke[rsnm]?|links|gauche|izquierd[oa]|sinistr[oa]"
        r"|l\.? (?=knee|tk[ar]\b|uka\b))\b",
        re.I,
    ),
}
BOTH = re.compile(r"\b(?:both|bilateral\w*|beide\w*|deux|ambas|bilaterali)\b", re.I)
SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+|(?<=[。;])")


def about_side(sections: Sequence[tuple[str, PlacedText]], laterality: str) -> PlacedText:
    """Leave out the sentences that speak of the other knee alone.

    A sub-heading such as `Right knee:` holds until the next one.

    Args:
        sections: the side of the heading and what stands below it.
        laterality: "L", "R" or "".

    Returns:
        What stays, a line each; everything if nothing would stay.
    """
    said = PlacedText.lines(text for _, text in sections)
    other = SIDES.get({"L": "R", "R": "L"}.get(laterality, ""))
    own = SIDES.get(laterality)
    if other is None or own is None:
        return said
    kept = []
    for side, text in sections:
        under_other = side in ("L", "R") and side != laterality
        for part in text.split(SENTENCE):
            sentence = part.text
            names_other, names_own = bool(other.search(sentence)), bool(own.search(sentence))
            if names_own or BOTH.search(sentence):
                names_other = False
            heading = re.match(r"[^:.]{0,40}:", sentence)
            named = names_other or names_own or bool(BOTH.search(sentence))
            if heading and named and _names_a_side(heading.group()):
                under_other = names_other
            elif not named:
                names_other = under_other
            if not names_other:
                kept.append(part)
    return PlacedText.lines(kept) if any(part.text.strip() for part in kept) else said


def _names_a_side(heading: str) -> bool:
    return any(side.search(heading) for side in (*SIDES.values(), BOTH))
