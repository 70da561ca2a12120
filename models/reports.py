"""A radiology report's text down to what it says about one knee.

Follows Zhang et al. (J Digit Imaging 2023;36:2402): findings and impression are kept, the history
(which holds the diagnosis somebody expected) and the signature are not, nor are digits and most
punctuation.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Token:
    """A word or mark of a report.

    Attributes:
        text: in lower case.
        start: its first character in the report.
        end: past its last.
    """

    text: str
    start: int
    end: int


Span = tuple[int, int]
"""The first character and past the last."""


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
    return " ".join(token.text for token in tokens(report, laterality))


def tokens(report: str, laterality: str = "") -> list[Token]:
    """Return the words and marks that `clean` keeps, each with its place in the report."""
    text, place = _with_one_kind_of_newline(report)
    return [
        Token(word.group().lower(), place[word.start()], place[word.end() - 1] + 1)
        for start, end in about_side(text, findings(text), laterality)
        for word in WORD.finditer(text, start, end)
    ]


def findings(report: str) -> list[Span]:
    """Return the sections that say what was seen.

    Without any heading for them, what stands before the other sections counts, and what follows
    them after an empty line.

    Args:
        report: the report's text, its lines ended by `\n`.

    Returns:
        Where those sections are.
    """
    places = list(PLACE.finditer(report))
    ends = [place.start() for place in places[1:]] + [len(report)]
    sections = [
        (place.lastgroup, (place.end(), end)) for place, end in zip(places, ends, strict=False)
    ]
    said = [span for kind, span in sections if kind == "said"]
    if any(report[start:end].strip() for start, end in said):
        return said
    opening = (0, places[0].start() if places else len(report))
    return [opening, *(_after_empty_line(report, span) for k, span in sections if k == "unsaid")]


def about_side(text: str, sections: Sequence[Span], laterality: str) -> list[Span]:
    """Leave out the sentences that speak of the other knee alone.

    A sub-heading such as `Right knee:` holds until the next one.

    Args:
        text: the report.
        sections: its findings.
        laterality: "L", "R" or "".

    Returns:
        Where what stays is; everything if nothing would stay.
    """
    other = SIDES.get({"L": "R", "R": "L"}.get(laterality, ""))
    own = SIDES.get(laterality)
    if other is None or own is None:
        return list(sections)
    kept, under_other = [], False
    for start, end in (sentence for section in sections for sentence in _sentences(text, section)):
        sentence = text[start:end]
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
            kept.append((start, end))
    return kept if any(text[start:end].strip() for start, end in kept) else list(sections)


def _with_one_kind_of_newline(report: str) -> tuple[str, list[int]]:
    """Return the report with `\n` for every end of a line, and where each character came from."""
    place = [n for n, letter in enumerate(report) if report[n : n + 2] != "\r\n"]
    return "".join("\n" if report[n] == "\r" else report[n] for n in place), place


def _after_empty_line(text: str, span: Span) -> Span:
    empty = text.find("\n\n", *span)
    return (span[1] if empty < 0 else empty + 2, span[1])


def _sentences(text: str, section: Span) -> Iterator[Span]:
    first, last = section
    start = 0
    for gap in SENTENCE.finditer(text[first:last]):
        yield first + start, first + gap.start()
        start = gap.end()
    yield first + start, last


def _names_a_side(heading: str) -> bool:
    return any(side.search(heading) for side in (*SIDES.values(), BOTH))
