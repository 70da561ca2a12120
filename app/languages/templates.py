"""How templates look texts up."""

from jinja2 import Environment

from app.names import named
from app.texts import gettext, ngettext, pgettext


def install(templates: Environment) -> None:
    """Let templates look texts up: `{% trans %}` blocks, `_()` and its relatives, and `named`.

    Not Jinja's "newstyle" functions: what `_()` returns is escaped where it is put on the page.
    """
    templates.add_extension("jinja2.ext.i18n")
    templates.policies["ext.i18n.trimmed"] = True
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=False, pgettext=pgettext
    )
    templates.filters |= {"named": named, "capital": capital}


def capital(text: str) -> str:
    """Return a text with its first letter large, and the others as they are."""
    return text[:1].upper() + text[1:]
