"""A language made on the spot, in which every text is the English one between ⟦ and ⟧."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from languages.committed import every_text

from app.languages.catalogue import forms_of
from app.texts import DOMAIN

CODE = "qps"


def make_up(folder: Path) -> None:
    """Write the language's catalogue into a folder of languages."""
    _write(folder, CODE, _made_up())


def compile_into(folder: Path, code: str, catalogue: Catalog) -> None:
    """Write a compiled catalogue where the application looks for a language's."""
    _write(folder, code, _compiled(catalogue))


@cache
def _made_up() -> bytes:
    """Return the language's compiled catalogue."""
    catalogue = every_text()
    for message in catalogue:
        if message.id:
            forms = [f"⟦{form}⟧" for form in forms_of(message.id)]
            message.string = forms[0] if isinstance(message.id, str) else tuple(forms)
    return _compiled(catalogue)


def _compiled(catalogue: Catalog) -> bytes:
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def _write(folder: Path, code: str, compiled: bytes) -> None:
    path = folder / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled)
