"""Second factors: codes of an app and recovery codes, and the log-in they belong to."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select, update
from support.second_factors import (
    CREDENTIALS,
    SECRET,
    STEP,
    begin,
    code,
    codes_on,
    enter,
    give,
    is_in,
    recorded,
    secret_on,
    value_on,
)
from support.web import PASSWORD, Web

from app import errors, log_ins
from app.accounts import attempts, begun, links, recovery_codes, second_factor, totp
from app.db.engine import Database
from app.db.people import (
    BegunLogIn,
    FailedLogIns,
    LogIn,
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


def test_who_sets_one_up_needs_a_code_at_the_next_log_in(web: Web) -> None:
    rosa, elsewhere = web.browser("Rosa"), web.browser("Rosa")
    page = rosa.post("/second-factor/begin").text
    secret, offered = secret_on(page), value_on(page, "offered")
    assert "<svg" in page
    form = {"password": PASSWORD, "offered": offered, "code": code(0, secret)}
    for wrong in ({"password": "no"}, {"code": "000000"}, {"offered": "x"}, {"offered": "eA=="}):
        refused = rosa.post("/second-factor", data={**form, **wrong})
        assert refused.status_code == 422
        assert codes_on(refused.text) == []
    made = codes_on(rosa.post("/second-factor", data=form).text)
    assert len(set(made)) == recovery_codes.NUMBER
    assert "10 recovery codes are left" in rosa.get("/second-factor").text
    assert "a code besides the password" in rosa.get("/profile").text
    assert not is_in(elsewhere)
    client = web.anonymous()
    answer = client.post("/login", data={**CREDENTIALS, "next": "/reads"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/code?next=%2Freads")
    assert not is_in(client)
    assert enter(client, form["code"]) == 401  # It was used to set the factor up.
    done = client.post("/login/code", data={"code": code(1, secret), "next": "/reads"})
    assert (done.status_code, done.headers["location"]) == (303, "/reads")
    assert is_in(client)
    actions = [event.action for event in recorded(web)]
    assert actions[-3:] == ["enter password", "fail to enter code", "log in"]
    assert "set up second factor" in actions


def test_secrets_and_recovery_codes_are_not_in_the_database(web: Web) -> None:
    made = give(web, web.person("Rosa", "reader"))
    with web.database() as session:
        factor = session.scalars(select(SecondFactor)).one()
        digests = set(session.scalars(select(RecoveryCode.code_digest)))
        assert SECRET not in factor.sealed
        assert not digests & set(made)
        assert web.app.state.factor_seals.opened(factor) == SECRET
        factor.user_id += 1
        with pytest.raises(errors.Refused):
            web.app.state.factor_seals.opened(factor)


def test_no_code_is_good_twice_and_none_that_is_older(web: Web) -> None:
    give(web, web.person("Rosa", "reader"))
    first, second = begin(web), begin(web)
    older, newer = code(0), code(1)
    assert enter(first, newer) == 303
    assert enter(second, newer) == 401
    assert enter(second, older) == 401
    assert not is_in(second)


def test_a_step_is_accepted_once_also_where_two_ask_at_once(web: Web) -> None:
    rosa = web.person("Rosa", "reader")
    give(web, rosa)
    step = totp.step_of(SECRET, code(), datetime.now(UTC))
    assert step is not None
    with web.database.begin() as session:
        assert second_factor.is_newer(session, rosa.id, step)
        assert not second_factor.is_newer(session, rosa.id, step)
        assert not second_factor.is_newer(session, rosa.id, step - 1)
        assert second_factor.is_newer(session, rosa.id, step + 1)


def test_a_clock_may_be_wrong_by_one_step_and_not_by_two() -> None:
    at = datetime(2026, 11, 30, 1, 2, 3, tzinfo=UTC)
    present = pyotp.TOTP(SECRET).timecode(at)
    for steps in range(-3, 4):
        typed = pyotp.TOTP(SECRET).at(at + steps * STEP)
        expected = present + steps if abs(steps) <= 1 else None
        assert totp.step_of(SECRET, typed, at) == expected


def test_codes_are_those_of_rfc_6238() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", appendix B
    for seconds, right in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, UTC)
        assert totp.step_of(secret, right, at) == seconds // 30


def test_a_recovery_code_lets_in_once(web: Web) -> None:
    made = give(web, web.person("Rosa", "reader"))
    first, second = begin(web), begin(web)
    assert enter(first, made[0].upper().replace("-", " ")) == 303
    assert is_in(first)
    assert enter(second, made[0]) == 401
    assert enter(second, made[1]) == 303
    used = [event.details for event in recorded(web) if event.action == "use recovery code"]
    assert [each["left"] for each in used] == [9, 8]


def test_somebody_elses_recovery_code_lets_nobody_in(site: Web) -> None:
    give(site, site.person("Rosa", "reader"))
    theirs = give(site, site.person("Ben", "reader"))
    assert enter(begin(site), theirs[0]) == 401
    with site.database() as session:
        assert session.scalars(select(RecoveryCode.used_at).distinct()).all() == [None]


@pytest.mark.usefixtures("long_locks")
def test_codes_cannot_be_tried_out_from_many_addresses(site: Web) -> None:
    made = give(site, site.person("Rosa", "reader"))
    for last in range(attempts.FREE_FAILURES + 1):
        assert enter(begin(site, f"203.0.113.{last}"), "000000") == 401
    other = begin(site, "192.0.2.1")
    assert enter(other, made[0]) == 401
    locked = [each.details["locked"] for each in recorded(site) if "fail" in each.action]
    assert locked == [False] * (attempts.FREE_FAILURES + 1) + [True]
    with site.database.begin() as session:
        session.execute(update(FailedLogIns).values(locked_until=now() - timedelta(minutes=1)))
    assert enter(other, made[0]) == 303
    # A browser that she logged in with is not kept out by others.
    for _ in range(attempts.FREE_FAILURES + 1):
        enter(begin(site), "000000")
    assert enter(begin(site), made[1]) == 401
    other.cookies.set(begun.COOKIE, begin(site).cookies[begun.COOKIE])
    assert enter(other, made[1]) == 303


def test_what_has_begun_opens_nothing_and_ends(site: Web) -> None:
    made = give(site, site.person("Rosa", "reader"))
    client = begin(site)
    token = client.cookies[begun.COOKIE]
    client.cookies.set("condyle", token)
    assert not is_in(client)
    bearer = {"Authorization": f"Bearer {token}"}
    assert site.anonymous().get("/api/v1/log-ins", headers=bearer).status_code == 401
    with site.database.begin() as session:
        late = now() - timedelta(seconds=1)
        session.execute(update(BegunLogIn).values(expires_at=late))
    late_answer = client.post("/login/code", data={"code": made[0]})
    assert late_answer.headers["location"].startswith("/login?")
    client = begin(site)
    with site.database.begin() as session:
        rosa = session.scalars(select(User)).one()
        links.give_password(session, rosa, rosa.password_hash or "")
    assert client.post("/login/code", data={"code": made[0]}).headers["location"] != "/"


def test_a_new_password_by_a_link_does_not_replace_the_code(web: Web) -> None:
    rosa = web.person("Rosa", "reader")
    give(web, rosa)
    with web.database.begin() as session:
        token = links.new_link(session, session.get_one(User, rosa.id))
    guest = web.anonymous()
    form = {"password": "quite another secret", "repeated": "quite another secret"}
    answer = guest.post(f"/welcome/{token}", data=form)
    assert answer.headers["location"] == "/login/code?next=%2F"
    assert not is_in(guest)
    assert enter(guest, code()) == 303
    assert is_in(guest)


def test_a_program_sends_the_code_along_and_its_token_needs_none(web: Web) -> None:
    give(web, web.person("Rosa", "reader"))
    client = web.anonymous()
    missing = client.post("/api/v1/login", json=CREDENTIALS)
    assert (missing.status_code, missing.json()["where"]) == (401, "code")
    wrong = client.post("/api/v1/login", json={**CREDENTIALS, "code": "000000"})
    assert wrong.status_code == 401
    assert "token" not in wrong.json()
    right = client.post("/api/v1/login", json={**CREDENTIALS, "code": code()})
    assert right.status_code == 200
    assert web.program("Rosa", "films").get("/api/v1/guideline").status_code == 200


def test_a_log_in_by_code_is_one_like_any_other(site: Web) -> None:
    give(site, site.person("Rosa", "reader"))
    client = begin(site)
    done = client.post("/login/code", data={"code": code()})
    assert any('condyle-begun=""' in each for each in done.headers.get_list("set-cookie"))
    with site.database() as session:
        kept = session.scalars(select(LogIn)).one()
        assert session.scalars(select(BegunLogIn)).all() == []
    assert log_ins.digest(client.cookies["condyle"]) == kept.token_digest
