"""Invitations, roles and deactivation, over HTTP and in the rules."""

import re
from datetime import timedelta

import pytest
from argon2 import Type
from sqlalchemy import select, text, update
from support.cheap_passwords import DEAR, DEAR_OF_NOBODY
from support.web import PASSWORD, Web
from support.worklist_rows import add_classes, add_images, add_readers, list_images

from app import errors, scopes
from app.accounts import attempts, links, passwords, rules, second_factor, work
from app.accounts import tokens as own_tokens
from app.accounts.browsers import Visitor
from app.accounts.factor_seals import Seals
from app.audit import chain, record
from app.db.engine import Database
from app.db.people import AuditEvent, LogIn, OneTimeLink, User
from app.db.reading import Annotation
from app.db.tables import now
from app.labels.decisions import Decision, Hold
from app.reading.rules import annotate
from app.worklists.double_reading import plan
from app.worklists.items import lease_next

NEW = "quite another secret"


def link_on(page: str) -> str:
    """Return the path of the one-time link a page shows."""
    found = re.search(r"http://testserver(/welcome/[\w-]+)", page)
    assert found is not None
    return found[1]


def test_an_invited_person_sets_a_password_by_a_link_that_works_once(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    link = link_on(admin.post("/people", data={"name": "New Reader", "role": "reader"}).text)
    assert "/welcome/" not in admin.get("/people").text
    guest = web.anonymous()
    assert "New Reader" in guest.get(link).text
    entered = guest.post(link, data={"password": NEW, "repeated": NEW})
    assert entered.status_code == 303
    assert guest.get("/").status_code == 200
    assert web.anonymous().get(link).status_code == 404
    assert web.anonymous().post(link, data={"password": NEW, "repeated": NEW}).status_code == 404
    assert (
        web.anonymous()
        .post("/api/v1/login", json={"name": "New Reader", "password": NEW})
        .is_success
    )


@pytest.mark.parametrize(
    ("password", "repeated"),
    [("short", "short"), (NEW, NEW + "x"), ("Reader123456", "Reader123456"), ("a" * 20, "a" * 20)],
)
def test_a_weak_or_mistyped_password_is_refused_and_the_link_kept(
    web: Web, password: str, repeated: str
) -> None:
    with web.database.begin() as session:
        _, token = rules.add_person(session, "Reader", "reader")
    guest = web.anonymous()
    answer = guest.post(f"/welcome/{token}", data={"password": password, "repeated": repeated})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert guest.get(f"/welcome/{token}").status_code == 200


def test_a_link_ends_after_its_days_and_when_a_newer_one_is_made(database: Database) -> None:
    with database.begin() as session:
        user, first = rules.add_person(session, "Reader", "reader")
        second = links.new_link(session, user)
        with pytest.raises(errors.NotFound):
            links.find(session, first)
        assert links.find(session, second).user_id == user.id
        session.execute(update(OneTimeLink).values(expires_at=now() - timedelta(seconds=1)))
        with pytest.raises(errors.NotFound):
            links.find(session, second)


def test_a_new_password_ends_the_log_ins_made_with_the_old_one(web: Web) -> None:
    old = web.browser("Reader")
    admin = web.browser("Admin", "admin")
    with web.database.begin() as session:
        reader = session.scalars(select(User).where(User.name == "Reader")).one()
    link = link_on(admin.post(f"/people/{reader.id}/link").text)
    web.anonymous().post(link, data={"password": NEW, "repeated": NEW})
    assert old.get("/").status_code == 303


def test_the_last_admin_can_neither_leave_nor_become_a_reader(web: Web) -> None:
    client = web.browser("Admin", "admin")
    with web.database.begin() as session:
        admin = session.scalars(select(User)).one()
        rules.add_person(session, "Invited but not yet here", "admin")
    assert client.post(f"/people/{admin.id}/deactivate").status_code == 409
    assert client.post(f"/people/{admin.id}/role", data={"role": "reader"}).status_code == 409
    web.person("Second", "admin")
    assert client.post(f"/people/{admin.id}/role", data={"role": "reader"}).status_code == 303
    assert client.get("/people").status_code == 403


def test_who_locks_a_person_lets_others_write_events_of_theirs(
    postgresql_database: Database,
) -> None:
    """These hold the head of the audit log meanwhile, which the other needs to commit."""
    with postgresql_database.begin() as session:
        ada, ben = (User(name=name, role="admin", password_hash="x") for name in ("Ada", "Ben"))
        session.add_all([ada, ben])
    visitor, wanted = Visitor("", None), own_tokens.Wanted("t", [scopes.NAMES[0]], 1)
    seals = Seals([bytes(32)])
    for lock in (
        lambda session, user: rules.change_role(session, user.id, "reader", user),
        lambda session, user: rules.deactivate(session, user.id, user),
        lambda session, user: own_tokens.make(session, user, wanted),
        lambda session, user: second_factor.passes(session, seals, user, "000000", visitor),
        lambda session, user: attempts.attempt(session, user.name, visitor),
    ):
        with postgresql_database() as session:
            lock(session, session.get_one(User, ada.id))
            session.flush()
            with postgresql_database.begin() as other:
                other.execute(text("SET LOCAL lock_timeout = '20s'"))
                for user in (ada, ben):
                    record(other, user, "look", "thing 1")
            session.commit()
            rules.activate(session, ada.id, ada)
            session.get_one(User, ada.id).role = "admin"
            session.commit()
    assert chain.check(postgresql_database).broken is None


def test_a_deactivated_person_cannot_log_in_until_activated(web: Web) -> None:
    reader = web.person("Reader", "reader")
    admin = web.browser("Admin", "admin")
    credentials = {"name": "Reader", "password": PASSWORD}
    with web.database.begin() as session:
        session.get_one(User, reader.id).mail_address = "reader@hospital.example"
    admin.post(f"/people/{reader.id}/deactivate")
    with web.database.begin() as session:
        assert session.get_one(User, reader.id).mail_address is None, "nobody writes there"
    assert web.anonymous().post("/api/v1/login", json=credentials).status_code == 401
    assert admin.post(f"/people/{reader.id}/link").status_code == 409
    admin.post(f"/people/{reader.id}/activate")
    assert web.anonymous().post("/api/v1/login", json=credentials).status_code == 200


def test_two_people_never_have_names_that_differ_in_case_only(database: Database) -> None:
    with database.begin() as session:
        rules.add_person(session, "Reader", "reader")
        with pytest.raises(errors.Conflict):
            rules.add_person(session, " READER ", "admin")


@pytest.mark.parametrize(("name", "role"), [("", "reader"), ("x" * 65, "reader"), ("A", "owner")])
def test_a_name_or_role_that_cannot_be_used_is_refused(
    database: Database, name: str, role: str
) -> None:
    with database.begin() as session, pytest.raises(errors.Refused):
        rules.add_person(session, name, role)


def test_what_happens_to_accounts_is_recorded(web: Web) -> None:
    admin = web.browser("Admin", "admin")
    admin.post("/people", data={"name": "Reader", "role": "reader"})
    with web.database.begin() as session:
        reader = session.scalars(select(User).where(User.name == "Reader")).one()
    admin.post(f"/people/{reader.id}/role", data={"role": "admin"})
    admin.post(f"/people/{reader.id}/deactivate")
    with web.database.begin() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "invite",
        "make one-time link",
        "change role",
        "deactivate",
    ]
    assert events[2].details == {"before": "reader", "after": "admin"}
    assert {event.user_id for event in events} == {reader.id - 1}


