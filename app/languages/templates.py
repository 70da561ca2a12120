"""How templates look texts up."""

from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from app import names
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


@pass_context
def named(_context: Context, code: str) -> str:
    """Return what a code is called; needs the context, or Jinja would keep the first answer."""
    return names.named(code)


def capital(text: str) -> str:
    """Return a text with its first letter large, and the others as they are."""
    return text[:1].upper() + text[1:]
