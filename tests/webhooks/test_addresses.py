"""Webhooks lead out of the house, or to what an admin has listed in it."""

import pytest

from app.errors import Refused
from app.settings import Settings
from app.webhooks.addresses import allows, listed, read

HOUSE = ("127.0.0.1", "10.1.2.3", "192.168.7.7", "172.16.0.1", "169.254.1.1", "[::1]", "[fe80::1]")


@pytest.mark.parametrize("host", HOUSE)
def test_an_address_in_the_house_is_refused_unless_it_is_listed(host: str) -> None:
    number = host.strip("[]")
    for scheme in ("http", "https"):
        with pytest.raises(Refused, match="Nothing may be sent"):
            read(f"{scheme}://{host}:8080/hook", listed(Settings()))
        networks = listed(Settings(webhook_networks=f"192.0.2.0/24, {number}"))
        assert read(f"{scheme}://{host}:8080/hook", networks).host == number


def test_a_public_address_is_told_over_https_alone() -> None:
    assert read("https://8.8.8.8/hook", ()).host == "8.8.8.8"
    with pytest.raises(Refused, match="Nothing may be sent"):
        read("http://8.8.8.8/hook", ())


def test_a_name_is_refused_where_one_of_the_addresses_it_leads_to_is_in_the_house() -> None:
    server = read("https://server.example/hook", ())
    assert allows(server, ["8.8.8.8", "2001:4860:4860::8888"], ())
    assert not allows(server, ["8.8.8.8", "10.0.0.1"], ())
    assert not allows(server, [], ())
    assert allows(server, ["8.8.8.8", "10.0.0.1"], listed(Settings(webhook_networks="10.0.0.0/8")))


@pytest.mark.parametrize(
    "url",
    [
        *("server.example/hook", "ftp://server.example/", "https://", "//server.example"),
        *("https://me:secret@server.example/", "https://server.example/?key=1"),
        *("https://server.example/#x", "https://server.example:port/", "https://server.example/ü"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(Refused, match="cannot be used") as refused:
        read(url, ())
    assert "secret" not in str(refused.value)


def test_a_list_that_cannot_be_read_names_its_setting() -> None:
    with pytest.raises(Refused) as refused:
        listed(Settings(webhook_networks="10.0.0.5/8"))
    assert refused.value.where == "CONDYLE_WEBHOOK_NETWORKS"