def test_a_hash_made_with_weaker_parameters_is_renewed_at_the_log_in(web: Web) -> None:
    weak = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with web.database.begin() as session:
        session.add(User(name="Reader", role="reader", password_hash=weak))
    answer = web.anonymous().post("/api/v1/login", json={"name": "Reader", "password": PASSWORD})
    assert answer.status_code == 200
    with web.database.begin() as session:
        renewed = session.scalars(select(User.password_hash)).one()
    assert renewed != weak
    assert renewed is not None
    assert passwords.matches(renewed, PASSWORD)


def test_passwords_are_hashed_as_owasp_asks() -> None:
    assert DEAR.type is Type.ID
    assert (DEAR.memory_cost, DEAR.time_cost) >= (19 * 1024, 2)


def test_a_name_that_nobody_has_takes_as_long_as_a_wrong_password(database: Database) -> None:
    """A password is compared with a hash that takes as long, and fits none."""
    with database.begin() as session:
        tried = attempts.attempt(session, "nobody", Visitor("192.0.2.1", ""))
    assert tried.password_hash == passwords.NOBODY
    assert not DEAR.check_needs_rehash(DEAR_OF_NOBODY)
    assert not passwords.matches(DEAR_OF_NOBODY, "")


def row_of(page: str, name: str) -> str:
    """Return the words of a person's row in the first table, which is of reading."""
    row = page.partition(f'<th scope="row">{name}</th>')[2].partition("</tr>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", row).split())


