"""HL7 version 2 messages: the text of their observations and notes, every character with its place.

Source: HL7 v2.5.1, chapter 2.5 (segments), 2.7 (escape sequences), 7.4.2 (OBX). A message may have
lost its header, its carriage returns may be line feeds, and only a part may have been pasted.
"""

import re

from models.reports.placed_text import PlacedText

NAMES = (
    "MSH|PID|PD1|NK1|PV1|PV2|AL1|DG1|GT1|IN1|ORC|OBR|OBX|NTE|EVN|TQ1|SPM|TXA|ZDS|FT1|MSA|FHS|BHS"
)
SEGMENT = re.compile(rf"(?:^|(?<=[\s\x0b]))(?:{NAMES}|Z[A-Z0-9]{{2}})\|")
MESSAGE = re.compile(r"(?:^|(?<=[\s\x0b]))(?:MSH|OBX\|\d{0,5}|NTE\|\d{0,5})\|")
TEXTUAL = frozenset({"TX", "FT", "ST", "CE", "CWE", "CNE", "TN", ""})
"""Value types whose value is read; not encapsulated data (ED), dates or numbers."""
CODES = {"GDT": "Findings", "IMP": "Impression", "ADT": "Addendum", "REC": "Recommendation"}
CODES |= {"ADDENDUM": "Addendum", "59776-5": "Findings", "18782-3": "Findings"}
CODES |= {"19005-8": "Impression", "18834-2": "Comparison", "55111-9": "Technique"}
CODES |= {"55752-0": "Clinical information", "18785-6": "Reason for study", "11329-0": "History"}
CODES |= {"18783-1": "Recommendation", "55107-7": "Addendum", "HST": "History"}
"""Suffixes of OBX-3 (HL7 v2.3, chapter 7) and LOINC codes of radiology report sections."""
ESCAPE = re.compile(
    r"\\(?:(?P<line>\.(?i:br|sp|sk|fi|nf|in|ti|ce)[ +-]?\d{0,4})|(?P<sign>[FSTREP])|[HN]"
    r"|X(?P<hex>[0-9A-Fa-f]{1,64})|[CMZ][0-9A-Fa-f]{1,64})\\"
)
SIGNS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "P": "#"}
SEPARATOR, COMPONENT = re.compile(r"\|"), re.compile(r"\^")
REPEAT = re.compile(r"~(?! ?\d{1,4}(?:[.,]\d{1,3})? ?(?:mm|cm|°|deg|%|x\b|years?))", re.IGNORECASE)
"""A repetition is a line; `~3 mm` is about 3 mm."""


def text_of_hl7(text: PlacedText) -> PlacedText:
    """Return a text in which HL7 segments are replaced by what they say.

    Args:
        text: as an archive exported it, with segments or without.

    Returns:
        A line each of the observations' and notes' values, under a heading where OBX-3 says what
        section they are; other segments are left out. Escape sequences are what they stand for.
    """
    if MESSAGE.search(text.text):
        text = _lines_of_segments(text)
    return text.replaced(ESCAPE, _unescaped) if "\\" in text.text else text


def repeats_as_lines(text: PlacedText) -> PlacedText:
    """Return a text in which each repetition of a field, which HL7 parts by `~`, is a line.

    Some archives export the field without its segment.
    """
    return text.replaced(REPEAT, lambda _: "\n") if "~" in text.text else text


def _lines_of_segments(text: PlacedText) -> PlacedText:
    starts = [found.start() for found in SEGMENT.finditer(text.text)]
    pieces, heading = [text.part(0, starts[0])], ""
    for start, end in zip(starts, [*starts[1:], len(text.text)], strict=True):
        segment = text.part(start, end)
        fields = _fields(segment)
        value = _value(fields)
        named = _heading(fields, heading)
        if named != heading and value.text.strip():
            heading = named
            pieces.append(fields[0].rewritten(f"{named}:" if named else ""))
        if fields[0].text in ("OBX", "NTE") or value.text:
            pieces.append(value)
    return PlacedText.lines(pieces)


def _fields(segment: PlacedText) -> list[PlacedText]:
    return segment.part(0, len(segment.text.rstrip("\r\n"))).split(SEPARATOR)


def _value(fields: list[PlacedText]) -> PlacedText:
    """Return OBX-5, NTE-3 or the name of OBR-4; nothing of other segments."""
    name, nothing = fields[0].text, fields[0].part(0, 0)
    if name == "OBX" and (len(fields) < 3 or fields[2].text.upper() not in TEXTUAL):
        return nothing
    number = {"OBX": 5, "NTE": 3, "OBR": 4}.get(name)
    if number is None or (name == "OBR" and len(fields) <= number):
        return nothing
    value = fields[min(number, len(fields) - 1)]  # somebody may have cut empty fields out
    return max(value.split(COMPONENT), key=lambda part: len(part.text)) if name == "OBR" else value


def _heading(fields: list[PlacedText], heading: str) -> str:
    """Return the section a segment belongs to; "" where OBX-3 names none."""
    if fields[0].text != "OBX":
        return {"OBR": "Exam"}.get(fields[0].text, heading)
    named = fields[3].text if len(fields) > 4 else ""
    codes = [part.strip().upper() for part in re.split(r"[\^&]", named)]
    return next((CODES[code] for code in codes if code in CODES), "")


def _unescaped(found: re.Match[str]) -> str:
    if found["line"]:
        return "\n"
    if found["sign"]:
        return SIGNS[found["sign"].upper()]
    if found["hex"] and len(found["hex"]) % 2 == 0:
        return bytes.fromhex(found["hex"]).decode("utf-8", "replace")
    return ""
