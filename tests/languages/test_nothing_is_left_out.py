"""Every text of templates, scripts and Python that somebody reads can be found in the catalogue."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from languages.committed import every_text

from app.languages.catalogue import TEMPLATE, forms_of, gather, written
from app.languages.templates import install

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
PYTHON = sorted((ROOT / "app").rglob("*.py"))
LOOKED_UP = {"_", "gettext", "ngettext", "pgettext"}
READ_ATTRIBUTES = {"title", "aria-label", "alt", "placeholder", "data-title", "data-waiting"}
"""Attributes that are read to people; `data-title` and `data-waiting` are what scripts show."""
SILENT_BLOCKS = {"styles", "body_class", "scripts"}
NAMES = re.compile(r"\b(Condyle|WAUC|AUC|CSV|JSON|[KMGT]iB|Shift|Esc|Enter|Space)\b")
"""What is called the same in every language."""
KEYS = {"Tab", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "Dead", "Process", "Escape"}
KEYS |= {"Delete", "Backspace", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"}
KEYS |= {"PageUp", "PageDown", "PgUp", "PgDn", "Unidentified"}
"""Of `KeyboardEvent.key`."""
UNREAD = KEYS | {
    "Content-Type",
    "command line",
    "condyle archive choice",
    "condyle archive said",
    "condyle decision",
    "condyle grid marks",
    "film decoded",
    "film drawn",
    "input, textarea, select",
    "light dark",
    "preview drawn",
    "repeat(, minmax(0, 1fr))",
    "small danger",
    "small plain",
}
"""What looks like words and is read by no person: headers, marks, names of storage and style."""
VALUE = "\0"
"""Stands for an expression of the template; what it gives is looked at by itself."""
LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?P<text>"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)""", re.DOTALL
)
"""A comment, or a string of a script."""
INSIDE = re.compile(r"^[\"`]|[\"`]$|\$\{[^{}]*(\{[^{}]*\}[^{}]*)*\}")
"""Quotes, and what a template string puts in."""
TO_LOOK_UP = re.compile(r'(?:\b_|\bngettext)\(\s*(?:"(?:[^"\\\n]|\\.)*",\s*)?\Z')
"""What stands before a string that is looked up, or before the second one of two."""
UNREAD_SCRIPTS = {"viewer/png.js", "viewer/decoder.js"}
"""Their errors are caught where a film cannot be shown, and said there in other words."""


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


def outputs(node: nodes.Node) -> Iterator[nodes.Output]:
    """Yield what a template puts on the page, in order."""
    if isinstance(node, nodes.Block) and node.name in SILENT_BLOCKS:
        return
    if isinstance(node, nodes.Output):
        yield node
    for child in node.iter_child_nodes():
        yield from outputs(child)


def words_outside(source: str) -> list[str]:
    """Return the words of a template that stand on the page as they are."""
    reader = Reader()
    for output in outputs(parsed(source)):
        for each in output.nodes:
            reader.feed(each.data if isinstance(each, nodes.TemplateData) else VALUE)
    reader.close()
    return [text.strip() for text in reader.found if has_words(text)]


def has_words(text: str) -> bool:
    plain = NAMES.sub("", text.replace(VALUE, ""))
    return re.search(r"[^\W\d_]{2}", plain) is not None


def strings(node: nodes.Node) -> Iterator[str]:
    """Yield the strings in a template's expressions, but for those that are looked up."""
    looked_up = isinstance(node, nodes.Call) and getattr(node.node, "name", "") in LOOKED_UP
    named = isinstance(node, nodes.Filter) and node.name == "named"
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.kwargs if looked_up else () if named else node.iter_child_nodes():
        yield from strings(child)


def like_words(text: str) -> bool:
    """Whether a string is several words or begins like a name, and is no address or selector."""
    if text in UNREAD or re.search(r"[/\[#$=]|\.\w", text) or not has_words(text):
        return False
    return re.search(r"^[A-Z][a-z]|[a-z,.:] [a-z]", NAMES.sub("", text)) is not None


def unread_in_script(source: str) -> list[str]:
    """Return the strings of a script that read like words and are not looked up."""
    return [
        text
        for found in LITERAL.finditer(source)
        if like_words(text := INSIDE.sub("", found["text"] or ""))
        and not TO_LOOK_UP.search(source, 0, found.start())
    ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path: Path):
    source = path.read_text("utf-8")
    assert words_outside(source) == []
    assert [text for text in strings(parsed(source)) if like_words(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_words_of_its_own(path: Path):
    if path.relative_to(ROOT / "static").as_posix() not in UNREAD_SCRIPTS:
        assert unread_in_script(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "template",
    [
        "<p>Label the film</p>",
        '<a title="Next film">{{ name }}</a>',
        "<p>{{ name }} of {{ count }}</p>",
        '{{ "Next film" if more else "" }}',
        '{{ m.post("/undo", "Undo") }}',
        "{% block title %}Seed set{% endblock %}",
    ],
)
def test_a_forgotten_text_of_a_template_is_found(template: str):
    assert words_outside(template) or any(like_words(each) for each in strings(parsed(template)))


@pytest.mark.parametrize(
    "script",
    [
        'title.textContent = "Next film";',
        "title.textContent = `${count} films left`;",
        'say("Undone.", _("Go on."));',
        'button.setAttribute("aria-label", `Change ${name}`);',
    ],
)
def test_a_forgotten_text_of_a_script_is_found(script: str):
    assert unread_in_script(script)


def test_the_catalogue_is_what_is_looked_up():
    assert TEMPLATE.read_bytes() == written(gather()), "run `make texts`"


def test_every_text_that_python_looks_up_is_a_literal_of_the_catalogue():
    known = {form for message in every_text() for form in forms_of(message.id)}
    for path in PYTHON:
        for text in texts_looked_up(path):
            assert text in known, f"{path}: {text}"


def texts_looked_up(path: Path) -> Iterator[str]:
    """Yield the texts a Python file looks up; constants are looked up by name."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(call.func, "id", "") if isinstance(call, ast.Call) else ""
        if name in ("_", "noop", "ngettext"):
            for text in call.args[: 2 if name == "ngettext" else 1]:
                assert not isinstance(text, ast.JoinedStr | ast.BinOp), f"{path}:{text.lineno}"
                if isinstance(text, ast.Constant):
                    yield text.value


def test_no_function_that_looks_texts_up_calls_something_else_by_that_name():
    for path in PYTHON:
        for function in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(function, ast.FunctionDef):
                names = [each for each in ast.walk(function) if isinstance(each, ast.Name)]
                used = {type(each.ctx).__name__ for each in names if each.id == "_"}
                calls = any(getattr(each, "id", "") == "_" for each in called(function))
                assert not (calls and "Store" in used), f"{path}:{function.lineno}"


def called(function: ast.FunctionDef) -> list[ast.expr]:
    return [each.func for each in ast.walk(function) if isinstance(each, ast.Call)]
