"""The catalogue of texts, gathered from what looks them up, and its translations.

For whoever changes a text or translates it. Needs Babel, which what is served does not.
"""

import io
import re
from collections import Counter
from contextlib import redirect_stderr
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from app.texts import DOMAIN, FOLDER

ROOT = Path(__file__).parents[2]
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
SOURCES: dict[str, tuple[str, str, dict[str, str | bool]]] = {
    "app": ("**.py", "python", {}),
    "templates": (
        "**.html",
        "jinja2",
        {"trim_blocks": "true", "lstrip_blocks": "true", "trimmed": "true", "silent": "false"},
    ),
    "static": ("**.js", "javascript", {"parse_template_string": True}),
}
"""For each folder: its files, how Babel reads them, and what it must know."""
KEYWORDS = DEFAULT_KEYWORDS | {"noop": None}
KEPT = re.compile(r"{\w+}|%\(\w+\)s|<[^<>]+>")
"""What a translation must have as often as its English text: places for values, and markup."""


def gather(root: Path = ROOT) -> Catalog:
    """Return every text that templates, Python and scripts look up."""
    found = Catalog(domain=DOMAIN)
    for folder, (files, method, options) in SOURCES.items():
        texts = extract_from_dir(
            root / folder, [(files, method)], {files: options}, KEYWORDS, ["TRANSLATORS:"]
        )
        # Babel complains of each value that is an f-string; a text that is one fails our own test.
        with redirect_stderr(io.StringIO()):
            for name, _line, text, comments, context in texts:
                found.add(text, None, [(f"{folder}/{name}", 0)], [], comments, context=context)
    return _without_seeming_formats(found)


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue as a .pot file, the same for the same texts wherever they stand."""
    file = io.BytesIO()
    write_po(file, catalogue, 100, omit_header=True, sort_output=True, include_lineno=False)
    return file.getvalue()


def refresh(path: Path, catalogue: Catalog) -> Catalog:
    """Bring a translation's .po file up to the catalogue and compile it beside.

    Args:
        path: the .po file; what it translates already is kept.
        catalogue: every text there is.

    Raises:
        ValueError: a translation lacks a value or markup of its English text.
    """
    with path.open("rb") as file:
        translation = read_po(file, locale=path.parents[1].name, domain=DOMAIN)
    translation.update(catalogue, no_fuzzy_matching=True, update_creation_date=False)
    _without_seeming_formats(translation)
    if wrong := faults(translation):
        raise ValueError(f"{path}: {'; '.join(wrong)}")
    with path.open("wb") as file:
        write_po(file, translation, 100, sort_output=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, translation)
    return translation


def _without_seeming_formats(catalogue: Catalog) -> Catalog:
    """Take back a flag Babel gives: `% i` in “95 % interval” looks like a place for a value."""
    for message in catalogue:
        if not any("%(" in form for form in forms_of(message.id)):
            message.flags.discard("python-format")
    return catalogue


def faults(translation: Catalog) -> list[str]:
    """Return the texts whose translation has not the values and the markup of the English one."""
    return [
        repr(form)
        for message in translation
        if message.id and translated(message)
        for form in forms_of(message.string)
        if not any(kept(form) == kept(english) for english in forms_of(message.id))
    ]


def translated(message: Message) -> bool:
    """Whether a message has all its forms."""
    return all(forms_of(message.string))


def kept(text: str) -> Counter[str]:
    """Return what a translation must keep of a text, and how often."""
    return Counter(KEPT.findall(text))


def forms_of(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    """Return a text's forms; one where it has no plural."""
    return [text] if isinstance(text, str) else list(text or [""])
