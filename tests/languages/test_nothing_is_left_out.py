"""Every text of templates and scripts that somebody reads is looked up in the catalogue."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

from app.languages.templates import install

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted(path for path in (ROOT / "static").rglob("*.js"))
LOOKED_UP = {"_", "gettext", "ngettext", "pgettext"}
READ_ATTRIBUTES = {
    "title",
    "aria-label",
    "alt",
    "placeholder",
    "data-title",
    "data-waiting",
    "label",
}
"""Attributes that are read to people; `data-title` and `data-waiting` are what scripts show."""
OUR_NAME = re.compile(r"\bCondyle\b")
FORMATS = re.compile(r"CSV|JSON|AUC|Esc|Enter|Space")
VALUE = "\0"
"""Stands for an expression of the template; what it gives is looked at by itself."""


class Reader(HTMLParser):
    """Collects what a person reads of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("style", "script", "kbd", "code")
        self.found += [value for name, value in attrs if name in READ_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("style", "script", "kbd", "code")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.found.append(data)


def parsed(source: str) -> nodes.Template:
    environment = Environment(trim_blocks=True, lstrip_blocks=True)
    install(environment)
    return environment.parse(source)


def outside(source: str) -> list[str]:
    """Return the words of a template that stand on the page as they are."""
    reader = Reader()
    for output in parsed(source).find_all(nodes.Output):
        for each in output.nodes:
            reader.feed(each.data if isinstance(each, nodes.TemplateData) else VALUE)
    reader.close()
    return [text.strip() for text in reader.found if has_words(text)]


def has_words(text: str) -> bool:
    plain = FORMATS.sub("", OUR_NAME.sub("", text.replace(VALUE, "")))
    return re.search(r"[^\W\d_]{2}", plain) is not None


def constants(source: str) -> list[str]:
    """Return the strings in a template's expressions that read like words for people."""
    return [text for text in strings(parsed(source)) if like_words(text)]


def strings(node: nodes.Node) -> Iterator[str]:
    """Yield the strings below a node, but for those that are looked up."""
    looked_up = isinstance(node, nodes.Call) and getattr(node.node, "name", "") in LOOKED_UP
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.kwargs if looked_up else node.iter_child_nodes():
        yield from strings(child)


def like_words(text: str) -> bool:
    """Whether a string is a sentence or begins like a name, and is no address, format or code."""
    if "/" in text or "%" in text.replace(" %", "") or not has_words(text):
        return False
    return re.search(r"^[A-Z][a-z]|[a-z,.:] [a-z]", text) is not None
