"""A language made on the spot, in which every text is the English one between ⟦ and ⟧."""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from app.languages.catalogue import forms_of, gather
from app.texts import DOMAIN

CODE = "qps"


def make_up(folder: Path) -> None:
    """Write the language's catalogue into a folder of languages."""
    catalogue = gather()
    for message in catalogue:
        if message.id:
            forms = [f"⟦{form}⟧" for form in forms_of(message.id)]
            message.string = forms[0] if isinstance(message.id, str) else tuple(forms)
    compile_into(folder, CODE, catalogue)


def compile_into(folder: Path, code: str, catalogue: Catalog) -> None:
    """Write a compiled catalogue where the application looks for a language's."""
    path = folder / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
