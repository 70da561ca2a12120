"""The words reports are read by: one file a language, each a set of tables.

A language is added by adding its file. A table gives each key the words and phrases of the
language, in lower case and with their accents; what a key means is said in `en.toml`.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

FOLDER = Path(__file__).parent


def codes() -> list[str]:
    """Return the codes of the languages there are, such as "de"."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def table(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return one table of all languages put together.

    Nobody says in which language a report is, and one archive holds several; so a report is read
    by the words of all of them.

    Args:
        name: of the table, such as "sections".

    Returns:
        For each key the words of all languages, no word twice.

    Raises:
        KeyError: if no language has the table.
    """
    found: dict[str, dict[str, None]] = {}
    tables = [language[name] for code in codes() if name in (language := of_language(code))]
    for each in tables:
        for key, words in each.items():
            found.setdefault(key, {}).update(dict.fromkeys(words))
    if not tables:
        raise KeyError(name)
    return MappingProxyType({key: tuple(words) for key, words in found.items()})


@cache
def of_language(code: str) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the tables of one language, by name.

    Args:
        code: as `codes` returns it.
    """
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(
        (FOLDER / f"{code}.toml").read_text("utf-8")
    )
    return MappingProxyType(tables)
