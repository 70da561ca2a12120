"""Masking what says who somebody is in a report's text: the one place where it is done.

Rules find what has a form: dates, phone, record and insurance numbers, addresses of mail and web,
ages over 89, and names beside a title, a label or a signature. Names that the archive knows from
the study's films are found by their hashes. What stays are numbers of findings (`KL 3`, `L4/5`,
`10 x 12 mm`) and a year alone. What no rule finds is said in `docs/importing.md`.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from app.imaging import known_names
from app.imports.report_words import (
    AMBIGUOUS_MONTHS,
    DEGREES,
    EPONYMS,
    MONTHS,
    MUSCLES,
    NAMED,
    OFFICES,
    ORDINARY,
    PARTICLES,
    PATIENTS,
    PHONES,
    RECORDS,
    SIGNING,
    SMALL_TALK,
    TITLES,
)

NAME, DATE, NUMBER, ADDRESS = "[name]", "[date]", "[number]", "[address]"
MASK = re.compile(r"\[(?:name|date|number|address)\]")
DAY, MONTH, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
ANY_MONTH = rf"(?:{MONTHS}|{AMBIGUOUS_MONTHS})\b\.?"
ADDRESSES = re.compile(
    r"(?:mailto:)?(?<![\w.+%-])[\w.+%-]{1,80}@[\w-]{1,80}(?:\.[\w-]{1,80}){1,9}"
    r"|(?:https?|ftp)://\S+|\bwww\.\S+",
    re.IGNORECASE,
)
UIDS = re.compile(r"(?<![\w.])\d{1,40}(?:\.\d{1,40}){4,30}(?!\w)")
DATES = re.compile(
    rf"(?<![\w./-]){YEAR}[-./]{MONTH}[-./]{DAY}(?!\d)(?:[T ]\d\d:\d\d(?::\d\d)?)?"
    rf"|(?<![\w./-])(?:{DAY}(?P<a>[./-]) ?{MONTH}(?P=a)"
    rf"|{MONTH}(?P<b>[/-]){DAY}(?P=b)) ?{YEAR}(?!\d)"
    rf"|(?<![\w./-])(?:{DAY}(?P<c>[./-]){MONTH}(?P=c)|{MONTH}(?P<d>/){DAY}/)\d\d(?![\w]|[./-]\d)"
    rf"|(?<![\w./-]){YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\w)"
    rf"|(?<![\w./-]){MONTH}[./]{YEAR}(?!\w)"
    rf"|\b{DAY}(?:st|nd|rd|th|er|º|\.)?[ -]?(?:of |de |d['’])?{ANY_MONTH}"
    rf"[ ,-]{{0,2}}(?:de |del )?(?:{YEAR}|['’]\d\d)(?!\d)"
    rf"|\b{ANY_MONTH} {{0,2}}{DAY}(?:st|nd|rd|th)?,? {{1,2}}{YEAR}(?!\d)"
    rf"|\b{DAY}[-. ](?:{MONTHS}|{AMBIGUOUS_MONTHS})[-. ]\d\d(?![\w]|[.,]\d| ?(?:mm|cm|%))"
    rf"|\b{ANY_MONTH},? (?:de |del |of )?{YEAR}(?!\d)"
    rf"|\b{DAY}(?:st|nd|rd|th)? ?(?:of |de )(?:{MONTHS}|may|mai|mei|mars)\b"
    rf"|\b{DAY}(?:st|nd|rd|th|er|\.)? ?(?:{MONTHS})\b"
    rf"|\b(?:{MONTHS}) {DAY}(?:st|nd|rd|th)?(?![\w./-]| ?(?:mm|cm|%))"
    rf"|(?<=\b(?:vom|zum) ){DAY}\. ?{MONTH}\.(?!\d)|(?<=\b(?:am|ab) ){DAY}\. ?{MONTH}\.(?!\d)"
    rf"|(?<=\bseit ){DAY}\. ?{MONTH}\.(?!\d)",
    re.IGNORECASE,
)
OLD = r"(?:9\d|1[0-2]\d)"
AGES = re.compile(
    rf"(?<![\w.,/]){OLD}(?=[ -]?(?:years?\b|yrs?\b|y\.?/?o\b|jähr|jaehr|jahre?n?\b|ans\b|años\b"
    rf"|anos\b|anni\b|jaar\b|jarige\b))"
    rf"|(?<=\baged ){OLD}\b|(?<=\bage ){OLD}\b|(?<=\bage: ){OLD}\b|(?<=\balter: ){OLD}\b"
    rf"|(?<=\bâge : ){OLD}\b|(?<=\bedad: ){OLD}\b|(?<=\betà: ){OLD}\b|(?<=\bidade: ){OLD}\b",
    re.IGNORECASE,
)
NUMBERED = r"(?:no|nr|n[°º.]|number|nummer|num|n[úu]mero|numero|id|ids|#)"
LABELLED_PHONES = re.compile(
    rf"(?P<label>\b(?:{PHONES})\b\.?[ ]?(?:{NUMBERED}\b\.?)?[ ]?[:.]?[ ]?)"
    r"\+?\(?\d[\d ()/.-]{3,30}\d",
    re.IGNORECASE,
)
LABELLED_NUMBERS = re.compile(
    rf"(?P<label>\b(?:{RECORDS})(?:[ -]?{NUMBERED}(?![^\W\d_])\.?:?|[ ]?[:#]"
    rf"|-?n(?:umme)?r\.?)[ ]{{0,2}}"
    rf"(?:[:#=]["
    rf" ]{{0,2}})?)(?=[\w./-]{{0,40}}\d[\w./-]{{0,40}}\d)(?!{YEAR}\b(?!-))\w[\w./-]{{2,60}}\w"
    r"|(?P<bare>\b(?:MRN|NHC|IPP|NIP|SSN|KVNR|AHV|BSN"
    r"|PID)[ ]{1,2})(?=[\w./-]{0,40}\d)[\w./-]{3,60}\w",
    re.IGNORECASE,
)
NUMBERS = re.compile(
    r"\+\d{1,3}[ ()/.\d-]{6,30}\d|\(\d{2,5}\)[ -]?\d{3,4}[ -]?\d{3,4}"
    r"|(?<![\w.,-])\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)|(?<![\w.,-])\d{3}-\d{2}-\d{4}(?!\w)"
    r"|(?<![\w.,-])0\d{1,5} ?[/-] ?\d{4,20}(?:[ -]\d{1,9}){0,4}|(?<![\w.,])0\d(?:[ .]\d\d){4}(?!\d)"
    r"|\b756\.\d{4}\.\d{4}\.\d\d\b|(?<![\w.,])[12] \d\d \d\d \d\d \d{3} \d{3}(?: \d\d)?\b"
    r"|\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b"
    r"|(?<![\w.,/])[^\W\d_]{1,5}[-_/]?\d{5,40}[\w/-]{0,40}|(?<![\w.,])\d{1,4}[-/]\d{5,40}\w{0,40}"
    r"|(?<![\w.,])\d{6,60}[^\W\d_]?(?!\w|[.,]\d)"
)
CAPITAL = r"[^\W\d_a-zà-öø-ÿ][\w'’]{0,40}(?:-[^\W\d_][\w'’]{0,40}){0,3}\.?"
PERSON = rf"(?:(?:{PARTICLES}) )*{CAPITAL}(?:,? (?:(?:{PARTICLES}) )*{CAPITAL}){{0,3}}(?:\^[\w^]+)?"
CARETS = re.compile(r"\b[^\W\d_][\w'’-]{0,60}\^[\w^'’ -]{0,200}[^\W_]")
TITLED = re.compile(
    rf"(?P<label>\b(?:{TITLES})(?:[ ](?:{TITLES}))*(?:[ ]{DEGREES})*[ ]{{1,2}})(?P<name>{PERSON})"
    rf"|(?P<monsieur>\bM\. )(?!(?i:{MUSCLES})\b)(?P<him>{CAPITAL})"
)
DEGREED = re.compile(
    rf"\b(?P<name>{CAPITAL}(?: (?:{PARTICLES}))?(?: {CAPITAL}){{1,2}})"
    r"(?=,? (?:M\.?D\b|D\.O\b|FRCR|FRANZCR|MBBS|MBChB|FACR|Ph\.?D|FRCPC|DABR))"
)
SIGNED = re.compile(
    rf"(?P<label>(?i:{SIGNING})[ ]{{0,2}}:?\s{{0,3}}(?:(?:{TITLES})[ ])*)(?P<name>{PERSON})"
    rf"|(?P<office>\b(?i:{OFFICES})[ ]?:\s{{0,3}}(?:(?:{TITLES})[ ])*)(?P<officer>{PERSON})"
    rf"|(?P<field>\b(?i:{NAMED})[ ]?:[ ]{{0,3}})(?P<named>{PERSON})"
)
OF_PATIENT = re.compile(rf"(?P<label>\b(?i:{PATIENTS})[ ]?:[ ]{{0,3}})(?P<name>{PERSON})")
WORDS = re.compile(r"[^\s,]+")
PARTICLE = re.compile(rf"(?:{PARTICLES})", re.IGNORECASE)
INITIAL = re.compile(r"[^\W\d_]\.")
FORMS = ((ADDRESSES, ADDRESS), (UIDS, NUMBER), (DATES, DATE), (AGES, NUMBER))
LABELLED = (LABELLED_PHONES, LABELLED_NUMBERS)
BESIDE_NAMES = (SIGNED, TITLED, DEGREED, OF_PATIENT)
KNOWN_SIGNS = re.compile(EPONYMS, re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """What the archive knows of a study's people.

    Attributes:
        hashes: of their names and numbers, see `app.imaging.known_names`.
        key: the installation's key.
    """

    hashes: Collection[str] = ()
    key: bytes = b""

    def __post_init__(self) -> None:
        if self.hashes and not self.key:
            raise ValueError("names that are known cannot be found without the key")


def masked(text: str, known: Known | None = None) -> str:
    """Return a report's text in which a mask stands for what says who somebody is.

    Doing it again changes nothing.

    Args:
        text: a report, in any of the languages of `report_words`.
        known: whom its study's films name, where there are films.
    """
    if known is not None:
        text = _without_known(text, known)
    while (once := _by_rules(text)) != text:  # a mask may end the name that hid the next one
        text = once
    return text


def _by_rules(text: str) -> str:
    for pattern, mask in FORMS:
        text = pattern.sub(mask, text)
    for pattern in LABELLED:
        text = pattern.sub(_after_its_label, text)
    text = CARETS.sub(NAME, NUMBERS.sub(NUMBER, text))
    for pattern in BESIDE_NAMES:
        text = pattern.sub(_name_masked, text)
    return text


def _after_its_label(found: re.Match[str]) -> str:
    return (found["label"] or found.groupdict().get("bare") or "") + NUMBER


def _name_masked(found: re.Match[str]) -> str:
    """Mask the words of a name and leave those that only follow it."""
    names = ("name", "him", "officer", "named")
    group = next(name for name in names if found.groupdict().get(name))
    start, end = (place - found.start() for place in found.span(group))
    length = _length_of_name(found[group], at_least=2 if found.re is OF_PATIENT else 1)
    whole = found[0]
    return whole[:start] + NAME + whole[start + length : end] if length else whole


def _length_of_name(words: str, at_least: int) -> int:
    """Return how many characters of some capitalised words are a person's name; 0: none."""
    end = count = 0
    for word in WORDS.finditer(words):
        if PARTICLE.fullmatch(word[0]):
            continue  # it is of the name where one follows
        if not INITIAL.fullmatch(word[0]) and word[0].strip(".").casefold() in ORDINARY:
            break
        end, count = word.end(), count + 1
        if word[0].endswith(".") and len(word[0]) > 3:
            end -= 1  # the sentence ends here, and the name with it
            break
    return end if count >= at_least else 0


def _without_known(text: str, known: Known) -> str:
    hashes = set(known.hashes)
    kept = [found.span() for found in (*KNOWN_SIGNS.finditer(text), *MASK.finditer(text))]
    spans = (
        (start, end)
        for start, end in known_names.places(text, hashes, known.key)
        if not any(first < end and start < last for first, last in kept)
        and not _is_small_talk(text, text[start:end])
    )
    pieces, done = [], 0
    for start, end in _joined(spans):
        digits = any(sign.isdigit() for sign in text[start:end])
        pieces += [text[done:start], NUMBER if digits else NAME]
        done = end
    return "".join([*pieces, text[done:]])


def _is_small_talk(text: str, word: str) -> bool:
    """Whether it is a common word here, though it is somebody's name: it has no capital."""
    in_capitals = text == text.upper()
    return word.casefold() in SMALL_TALK and not (word[:1].isupper() and not in_capitals)


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Make one of places that overlap."""
    last: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if last is not None and start < last[1]:
            last = last[0], max(end, last[1])
            continue
        if last is not None:
            yield last
        last = start, end
    if last is not None:
        yield last
