"""The words of a language are one file, and every file is in the same form."""

import tomllib
import unicodedata

import pytest

from models.reports.heads import KINDS
from models.reports.languages import FOLDER, codes, table
from models.reports.phrases import folded


def language(code: str) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((FOLDER / f"{code}.toml").read_text("utf-8"))


def test_the_languages_are_the_files() -> None:
    assert codes() == ["de", "en", "es", "fr", "it", "nl", "pt", "zh"]


@pytest.mark.parametrize("code", codes())
def test_a_language_has_the_tables_and_keys_of_english(code: str) -> None:
    english = language("en")
    for name, words in language(code).items():
        assert set(words) <= set(english[name]), name


@pytest.mark.parametrize("code", codes())
def test_words_are_in_lower_case_and_composed(code: str) -> None:
    words = [word for each in language(code).values() for words in each.values() for word in words]
    assert words == [unicodedata.normalize("NFC", word.lower().strip()) for word in words]


@pytest.mark.parametrize("code", codes())
def test_no_heading_of_a_language_opens_two_kinds_of_section(code: str) -> None:
    sections = language(code)["sections"]
    kinds = [kind for kind in KINDS if kind in sections]
    named = [folded(phrase) for kind in kinds for phrase in set(map(folded, sections[kind]))]
    assert {phrase for phrase in named if named.count(phrase) > 1} == set()


def test_a_table_holds_the_words_of_all_languages() -> None:
    assert {"impression", "beurteilung", "印象"} <= set(table("sections")["impression"])
    with pytest.raises(KeyError):
        table("nothing")
