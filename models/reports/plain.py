"""One sign for one thing: a report without HTML, HL7 escapes and the many kinds of line end."""

import html
import re
import unicodedata

from models.reports.placed_text import PlacedText

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
