"""The first admin chooses their own name, and links made before the first start go on working."""

import re

import pytest
from support.command_line import run_command
from support.web import PASSWORD, Web

from app import errors
from app.accounts import first_admin, links, rules
from app.db.engine import Database
from app.settings import Settings

FORM = {"password": PASSWORD, "repeated": PASSWORD}


def link_of(site: Web) -> str:
    """Return the path of the link that a start prints."""
    with site.database.begin() as session:
        address = first_admin.link(session, site.settings)
    assert address is not None
    return address.removeprefix("http://127.0.0.1:8000")


def test_the_first_admin_chooses_a_name_and_is_in(web: Web) -> None:
    link, guest = link_of(web), web.anonymous()
    assert 'name="name"' in guest.get(link).text
    assert guest.post(link, data={**FORM, "name": " Dr. Rosa Weiß "}).status_code == 303
    assert "Dr. Rosa Weiß" in guest.get("/people").text
    assert web.anonymous().get(link).status_code == 404
    with web.database.begin() as session:
        assert first_admin.link(session, web.settings) is None
        assert [person.name for person in rules.people(session)] == ["Dr. Rosa Weiß"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\tb"])
def test_a_name_that_cannot_be_used_is_refused_and_the_link_kept(web: Web, name: str) -> None:
    link, guest = link_of(web), web.anonymous()
    answer = guest.post(link, data={**FORM, "name": name})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert guest.get(link).status_code == 200


def test_the_password_may_not_be_made_of_the_chosen_name(web: Web) -> None:
    form = {"name": "rosaweiss", "password": "Rosaweiss2026", "repeated": "Rosaweiss2026"}
    assert web.anonymous().post(link_of(web), data=form).status_code == 422


def test_each_start_makes_a_new_link_until_an_admin_has_a_password(web: Web) -> None:
    first, second = link_of(web), link_of(web)
    assert web.anonymous().get(first).status_code == 404
    assert web.anonymous().get(second).status_code == 200
    web.person("Reader", "reader")
    assert web.anonymous().get(link_of(web)).status_code == 200
    web.person("Admin", "admin")
    with web.database.begin() as session:
        assert first_admin.link(session, web.settings) is None


def test_the_link_ends_when_an_admin_comes_in_by_another(web: Web) -> None:
    link = link_of(web)
    with web.database.begin() as session:
        _, own = rules.add_person(session, "Rosa", "admin")
    assert web.anonymous().post(f"/welcome/{own}", data=FORM).status_code == 303
    assert web.anonymous().get(link).status_code == 404


def test_the_first_admin_takes_the_name_that_waits_for_them_and_nobody_elses(web: Web) -> None:
    with web.database.begin() as session:
        waiting, _ = rules.add_person(session, "Rosa", "admin")
        rules.add_person(session, "Reader", "reader")
    link = link_of(web)
    assert web.anonymous().post(link, data={**FORM, "name": "reader"}).status_code == 422
    assert web.anonymous().post(link, data={**FORM, "name": "ROSA"}).status_code == 303
    with web.database.begin() as session:
        assert rules.find(session, waiting.id).password_hash is not None
        assert len(rules.people(session)) == 2


def test_a_link_is_good_once_also_for_two_who_use_it_at_once(database: Database) -> None:
    with database.begin() as session:
        token = links.add(session, None)
        first_admin.become(session, token, "Rosa", "hash")
        with pytest.raises(errors.NotFound):
            first_admin.become(session, token, "Eva", "hash")


def test_the_link_of_user_add_works_after_the_first_start(
    sqlite_database: Database, settings: Settings
) -> None:
    printed = run_command(settings, "user", "add", "Rosa", "--role", "admin")
    found = re.search(r"http://127.0.0.1:8000(/welcome/\S+)", printed.output)
    assert found is not None, printed.output
    site = Web(sqlite_database, settings)
    start = link_of(site)
    guest = site.anonymous()
    assert "Welcome, Rosa" in guest.get(found[1]).text
    assert guest.post(found[1], data=FORM).status_code == 303
    assert guest.get("/people").status_code == 200
    assert site.anonymous().get(start).status_code == 404
