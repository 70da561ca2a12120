"""One text for one report: no format around it, one sign for one thing, a line a line."""

import re
import unicodedata

from models.reports.hl7 import repeats_as_lines, text_of_hl7
from models.reports.markup import text_of_markup
from models.reports.placed_text import PlacedText
from models.reports.rtf import text_of_rtf
from models.reports.wrapping import unwrapped

BREAK = re.compile(r"\r\r\n|\r\n?|[\v\f\x85\u2028\u2029]")
"""A new line in Windows and Unicode, and one that was translated twice."""
ALIKE = {"\xa0": " ", "：": ":", "；": ";", "，": ",", "（": "(", "）": ")", "［": "[", "］": "]"}
ALIKE |= dict.fromkeys("\u2002\u2003\u2007\u2009\u202f\u3000", " ")
ALIKE |= dict.fromkeys("\ufeff\u200b\u200c\u200e\u200f\u2060\xad\0", "")
ALIKE_SIGN = re.compile(f"[{re.escape(''.join(ALIKE))}]")
ACCENTED = re.compile(r"[A-Za-z][\u0300-\u036f]{1,8}")
ENCODED = re.compile(r"[A-Za-z0-9+/=]{60,}")
"""Base64 and its like: no language writes such words without a space."""
UNREADABLE = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd]")
MOST_UNREADABLE = 0.05
"""Share of a report's characters; bytes at random that were taken for text hold 0.2 or more."""


def plain(report: str) -> PlacedText:
    """Return a report as plain text.

    Args:
        report: as an archive exported it: plain, HTML, RTF or HL7, one within the other.

    Returns:
        Text whose lines end with a line feed, where the report's own lines end: a sentence that
        an export broke into lines of equal width is one line again. Nothing where the report is
        no text.
    """
    text = repeats_as_lines(text_of_rtf(text_of_hl7(PlacedText.of(report))))
    text = text_of_markup(text).replaced(BREAK, lambda _: "\n")
    text = text.replaced(ALIKE_SIGN, lambda found: ALIKE[found[0]])
    text = text.replaced(ACCENTED, lambda found: unicodedata.normalize("NFC", found[0]))
    unreadable = len(UNREADABLE.findall(text.text))
    if unreadable > 3 and unreadable > MOST_UNREADABLE * len(text.text):
        return text.part(0, 0)
    text = text.replaced(UNREADABLE, lambda _: "").replaced(ENCODED, lambda _: " ")
    return unwrapped(text)
