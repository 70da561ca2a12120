"""A page of the documentation as HTML: Markdown in, headings that can be linked to, no raw HTML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

ELSEWHERE = re.compile(r"[a-z]+:", re.IGNORECASE)
"""An address of its own, which no page of ours stands for."""
PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True)
class Heading:
    """A heading within a page, and the anchor that leads to it."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A page of the documentation.

    Attributes:
        title: its first heading.
        html: the whole page, that heading included.
        headings: of its sections, in order.
    """

    title: str
    html: str
    headings: tuple[Heading, ...]


def rendered(text: str, pages: Mapping[str, str], pictures: Mapping[str, str]) -> Rendered:
    """Return a page as HTML.

    Args:
        text: Markdown.
        pages: the addresses of other pages, by the link that leads there, without its anchor. A
            link that is not among them leads outside of what is served: its text stays.
        pictures: likewise of pictures.
    """
    tokens = PARSER.parse(text)
    titles: list[str] = []
    headings = []
    for level, heading in _anchored(tokens):
        if level == "h1":
            titles.append(heading.text)
        elif level == "h2":
            headings.append(heading)
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                _show(child, pictures)
        token.children = list(_led(token.children or [], pages)) if token.children else None
    html = PARSER.renderer.render(tokens, PARSER.options, {})
    return Rendered("".join(titles[:1]), _scrolling(html), tuple(headings))


def anchor_of(text: str) -> str:
    """Return the anchor of a heading as Markdown's readers make it: `Films of both knees` is
    `films-of-both-knees`."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def _anchored(tokens: list[Token]) -> Iterator[tuple[str, Heading]]:
    """Give each heading its anchor; yield them with their level."""
    seen: dict[str, int] = {}
    for token, words in pairwise(tokens):
        if token.type == "heading_open":
            text = "".join(part.content for part in words.children or ())
            anchor = anchor_of(text)
            again = seen[anchor] = seen.get(anchor, -1) + 1
            token.attrSet("id", f"{anchor}-{again}" if again else anchor)
            yield token.tag, Heading(str(token.attrGet("id")), text)


def _led(children: list[Token], pages: Mapping[str, str]) -> Iterator[Token]:
    """Yield the parts of a line with each link leading to a page that is served, or to none."""
    kept: list[bool] = []
    for child in children:
        if child.type == "link_open":
            address = _address(str(child.attrGet("href") or ""), pages)
            kept.append(address is not None)
            if address is None:
                continue
            child.attrSet("href", address)
            if ELSEWHERE.match(address):
                child.attrSet("rel", "noreferrer")
        elif child.type == "link_close" and not kept.pop():
            continue
        yield child


def _address(link: str, pages: Mapping[str, str]) -> str | None:
    """Return where a link leads among what is served; None where that is not served."""
    path, mark, anchor = link.partition("#")
    if ELSEWHERE.match(link) or not path:
        return link
    return pages[path] + mark + anchor if path in pages else None


def _show(picture: Token, pictures: Mapping[str, str]) -> None:
    """Have a picture loaded from where it is served, once it comes into sight."""
    link = str(picture.attrGet("src") or "")
    picture.attrSet("src", pictures.get(link, link))
    picture.attrSet("loading", "lazy")


def _scrolling(html: str) -> str:
    """Let wide tables and code scroll by themselves, by keyboard too."""
    html = html.replace("<table>", '<div class="scroll" tabindex="0"><table>')
    return html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
