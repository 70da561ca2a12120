"""Logging in at the hospital's provider, and everything that is not to be believed."""

import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient
from support.audit_log import events_of
from support.providers import CLIENT, SECRET, Claims, OpenIdProvider, a_provider
from support.web import PASSWORD, Web

from app import errors
from app.accounts import confirming, provider_examining
from app.accounts.provider import Provider
from app.accounts.provider_address import allowed
from app.db.engine import Database
from app.db.people import AuditEvent, LogIn, ProviderIdentity, User
from app.outgoing.address import parse
from app.settings import Settings


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with a_provider() as provider:
        yield provider


@pytest.fixture
def chosen(provider: OpenIdProvider, settings: Settings) -> Settings:
    """Settings that name the provider."""
    return settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_roles": "readers=reader, /heads=admin",
        }
    )


@pytest.fixture
def site(sqlite_database: Database, chosen: Settings) -> Web:
    """The application, for what does not depend on the kind of database."""
    return Web(sqlite_database, chosen)


def sent_back(client: TestClient, where: str = "/reads") -> str:
    """Go to the provider, and return the path that it sends the browser back to."""
    left = client.get(f"/login/provider?next={where}")
    assert left.status_code == 303
    try:
        urllib.request.build_opener(_Stay).open(left.headers["location"])
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def comes_in(site: Web) -> TestClient:
    """Return a browser in which somebody went to the provider and came back."""
    client = site.anonymous()
    client.get(sent_back(client))
    return client


def is_in(client: TestClient) -> bool:
    return client.get("/profile").status_code == 200


def recorded(site: Web) -> list[AuditEvent]:
    with site.database() as session:
        return list(events_of(session))


def test_somebody_new_comes_in_with_the_role_of_their_group_and_is_the_same_later(
    database: Database, chosen: Settings, provider: OpenIdProvider
) -> None:
    site = Web(database, chosen)
    site.person("rosa", "admin")
    client = site.anonymous()
    assert "/login/provider?next=" in client.get("/login?next=/reads").text
    back = client.get(sent_back(client))
    assert (back.status_code, back.headers["location"]) == (303, "/reads")
    assert "rosa 2" in client.get("/profile").text
    provider.who |= {"preferred_username": "married", "groups": "heads"}
    again = comes_in(site)
    assert "rosa 2" in again.get("/people").text
    provider.who |= {"sub": "18", "preferred_username": "rosa 2", "groups": ["readers"]}
    assert "rosa 2 2" in comes_in(site).get("/profile").text
    with database() as session:
        assert len(session.scalars(select(User)).all()) == 3
        assert {each.by_provider for each in session.scalars(select(LogIn))} == {True}
    roles = [each.details for each in recorded(site) if each.action == "change role"]
    assert roles == [{"before": "reader", "after": "admin", "provider": True}]


LIES = {
    "another nonce": {"nonce": "x"},
    "no nonce": {"nonce": None},
    "expired": {"exp": int(time.time()) - 3600},
    "no end": {"exp": None},
    "for another": {"aud": "another"},
    "for another, too": {"aud": [CLIENT, "another"]},
    "given to another": {"azp": "another"},
    "of another issuer": {"iss": "http://127.0.0.1/other"},
    "of nobody": {"sub": None},
}


def test_what_is_not_true_is_not_believed(site: Web, provider: OpenIdProvider) -> None:
    for what, change in LIES.items():

        def lie(claims: Claims, change: Claims = change) -> Claims:
            told = claims | change
            return {name: value for name, value in told.items() if value is not None}

        provider.lie = lie
        client = site.anonymous()
        answer = client.get(sent_back(client))
        assert answer.status_code == 403, what
        assert not is_in(client), what
    provider.lie, provider.signs = dict, "another"
    assert not is_in(comes_in(site))
    provider.signs = "first"
    assert is_in(comes_in(site))


def test_a_new_key_of_the_provider_is_asked_for(site: Web, provider: OpenIdProvider) -> None:
    assert is_in(comes_in(site))
    provider.signs, provider.shown = "second", ["second", "first"]
    assert is_in(comes_in(site))


