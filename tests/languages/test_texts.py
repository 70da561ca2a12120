"""Texts are found in the language of the request, in English elsewhere, and never go missing."""

import json
import shutil
from gettext import c2py
from html import unescape
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.plurals import PLURALS
from jinja2 import Environment
from languages.committed import every_text
from languages.made_up import CODE, compile_into, make_up
from starlette.testclient import TestClient
from support.web import Web

from app import texts
from app.db.engine import Database
from app.doctor import examine
from app.errors import Refused
from app.languages.catalogue import faults, refresh
from app.languages.templates import install
from app.server import serve
from app.settings import Settings
from app.texts import _, language, ngettext, noop, pgettext, speaking


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of languages of this test's own."""
    monkeypatch.setattr(texts, "FOLDER", tmp_path / "languages")
    return tmp_path / "languages"


@pytest.fixture
def polish(folder: Path) -> texts.Language:
    """A little Polish: three plural forms."""
    catalogue = Catalog(locale="pl")
    catalogue.add("Reload the list.", "Odśwież listę.")
    catalogue.add("image {number}", "obraz {number}")
    catalogue.add("single read", "pojedynczy odczyt")
    catalogue.add(
        ("{number} read", "{number} reads"),
        ["{number} odczyt", "{number} odczyty", "{number} odczytów"],
    )
    catalogue.add("Reads", "Czyta", context="what a labeler reads")
    compile_into(folder, "pl", catalogue)
    return language("pl")


def reads(number: int) -> str:
    return ngettext("{number} read", "{number} reads", number, number=number)


def test_without_a_language_texts_are_english():
    assert _("Reload the list.") == "Reload the list."
    assert _("image {number}", number=7) == "image 7"
    assert [reads(number) for number in (0, 1, 2)] == ["0 reads", "1 read", "2 reads"]
    assert noop("Audit") == "Audit"


def test_texts_are_translated_while_the_language_is_spoken(polish: texts.Language):
    with speaking(polish):
        assert _("Reload the list.") == "Odśwież listę."
        assert _("image {number}", number=7) == "obraz 7"
        assert [reads(number) for number in (1, 3, 5, 22)] == [
            "1 odczyt",
            "3 odczyty",
            "5 odczytów",
            "22 odczyty",
        ]
        assert pgettext("what a labeler reads", "Reads") == "Czyta"
        assert _("Reads") == "Reads"
    assert _("Reload the list.") == "Reload the list."


def test_a_text_that_is_not_translated_is_english(polish: texts.Language):
    with speaking(polish):
        assert _("There is nothing to undo.") == "There is nothing to undo."
        assert ngettext("{number} lot", "{number} lots", 2, number=2) == "2 lots"


def test_a_value_in_braces_is_no_place_for_another_value():
    assert _("finding {number}", number="{name}") == "finding {name}"


def test_scripts_are_given_every_translation_and_the_form_of_every_number(polish: texts.Language):
    given = json.loads(polish.for_scripts)
    assert given["texts"]["{number} read"] == [
        "{number} odczyt",
        "{number} odczyty",
        "{number} odczytów",
    ]
    assert given["texts"]["image {number}"] == "obraz {number}"
    with speaking(polish):
        for number in range(3000):
            forms = given["texts"]["{number} read"]
            form = given["forms"][number if number < 200 else 100 + number % 100]
            assert forms[form].replace("{number}", str(number)) == reads(number)


def test_the_forms_of_two_hundred_numbers_tell_those_of_all_in_every_language_but_cornish():
    for formula in {formula for code, (_count, formula) in PLURALS.items() if code != "kw"}:
        form = c2py(formula)
        numbers = range(200, 20_000)
        assert all(form(number) == form(100 + number % 100) for number in numbers), formula


def test_an_unknown_language_is_refused_at_the_start(folder: Path, settings: Settings):
    make_up(folder)
    unknown = settings.model_copy(update={"language": "tlh"})
    with pytest.raises(Refused) as refused:
        serve(unknown, print)
    assert refused.value.where == "CONDYLE_LANGUAGE"
    assert "'tlh'" in refused.value.what
    assert f"en, {CODE}" in refused.value.do
    assert not settings.home.exists() or not list(settings.home.iterdir())


def test_the_doctor_says_the_language_or_what_to_do_about_it(folder: Path, settings: Settings):
    make_up(folder)
    said = {
        code: next(examine(settings.model_copy(update={"language": code})))
        for code in ("en", CODE, "tlh")
    }
    assert said["en"].good
    assert "`en`" in said["en"].words
    assert said[CODE].good
    assert not said["tlh"].good
    assert "CONDYLE_LANGUAGE" in said["tlh"].words


