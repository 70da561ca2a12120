"""The sections of a report that say what was seen, told by headings in six languages."""

import re

from models.reports.placed_text import PlacedText

SAID = (
    r"findings?(?: ?(?:and|/|&|,) ?(?:impressions?|conclusions?|opinion))?|report|impressions?"
    r"|conclusions?|results?|opinion|interpretation|assessment"
    r"|(?P<addendum>addend(?:um|a)"
    r"(?:[ \t]+(?:[\d#/.,:()-]{1,20}|\(?\[(?:date|number)\]\)?:?)){0,3})"
    r"|befunde?|beurteilung|r[ée]sultats?|conclusi[oó]n(?:es)?|conclusione|hallazgos|impresi[oó]n"
    r"|referto|esito|laudo|achados|impress[ãa]o|bevindingen|conclusie"
)
UNSAID = (
    r"(?:clinical |patient |relevant )?(?:history|information|data|details|indications?)"
    r"|reason for (?:exam(?:ination)?|study)|technique|comparisons?|exam(?:ination)?|procedure"
    r"|views?|klinische angaben|anamnese|fragestellung|indikation|technik|renseignements cliniques"
    r"|antecedentes|indicaci[oó]n|t[ée]cnica|technique|motivo|quesito clinico|tecnica"
)
SIGNED = (
    r"(?:electronically |digitally )?(?:signed|authenticated|verified|approved|dictated|transcribed"
    r"|reported|finali[sz]ed)(?: and signed)?(?: electronically)?(?: by\b| on\b|:)"
    r"|(?:electronically|digitally) signed\b|signed off\b|end of report"
    r"|(?:i|the attending)(?:,.{0,60},)? ha(?:ve|s) (?:personally )?reviewed"
    r"|elektronisch (?:signiert|freigegeben)|sign[ée] (?:par|[ée]lectroniquement)"
)
SIGNED_LINE = (
    r"attending(?: radiologist| physician)?:"
    r"|(?:reading |interpreting |reporting )?(?:radiologist|physician):"
    r"|gezeichnet|firmado|firmato|dr\.? (?:[^\W\d_]|\[name\])"
)
ASIDE = r"[ \t*_]*(?:[,(-]? ?(?P<side>left|right|both|bilateral) knees?\)?[ \t*_]*)?"
PLACE = re.compile(
    rf"(?:^|(?<=[.;\n]))[ \t*_#>-]*(?:\d{{1,2}}[.)][ \t]*)?"
    rf"(?:(?:(?P<said>{SAID})|(?P<unsaid>{UNSAID})){ASIDE}(?::|-(?= )|$)|(?P<signed>{SIGNED}))"
    rf"|^[ \t*_#>-]*(?P<line>{SIGNED_LINE})",
    re.IGNORECASE | re.MULTILINE,
)
CORRECTING = re.compile(
    r"\b(?:should (?:read|state|say|be)|correct(?:ed|ion)|amend(?:ed|ment)|revised|error|instead"
    r"|erroneous(?:ly)?|supersedes?|replaces|disregard)\b",
    re.IGNORECASE,
)
CONCLUDING = ("impression", "conclusion", "opinion", "assessment", "interpretation")


def findings(report: PlacedText) -> PlacedText:
    """Return the sections that say what was seen.

    Without any heading for them, what stands before the other sections counts, and what follows
    them after an empty line; if that is nothing, what follows their first line. An impression
    that an addendum corrects is left out.

    Args:
        report: the report's text, as `plain` returns it.

    Returns:
        The text of those sections, a line each.
    """
    places = list(PLACE.finditer(report.text))
    ends = [place.start() for place in places[1:]] + [len(report.text)]
    sections = [
        (place, report.part(place.end(), end)) for place, end in zip(places, ends, strict=False)
    ]
    said = [(place, part) for place, part in sections if place["said"] and part.text.strip()]
    if said:
        kept = _as_corrected(said)
        return PlacedText.lines(_with_side(report, place, part) for place, part in kept)
    opening = report.part(0, places[0].start()) if places else report
    unsaid = [part for place, part in sections if place["unsaid"]]
    after = [opening, *(part.after("\n\n") for part in unsaid)]
    if not any(part.text.strip() for part in after):
        after = [part.stripped().after("\n") for part in unsaid]
    return PlacedText.lines(after)


def _as_corrected(
    said: list[tuple[re.Match[str], PlacedText]],
) -> list[tuple[re.Match[str], PlacedText]]:
    """Leave out the impressions before the last addendum that corrects, unless all would go."""
    correcting = [
        n
        for n, (place, part) in enumerate(said)
        if place["addendum"] and CORRECTING.search(part.text)
    ]
    corrected = max(correcting, default=0)
    return [
        (place, part)
        for n, (place, part) in enumerate(said)
        if n >= corrected or not place["said"].lower().startswith(CONCLUDING)
    ]


def _with_side(report: PlacedText, place: re.Match[str], part: PlacedText) -> PlacedText:
    """Keep a side named in a heading with what stands under it."""
    if not place["side"]:
        return part
    side = report.part(*place.span("side"))
    return PlacedText.joined([side.rewritten(f"{side.text} knee: "), part])
