"""A radiology report's text down to what it says about one knee.

Follows Zhang et al. (J Digit Imaging 2023;36:2402): findings and impression are kept, the history
(which holds the diagnosis somebody expected) and the signature are not, nor are digits and most
punctuation. What is dropped is told apart by headings in six languages; in any other the whole
text is read.
"""

import html
import re
import unicodedata
from dataclasses import dataclass

from models.placed_text import PlacedText

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
MASK = re.compile(r"\[(?:name|date|number|address)\]")
"""What stands in a report for what says who somebody is; nothing is learned from it."""
REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""What `html.unescape` looks at: `&amp;`, `&#39;`, `&#x27;`."""
BREAK = re.compile(
    r"<(?:br|/p|/div|/tr|/li|/h[1-6]|hr)\b[^<>\n]{0,200}>|\\\.br\\|\r\n?|[\v\f\x85\u2028\u2029]",
    re.IGNORECASE,
)
"""A new line in HTML, HL7, Windows and Unicode."""
TAG = re.compile(
    r"</?(?:html|head|body|meta|style|p|div|span|pre|b|i|u|em|strong|font|h[1-6]|ul|ol|li"
    r"|table|tbody|tr|td|th)\b[^<>\n]{0,200}>",
    re.IGNORECASE,
)
ALIKE = {"\xa0": " ", "：": ":", "；": ";", "，": ",", "\ufeff": "", "\u200b": ""}
ALIKE_SIGN = re.compile(f"[{''.join(ALIKE)}]")
ACCENTED = re.compile(r"[A-Za-z][\u0300-\u036f]")
GRADE = re.compile(
    r"\b(?:kl|k[-/]l|kellgren(?: ?[-/&] ?| and | )lawrence)\b[ :,-]{0,3}"
    r"(?:(?:grad(?:e|o|ing)?|score|stage|stadium)\b[ :]{0,2})?"
    r"(?P<low>(?a:[0-4]|iv|i{1,3}))"  # ASCII alone: `İ` and `ı` are `i` to re.IGNORECASE.
    r"(?: ?(?:-|–|/|to|or) ?(?P<high>(?a:[0-4]|iv|i{1,3})))?(?![\w.]*\d)\b",
    re.IGNORECASE,
)
GRADES = {"0": "zero", "1": "one", "2": "two", "3": "three", "4": "four"}
GRADES |= {"i": "one", "ii": "two", "iii": "three", "iv": "four"}
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
WORD = re.compile(r"[぀-ヿ㐀-鿿]|[^\W\d_]+(?:[-'’][^\W\d_]+)*|[.;:,]")


@dataclass(frozen=True)
class Token:
    """A word or mark of a report.

    Attributes:
        text: in lower case.
        start: the first character of the report it stands for.
        end: past the last. The words of a grade all stand for the whole of it.
    """

    text: str
    start: int
    end: int


def clean(report: str, laterality: str = "") -> str:
    """Reduce a report to the words about one knee.

    Args:
        report: the report's text, in any language, with or without headings.
        laterality: "L" or "R" of the film: sentences about the other knee alone are left out,
            unless nothing would stay. "" keeps both.

    Returns:
        Lower-case words and the marks `.`, `;`, `:` and `,`, one space apart; "" if the report
        holds no word but history, technique or signature. No digit stays: a Kellgren-Lawrence
        grade becomes a word.
    """
    return " ".join(token.text for token in tokens(report, laterality))


def tokens(report: str, laterality: str = "") -> list[Token]:
    """Return the words and marks that `clean` keeps, each with its place in the report."""
    said = findings(plain(report)).replaced(MASK, lambda _: "").replaced(GRADE, _grade_in_words)
    kept = about_side(said, laterality).lower()
    found = [
        Token(word[0], kept.starts[word.start()], kept.ends[word.end() - 1])
        for word in WORD.finditer(kept.text)
    ]
    return found if any(token.text not in ".;:," for token in found) else []


def plain(report: str) -> PlacedText:
    """Return a report without HTML, HL7 escapes and the many signs for one thing.

    Args:
        report: the text, as an archive exported it.

    Returns:
        Text whose lines end with a line feed.
    """
    text = PlacedText.of(report).replaced(REFERENCE, lambda found: html.unescape(found[0]))
    text = text.replaced(BREAK, lambda _: "\n").replaced(TAG, lambda _: " ")
    text = text.replaced(ALIKE_SIGN, lambda found: ALIKE[found[0]])
    return text.replaced(ACCENTED, lambda found: unicodedata.normalize("NFC", found[0]))


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


def _grade_in_words(found: re.Match[str]) -> str:
    grades = [GRADES[grade.lower()] for grade in found.group("low", "high") if grade]
    return " ".join(["kellgren-lawrence grade", *grades])


def about_side(said: PlacedText, laterality: str) -> PlacedText:
    """Leave out the sentences that speak of the other knee alone.

    A sub-heading such as `Right knee:` holds until the next one.

    Args:
        said: findings.
        laterality: "L", "R" or "".

    Returns:
        What stays, a line each; everything if nothing would stay.
    """
    other = SIDES.get({"L": "R", "R": "L"}.get(laterality, ""))
    own = SIDES.get(laterality)
    if other is None or own is None:
        return said
    kept, under_other = [], False
    for part in said.split(SENTENCE):
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
