"""The texts of the pages, in the language that is set.

English texts are the keys of one catalogue, `app/languages/condyle.pot`, for templates, Python and
scripts alike; `make texts` writes it. The language is known while a request is answered. Everywhere
else, in runs and commands, texts are English: what they write is kept, and must not depend on who
reads it.
"""

import gettext as gnu
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from app import errors

ENGLISH = "en"
OWN_NAMES = {
    "ar": "العربية", "cs": "Čeština", "de": "Deutsch", "en": "English", "es": "Español",
    "fr": "Français", "it": "Italiano", "ja": "日本語", "ko": "한국어", "nl": "Nederlands",
    "pl": "Polski", "pt": "Português", "pt_BR": "Português (Brasil)", "ru": "Русский",
    "sv": "Svenska", "tr": "Türkçe", "uk": "Українська", "zh": "中文", "zh_CN": "简体中文",
    "zh_Hans": "简体中文", "zh_TW": "繁體中文", "zh_Hant": "繁體中文",
}  # fmt: skip
"""What languages call themselves; one that is not here is called by its code."""
DOMAIN = "condyle"
FOLDER = Path(__file__).parent / "languages"
TABULATED = 200
"""Numbers whose plural form scripts look up; a larger one takes that of 100 and its last digits."""


class Catalogue(gnu.GNUTranslations):
    """One language's translations, which scripts can be given too."""

    @property
    def texts(self) -> dict[str, str | list[str]]:
        """Translations by English text; a list of forms where the text has a plural."""
        entries: dict[Any, str] = self._catalog  # type: ignore[attr-defined]
        texts: dict[str, str | list[str]] = {}
        for key in sorted(entries, key=str):
            if isinstance(key, tuple):
                forms = texts.setdefault(key[0], [])
                assert isinstance(forms, list)
                forms.append(entries[key])
            elif key:
                texts[key] = entries[key]
        return texts

    @property
    def forms(self) -> list[int]:
        """Which plural form each number from 0 to 199 takes."""
        return [self.plural(number) for number in range(TABULATED)]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Language:
    """A language the pages can be in.

    Attributes:
        code: as its folder is called, such as `de` or `pt_BR`.
        catalogue: its translations; None for English.
    """

    code: str
    catalogue: Catalogue | None = None

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return self.code.replace("_", "-")

    @cached_property
    def for_scripts(self) -> bytes:
        """JSON: `texts` and `forms`, see `static/texts.js`."""
        found: dict[str, object] = {"texts": {}, "forms": []}
        if self.catalogue:
            found = {"texts": self.catalogue.texts, "forms": self.catalogue.forms}
        return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def digest(self) -> str:
        """What changes whenever a text does."""
        return hashlib.sha256(self.for_scripts).hexdigest()[:16]


_ENGLISH = Language(ENGLISH)
_language: ContextVar[Language] = ContextVar("language", default=_ENGLISH)


def languages() -> list[str]:
    """Return the codes of the languages there are, English first."""
    compiled = FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")
    return [ENGLISH, *sorted(path.parents[1].name for path in compiled)]


def language(code: str) -> Language:
    """Return a language with its translations.

    Args:
        code: of the setting `CONDYLE_LANGUAGE`.

    Raises:
        errors.Refused: there is no catalogue for it.
    """
    if code == ENGLISH:
        return _ENGLISH
    known = languages()
    if code not in known:
        raise errors.Refused(
            f"There are no texts in the language {code!r}.",
            "CONDYLE_LANGUAGE",
            f"Choose one of {', '.join(known)}; the documentation says how to add another.",
        )
    path = FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.mo"
    return _loaded(code, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _loaded(code: str, path: Path, _changed_at: int) -> Language:
    with path.open("rb") as file:
        return Language(code, Catalogue(file))


def or_current(code: str | None) -> Language:
    """Return the language that somebody asks for; the current one where there is none, or none
    such any more."""
    try:
        return language(code) if code else current()
    except errors.Refused:
        return current()


def speak(language: Language) -> None:
    """Look texts up in a language for the rest of the request."""
    _language.set(language)


def current() -> Language:
    """Return the language of the request being answered; English where there is none."""
    return _language.get()


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Look texts up in a language meanwhile."""
    before = _language.set(language)
    try:
        yield
    finally:
        _language.reset(before)


def gettext(text: str, /, **values: object) -> str:
    """Return a text in the current language, with `{name}` replaced by the value of that name.

    Args:
        text: the English text, a literal: what is put together cannot be found in the catalogue.
        values: what to put into it, after it was looked up.
    """
    catalogue = _language.get().catalogue
    return _filled(catalogue.gettext(text) if catalogue else text, values)


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Return the form of a text that goes with a number.

    Args:
        one: the English text for one.
        many: the English text for any other number.
        number: which form is wanted.
        values: what to put into it.
    """
    catalogue = _language.get().catalogue
    if catalogue:
        return _filled(catalogue.ngettext(one, many, number), values)
    return _filled(one if number == 1 else many, values)


def pgettext(context: str, text: str, /, **values: object) -> str:
    """Return a text that means different things in different places.

    Args:
        context: what it means here, for who translates it.
        text: the English text.
        values: what to put into it.
    """
    catalogue = _language.get().catalogue
    return _filled(catalogue.pgettext(context, text) if catalogue else text, values)


def noop(text: str) -> str:
    """Mark a constant as a text to be looked up where it is shown."""
    return text


_ = gettext


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format(**values) if values else text