def test_an_unsigned_token_or_one_signed_with_the_secret_is_not_believed(site: Web) -> None:
    client = site.app.state.provider
    for token in ("", "x.y.z", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxNyJ9."):
        with pytest.raises(errors.Forbidden):
            client._signed(token)


def test_a_state_is_good_once_in_the_browser_it_was_given(
    site: Web, provider: OpenIdProvider
) -> None:
    provider.forgetful = True
    client, other = site.anonymous(), site.anonymous()
    path = sent_back(client)
    kept = client.cookies["condyle-provider"]
    assert other.get(path).status_code == 403
    changed = path.replace("state=", "state=x")
    copy = site.anonymous()
    copy.cookies.set("condyle-provider", kept)
    assert copy.get(changed).status_code == 403
    assert client.get(path).status_code == 303
    assert is_in(client)
    replayed = site.anonymous()
    replayed.cookies.set("condyle-provider", kept)
    assert replayed.get(path).status_code == 403
    assert not is_in(replayed)
    foreign = site.anonymous()
    path = sent_back(foreign)
    assert foreign.get(f"{path}&iss=http://127.0.0.1/other").status_code == 403


def test_who_is_in_no_group_stays_out_and_who_leaves_all_is_out(
    site: Web, provider: OpenIdProvider
) -> None:
    inside = comes_in(site)
    assert is_in(inside)
    provider.who["groups"] = ["others"]
    client = site.anonymous()
    answer = client.get(sent_back(client))
    assert answer.status_code == 403
    assert "may not use Condyle" in answer.text
    assert not is_in(inside)
    del provider.who["groups"]
    provider.who["sub"] = "new"
    assert not is_in(comes_in(site))
    with site.database() as session:
        assert len(session.scalars(select(User)).all()) == 1


def test_who_is_deactivated_here_stays_out(site: Web) -> None:
    comes_in(site)
    admin = site.browser("Admin", "admin")
    with site.database() as session:
        rosa = session.scalars(select(ProviderIdentity)).one().user_id
    assert admin.post(f"/people/{rosa}/link").status_code == 409
    assert admin.post(f"/people/{rosa}/role", data={"role": "admin"}).status_code == 409
    assert "at the provider" in admin.get("/people").text
    assert admin.post(f"/people/{rosa}/deactivate").status_code == 303
    assert not is_in(comes_in(site))


def test_local_people_get_in_while_the_provider_is_down(
    site: Web, provider: OpenIdProvider
) -> None:
    site.person("Admin", "admin")
    provider.shutdown()
    provider.server_close()
    client = site.anonymous()
    answer = client.get("/login/provider")
    assert answer.status_code == 503
    assert "there is no connection" in answer.text
    form = {"name": "Admin", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 303
    assert is_in(client)


def test_a_token_is_made_soon_after_the_log_in_and_needs_no_password(site: Web) -> None:
    client = comes_in(site)
    client.headers["X-CSRF-Token"] = csrf(site)
    form = {"name": "nightly", "scopes": ["films"], "days": 30}
    assert client.post("/access/tokens", data=form).status_code == 200
    with site.database.begin() as session:
        row = session.scalars(select(LogIn)).one()
        row.created_at -= confirming.FRESH
    assert client.post("/access/tokens", data=form).status_code == 422


def csrf(site: Web) -> str:
    with site.database() as session:
        return session.scalars(select(LogIn)).one().csrf_token


def test_a_required_second_factor_is_the_providers_matter(
    site: Web, provider: OpenIdProvider
) -> None:
    provider.who["groups"] = ["heads"]
    inside = comes_in(site)
    inside.headers["X-CSRF-Token"] = csrf(site)
    both = {"roles": ["reader", "admin"]}
    assert inside.post("/people/second-factor", data=both).status_code == 303
    assert is_in(inside)
    assert is_in(comes_in(site))


def test_logging_out_leads_to_the_provider(site: Web, provider: OpenIdProvider) -> None:
    client = comes_in(site)
    answer = client.post("/logout", headers={"X-CSRF-Token": csrf(site)})
    assert answer.headers["location"] == "/login/left"
    assert not is_in(client)
    refresh = client.get("/login/left").headers["refresh"]
    address = urlsplit(refresh.removeprefix("0; url="))
    assert address.path.endswith("/end")
    query = parse_qs(address.query)
    assert query["client_id"] == [CLIENT]
    assert query["post_logout_redirect_uri"] == ["http://127.0.0.1:8000/login"]


def test_what_is_on_the_internet_names_nothing_in_the_house() -> None:
    public, private = "93.184.215.14", "10.0.0.5"
    server = parse("https://login.example")
    assert allowed(server, [public], [public])
    assert allowed(server, [private], [private])
    assert not allowed(server, [private], [public])
    assert not allowed(server, ["169.254.169.254"], [private])
    assert not allowed(parse("http://login.example"), [private], [private])
    assert allowed(parse("http://localhost:8080"), ["127.0.0.1"], ["127.0.0.1"])
    assert not allowed(server, [], [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "login.example"},
        {"oidc_roles": ""},
        {"oidc_roles": "a=owner"},
        {"oidc_client_id": ""},
    ],
)
def test_settings_that_make_no_sense_are_refused_at_the_start(
    site: Web, chosen: Settings, wrong: dict[str, str]
) -> None:
    with pytest.raises(errors.Refused):
        Web(site.database, chosen.model_copy(update=wrong))


def test_the_doctor_asks_the_provider(chosen: Settings, provider: OpenIdProvider) -> None:
    (good,) = provider_examining.examine(chosen)
    assert good.good
    assert provider.issuer in good.words
    other = chosen.model_copy(update={"oidc_issuer": f"{provider.issuer}/"})
    assert not next(provider_examining.examine(other)).good
    assert list(provider_examining.examine(Settings(home=chosen.home))) == []
    assert Provider(chosen).issuer == provider.issuer
