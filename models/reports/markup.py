"""HTML and its like: the text of it, every character with its place."""

import html
import re

from models.reports.placed_text import PlacedText

REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")
"""What `html.unescape` looks at: `&amp;`, `&#39;`, `&#x27;`."""
TAG = re.compile(
    r"<(?:(?P<closes>/?)(?P<name>[a-zA-Z][\w:-]{0,40})(?:\s[^<>]{0,2000})?/?|!--[^<>]{0,2000}--"
    r"|!(?:DOCTYPE|doctype)[^<>]{0,500}|\?xml[^<>]{0,500}|!(?:--)?\[(?!CDATA)[^<>]{0,200}\](?:--)?)>"
    r"|<!\[CDATA\[|\]\]>"
)
ELEMENTS = (
    "a abbr address article b big blockquote body br caption center cite code col colgroup dd del"
    " div dl dt em font footer form h1 h2 h3 h4 h5 h6 head header hr html i img input ins label"
    " legend li link main mark meta nav ol option p pre s script section select small span strike"
    " strong style sub sup table tbody td text tfoot th thead title tr u ul content paragraph list"
    " item linkhtml rendermultimedia component structuredbody entry observation value"
)
KNOWN = frozenset(ELEMENTS.split())
BLOCKS = (
    "br p div tr li ul ol h1 h2 h3 h4 h5 h6 hr table section article dt dd dl pre blockquote"
    " paragraph list item title header footer body caption option"
)
LINES = frozenset(BLOCKS.split())
CELLS = frozenset({"td", "th"})
HIDDEN = frozenset({"style", "script", "head", "del", "s", "strike"})
"""Elements whose text is not the report's, or is struck out."""
PAGE = re.compile(r"</(?:p|div|html|body|table)\s*>|^\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)
SOURCE_LINE = re.compile(r"\s*\n\s*")


def text_of_markup(text: PlacedText) -> PlacedText:
    """Return a text without character references and tags.

    Args:
        text: with HTML or XML in it, or without.

    Returns:
        The text, a block or a table's row a line, a table's cells with a tab between. In a page
        the source's own line ends mean nothing.
    """
    for _ in range(2):  # some archives escape twice
        if "&" in text.text:
            text = text.replaced(REFERENCE, lambda found: html.unescape(found[0]))
    if "<" not in text.text:
        return text
    if PAGE.search(text.text) and "<pre" not in text.text.lower():
        text = text.replaced(SOURCE_LINE, lambda _: " ")
    return _without_tags(text)


def _without_tags(text: PlacedText) -> PlacedText:
    pieces, done, hidden, ends_line = [], 0, "", True
    closed = {name: text.text.lower().rfind(f"</{name}") for name in HIDDEN}
    for tag in TAG.finditer(text.text):
        name = (tag["name"] or "").lower().rpartition(":")[2]
        if tag["name"] and name not in KNOWN:
            continue  # `<none>`: a field of a form
        start, end = tag.span()
        if not hidden:
            before = text.text[done:start].rstrip(" ")
            ends_line = before.endswith("\n") if before else ends_line
            sign = _sign(name, bool(tag["closes"]), ends_line, text.text[end : end + 1])
            pieces += [text.part(done, start), text.part(start, end).rewritten(sign)]
            hidden = name if end < closed.get(name, 0) else ""
            ends_line = sign == "\n" if sign else ends_line
        elif name == hidden and tag["closes"]:
            hidden = ""
        done = end
    return PlacedText.joined([*pieces, text.part(done, len(text.text))])


def _sign(name: str, closes: bool, ends_line: bool, after: str) -> str:
    if name in CELLS:
        return "\t" if closes else ""
    if name == "br":
        return "" if after in ("\n", "\r") else "\n"
    return "\n" if name in LINES and not ends_line else ""
