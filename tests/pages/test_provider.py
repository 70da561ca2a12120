"""Logging in and out at a provider in a real browser, which keeps to our content policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from support.providers import CLIENT, SECRET, OpenIdProvider, a_provider
from support.reading_room import Server

from app.settings import Settings


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with a_provider() as provider:
        yield provider


@pytest.mark.usefixtures("sqlite_database")
def test_a_browser_goes_to_the_provider_comes_back_and_logs_out_at_both(
    settings: Settings, provider: OpenIdProvider, page: Page
):
    chosen = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_roles": "readers=reader",
    }
    server = Server(settings.model_copy(update=chosen))
    server.settings.public_url = server.url
    try:
        page.goto(f"{server.url}/profile")
        page.get_by_role("link", name="Use the hospital's log-in").click()
        expect(page.get_by_role("heading", name="rosa")).to_be_visible()
        expect(page.get_by_role("link", name="Change your password")).to_have_count(0)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.wait_for_url(f"{server.url}/login")
        assert [query["client_id"] for query in provider.ended] == [CLIENT]
    finally:
        server.stop()