@pytest.fixture
def client(folder: Path, sqlite_database: Database, settings: Settings) -> TestClient:
    """A browser before a server that speaks the made-up language."""
    make_up(folder)
    return Web(sqlite_database, settings.model_copy(update={"language": CODE})).anonymous()


def test_pages_and_problems_are_in_the_language_and_codes_are_not(client: TestClient):
    page = client.get("/login").text
    assert f'<html lang="{CODE}"' in page
    assert "<h1>⟦Log in⟧</h1>" in page
    assert "⟦There is no such page.⟧" in client.get("/nowhere").text
    problem = client.get("/api/v1/keys").json()
    assert problem["what"] == "⟦You are not logged in, or your log-in has ended.⟧"
    assert (problem["status"], problem["type"]) == (401, "about:blank")


def test_the_texts_of_scripts_are_kept_as_long_as_they_are_the_same(client: TestClient):
    page = client.get("/login").text
    address = page.partition('<meta name="texts" content="')[2].partition('"')[0]
    answer = client.get(unescape(address))
    assert answer.json()["texts"]["Loading the film …"] == "⟦Loading the film …⟧"
    assert "immutable" in answer.headers["Cache-Control"]
    older = client.get("/api/v1/texts?digest=0123")
    assert "immutable" not in older.headers["Cache-Control"]


def test_a_template_speaks_the_language_of_each_request_anew(polish: texts.Language):
    templates = Environment()
    install(templates)
    template = templates.from_string(
        '{{ "single_read" | named }}, {{ _("Reload the list.") }}, {% trans %}Reads{% endtrans %}'
    )
    english = "single read, Reload the list., Reads"
    assert template.render() == english
    with speaking(polish):
        assert template.render() == "pojedynczy odczyt, Odśwież listę., Reads"
    assert template.render() == english


def test_markup_of_a_value_or_a_translation_is_shown_as_text(folder: Path):
    catalogue = Catalog(locale="de")
    catalogue.add("Audit of {name}", 'Prüfung von "{name}" <b>')
    compile_into(folder, "de", catalogue)
    templates = Environment(autoescape=True)
    install(templates)
    template = templates.from_string('<p title="{{ _("Audit of {name}", name="<i>") }}"></p>')
    with speaking(language("de")):
        assert template.render() == '<p title="Prüfung von &#34;&lt;i&gt;&#34; &lt;b&gt;"></p>'


def test_an_english_page_asks_for_no_texts(sqlite_database: Database, settings: Settings):
    client = Web(sqlite_database, settings).anonymous()
    page = client.get("/login").text
    assert '<html lang="en"' in page
    assert 'name="texts"' not in page
    assert client.get("/api/v1/texts").json() == {"texts": {}, "forms": []}


def test_what_is_translated_is_kept_when_texts_change(folder: Path):
    path = folder / "de" / "LC_MESSAGES" / "condyle.po"
    path.parent.mkdir(parents=True)
    path.write_text('msgid "Log in"\nmsgstr "Anmelden"\n\nmsgid "Gone"\nmsgstr "Weg"\n', "utf-8")
    refresh(path, every_text())
    again = path.read_text("utf-8")
    refresh(path, every_text())
    assert path.read_text("utf-8") == again
    with speaking(language("de")):
        assert _("Log in") == "Anmelden"
        assert _("Log out") == "Log out"


@pytest.mark.parametrize(
    ("english", "translation"),
    [
        ("image {number}", "Bild {nummer}"),
        ("approve <b>{name}</b>", "<b>{name} bestätigen"),
        ("on %(page)s", "auf %(seite)s"),
    ],
)
def test_a_translation_without_its_values_or_markup_is_found(english: str, translation: str):
    catalogue = Catalog(locale="de")
    catalogue.add(english, translation)
    assert faults(catalogue)
    catalogue[english].string = english.upper() if "{" not in english else f"„{english}“"
    assert bool(faults(catalogue)) == ("%(" in english)


def test_every_translation_is_up_to_date_and_compiled(tmp_path: Path):
    copied = shutil.copytree(texts.FOLDER, tmp_path / "languages")
    for path in copied.glob("*/LC_MESSAGES/*.po"):
        refresh(path, every_text())
        for each in (path, path.with_suffix(".mo")):
            committed = texts.FOLDER / each.relative_to(copied)
            assert each.read_bytes() == committed.read_bytes(), "run `make texts`"