def test_the_page_says_what_each_person_has_read_and_when_each_was_here(web: Web) -> None:
    web.settings.home.mkdir(exist_ok=True)
    admin = web.browser("Admin", "admin")
    with web.database.begin() as session:
        classes, images = add_classes(session), add_images(session, 5)
        list_images(session, "seed", images)
        plan(session, "seed", 2, 1, 0)
        readers = add_readers(session, 3)
        for reader, seconds in ((0, 2), (1, 4)):
            for number in range(4):
                image = lease_next(session, readers[reader], "seed", 60, now())
                assert image is not None
                # On the fourth film the two differ.
                given = classes[0 if number < 3 else reader]
                decision = Decision(given, f"key {number} {reader}", now(), 1000 * seconds + number)
                annotate(session, Hold(readers[reader], image, "seed"), decision)
        old = update(Annotation).where(Annotation.image_id == images[0])
        session.execute(old.values(at=now() - timedelta(days=8)))
    page = admin.get("/people").text
    assert row_of(page, "reader 0").startswith("4 3 2.0 s 75 % never")
    assert row_of(page, "reader 1").startswith("4 3 4.0 s 75 %")
    assert row_of(page, "reader 2") == "0 0 – – never –"
    assert row_of(page, "Admin").startswith(f"0 0 – – {now():%Y-%m-%d}")


def test_when_somebody_was_here_is_known_after_the_log_in_has_ended(web: Web) -> None:
    rosa, ben = web.browser("Rosa"), web.browser("Ben")
    assert rosa.post("/logout").status_code == 303
    with web.database.begin() as session:
        people = {person.name: person for person in session.scalars(select(User))}
        then = now() - timedelta(days=3)
        session.execute(update(LogIn).values(seen_at=then))
        people["Ben"].seen_at = then - timedelta(days=1)
        rules.deactivate(session, people["Ben"].id, people["Rosa"])
        assert session.scalars(select(LogIn)).all() == []
        seen = work.last_seen(session)
        assert seen[people["Ben"].id] == then
        assert now() - seen[people["Rosa"].id] < timedelta(minutes=5)
    assert ben.get("/").status_code == 303


def test_an_admin_releases_what_somebody_holds(web: Web) -> None:
    web.settings.home.mkdir(exist_ok=True)
    admin, rosa, ben = web.browser("Admin", "admin"), web.browser("Rosa"), web.browser("Ben")
    with web.database.begin() as session:
        add_classes(session)
        list_images(session, "seed", add_images(session, 2))
    first = rosa.post("/api/v1/worklists/seed/next").json()["item"]["film"]["image_id"]
    page = admin.get("/people").text
    assert "Seed set 1" in row_of(page, "Rosa")
    action = re.search(r'action="(/people/\d+/release)"', page)
    assert action is not None
    assert admin.post(action[1]).headers["location"] == "/people"
    assert "Release" not in admin.get("/people").text
    assert ben.post("/api/v1/worklists/seed/next").json()["item"]["film"]["image_id"] == first
    assert admin.post("/people/999/release").status_code == 404
