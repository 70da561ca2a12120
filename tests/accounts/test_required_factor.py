"""Second factors that a role needs, that are turned off or reset, and the key that seals them."""

import pytest
from sqlalchemy import select, update
from support.command_line import run_command
from support.second_factors import (
    CREDENTIALS,
    SECRET,
    begin,
    code,
    codes_on,
    csrf,
    enter,
    give,
    is_in,
    recorded,
    secret_on,
    value_on,
)
from support.web import Web

from app import errors
from app.accounts import factor_seals, recovery_codes
from app.db.engine import Database
from app.db.people import (
    RecoveryCode,
    SecondFactor,
    User,
)
from app.db.tables import now
from app.settings import Settings


@pytest.fixture
def site(sqlite_database: Database, settings: Settings) -> Web:
    """The application, for what does not depend on the kind of database."""
    return Web(sqlite_database, settings)


def test_a_role_that_needs_one_sets_it_up_before_anything_else(web: Web) -> None:
    admin, rosa = web.browser("Admin", "admin"), web.browser("Rosa")
    both = {"roles": ["reader", "admin"]}
    assert admin.post("/people/second-factor", data=both).status_code == 409
    assert is_in(rosa)
    assert admin.post("/people/second-factor", data={"roles": ["owner"]}).status_code == 422
    assert admin.post("/people/second-factor", data={"roles": ["reader"]}).status_code == 303
    assert "still to be set up" in admin.get("/people").text
    assert not is_in(rosa)
    assert web.anonymous().post("/api/v1/login", json=CREDENTIALS).status_code == 403
    client = begin(web)
    page = client.get("/login/code?next=/reads").text
    secret = secret_on(page)
    form = {"offered": value_on(page, "offered"), "code": "000000", "next": "/reads"}
    # No code passes for who has none, and another page's secret is not taken.
    assert enter(client, code(0, secret)) == 401
    again = client.post("/login/set-up", data=form)
    assert again.status_code == 422
    assert secret_on(again.text) == secret
    other = web.app.state.factor_seals.offer(secret, 1, now())
    foreign = {**form, "code": code(0, secret), "offered": other}
    assert client.post("/login/set-up", data=foreign).status_code == 422
    assert not is_in(client)
    done = client.post("/login/set-up", data={**form, "code": code(0, secret)})
    assert len(codes_on(done.text)) == recovery_codes.NUMBER
    assert is_in(client)
    assert "still to be set up" not in admin.get("/people").text
    # Once it is turned off, so is the log-in.
    client.headers["X-CSRF-Token"] = csrf(client)
    assert client.post("/second-factor/off", data={"code": code(1, secret)}).status_code == 303
    assert not is_in(client)


def test_what_has_begun_does_not_set_up_a_second_one(site: Web) -> None:
    rosa = site.person("Rosa", "reader")
    give(site, rosa)
    client = begin(site)
    offered = site.app.state.factor_seals.offer(SECRET, rosa.id, now())
    form = {"offered": offered, "code": code()}
    assert client.post("/login/set-up", data=form).status_code == 422
    assert not is_in(client)
    old = site.app.state.factor_seals.offer(SECRET, rosa.id, now() - factor_seals.OFFER_LASTS * 2)
    with pytest.raises(errors.Refused):
        site.app.state.factor_seals.offered(old, rosa.id, now())


def test_who_becomes_an_admin_needs_what_admins_need(site: Web) -> None:
    admin, rosa = site.browser("Admin", "admin"), site.browser("Rosa")
    with site.database() as session:
        people = {person.name: person for person in session.scalars(select(User))}
    give(site, people["Admin"])
    assert admin.post("/people/second-factor", data={"roles": ["admin"]}).status_code == 303
    assert is_in(admin)
    assert is_in(rosa)
    admin.post(f"/people/{people['Rosa'].id}/role", data={"role": "admin"})
    assert not is_in(rosa)


def test_one_turns_off_or_gets_new_recovery_codes_by_a_code(site: Web) -> None:
    rosa = site.browser("Rosa")
    with site.database() as session:
        person = session.scalars(select(User)).one()
    made = give(site, person)
    for path in ("/second-factor/recovery-codes", "/second-factor/off"):
        assert rosa.post(path, data={"code": "000000"}).status_code == 422
    newer = codes_on(rosa.post("/second-factor/recovery-codes", data={"code": made[0]}).text)
    assert len(newer) == recovery_codes.NUMBER
    assert rosa.post("/second-factor/off", data={"code": made[1]}).status_code == 422
    assert rosa.post("/second-factor/off", data={"code": newer[0]}).status_code == 303
    assert is_in(rosa)
    with site.database() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
        assert session.scalars(select(SecondFactor)).all() == []


def test_an_admin_resets_one_with_a_reason(web: Web) -> None:
    admin, rosa = web.browser("Admin", "admin"), web.browser("Rosa")
    with web.database() as session:
        reader = session.scalars(select(User).where(User.name == "Rosa")).one()
    form = {"person_id": reader.id, "reason": "lost, she called from the ward"}
    assert admin.post("/people/second-factor/reset", data=form).status_code == 409
    give(web, reader)
    assert "set up" in admin.get("/people").text
    assert (
        admin.post("/people/second-factor/reset", data={**form, "reason": " "}).status_code == 422
    )
    assert rosa.post("/people/second-factor/reset", data=form).status_code == 403
    assert admin.post("/people/second-factor/reset", data=form).status_code == 303
    assert not is_in(rosa)
    (event,) = [each for each in recorded(web) if each.action == "reset second factor"]
    assert (event.subject, event.details) == (f"person {reader.id}", {"reason": form["reason"]})


def test_the_command_line_resets_that_of_the_only_admin(
    sqlite_database: Database, settings: Settings
) -> None:
    site = Web(sqlite_database, settings)
    give(site, site.person("Rosa", "admin"))
    reason = "the telephone is broken"
    done = run_command(settings, "user", "reset-second-factor", "rosa", "--reason", reason)
    assert done.exit_code == 0, done.output
    assert site.anonymous().post("/login", data=CREDENTIALS).headers["location"] == "/"


def test_an_admins_key_seals_and_what_was_sealed_before_is_opened(
    site: Web, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rosa, ben = site.person("Rosa", "reader"), site.person("Ben", "reader")
    made = give(site, rosa)
    file = tmp_path_factory.mktemp("keys") / "key"
    file.write_text("k" * 32)
    keyed = Web(site.database, settings.model_copy(update={"second_factor_key": str(file)}))
    assert enter(begin(keyed), code()) == 303
    give(keyed, ben)
    with site.database() as session:
        newer = session.get_one(SecondFactor, ben.id)
        assert keyed.app.state.factor_seals.opened(newer) == SECRET
        with pytest.raises(errors.Refused) as refused:
            site.app.state.factor_seals.opened(newer)
    assert refused.value.where == factor_seals.SETTING
    # Without the key a recovery code still lets in.
    with site.database.begin() as session:
        session.execute(update(SecondFactor).values(seal="another"))
    client = begin(site)
    assert "another key" in client.post("/login/code", data={"code": code()}).text
    assert enter(client, made[0]) == 303
    inside = settings.home / "key"
    inside.write_text("k" * 32)
    with pytest.raises(errors.Refused, match="home"):
        factor_seals.seals_of(settings.model_copy(update={"second_factor_key": str(inside)}))
