"""A radiology report's text down to what it says about one knee.

Follows Zhang et al. (J Digit Imaging 2023;36:2402): findings and impression are kept, the history
(which holds the diagnosis somebody expected) and the signature are not, nor are digits and most
punctuation.
"""

import re

SAID = (
    r"findings?|impressions?|conclusions?|results?|opinion|interpretation|assessment|addend(?:um|a)"
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
    r"|reported|finali[sz]ed)(?: electronically)?(?: by| on|:)"
    r"|attending(?: radiologist| physician)?:"
    r"|(?:reading |interpreting |reporting )?(?:radiologist|physician):|end of report"
    r"|(?:i|the attending)(?:,.{0,60},)? ha(?:ve|s) (?:personally )?reviewed"
    r"|gezeichnet|elektronisch (?:signiert|freigegeben)|sign[ée] (?:par|[ée]lectroniquement)"
    r"|firmado|firmato|dr\.? [^\W\d_]"
)
PLACE = re.compile(
    rf"(?:^|(?<=[.;\n]))[ \t*_#>-]*(?:(?P<said>{SAID})|(?P<unsaid>{UNSAID}))[ \t*_]*(?::|-(?= )|$)"
    rf"|^[ \t*_#>-]*(?P<signed>{SIGNED})",
    re.IGNORECASE | re.MULTILINE,
)
SIDES = {
    "R": re.compile(r"\b(?:right|rt|rechte[rsnm]?|rechts|droite?|derech[oa]|destr[oa])\b", re.I),
    "L": re.compile(r"\b(?:left|lt|linke[rsnm]?|links|gauche|izquierd[oa]|sinistr[oa])\b", re.I),
}
BOTH = re.compile(r"\b(?:both|bilateral\w*|beide\w*|deux|ambas|bilaterali)\b", re.I)
SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+|(?<=[。;])")
WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[.;:,]")


def clean(report: str, laterality: str = "") -> str:
    """Reduce a report to the words about one knee.

    Args:
        report: the report's text, in any language, with or without headings.
        laterality: "L" or "R" of the film: sentences about the other knee alone are left out,
            unless nothing would stay. "" keeps both.

    Returns:
        Lower-case words and the marks `.`, `;`, `:` and `,`, one space apart; "" if the report
        holds nothing but history, technique or signature.
    """
    said = findings(report.replace("\r\n", "\n").replace("\r", "\n"))
    return " ".join(WORD.findall(about_side(said, laterality).lower()))


def findings(report: str) -> str:
    """Return the sections that say what was seen.

    Without any heading for them, what stands before the other sections counts, and what follows
    them after an empty line.

    Args:
        report: the report's text.

    Returns:
        The text of those sections, a line each.
    """
    places = list(PLACE.finditer(report))
    ends = [place.start() for place in places[1:]] + [len(report)]
    sections = [
        (place.lastgroup, report[place.end() : end])
        for place, end in zip(places, ends, strict=False)
    ]
    opening = report[: places[0].start()] if places else report
    said = [text for kind, text in sections if kind == "said"]
    if any(text.strip() for text in said):
        return "\n".join(said)
    after = [text.partition("\n\n")[2] for kind, text in sections if kind == "unsaid"]
    return "\n".join([opening, *after])


def about_side(text: str, laterality: str) -> str:
    """Leave out the sentences that speak of the other knee alone.

    A sub-heading such as `Right knee:` holds until the next one.

    Args:
        text: findings.
        laterality: "L", "R" or "".

    Returns:
        What stays, a line each; everything if nothing would stay.
    """
    other = SIDES.get({"L": "R", "R": "L"}.get(laterality, ""))
    own = SIDES.get(laterality)
    if other is None or own is None:
        return text
    kept, under_other = [], False
    for sentence in SENTENCE.split(text):
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
            kept.append(sentence)
    return "\n".join(kept) if "".join(kept).strip() else text


def _names_a_side(heading: str) -> bool:
    return any(side.search(heading) for side in (*SIDES.values(), BOTH))
