"""Reports go to loopback or private addresses, unless an admin says otherwise."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.endpoint.address import parse
from app.endpoint.errors import Unreachable
from app.errors import Refused
from app.outgoing.address import is_private, is_public

STAYS = ("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.7.7")
STAYS_6 = ("::1", "fd12:3456::1", "::ffff:192.168.0.9")
LEAVES = ("8.8.8.8", "172.32.0.1", "192.169.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0")
LEAVES_6 = ("2001:4860:4860::8888", "fe80::1%eth0", "::ffff:8.8.8.8", "::", "ff02::1")

NEITHER = (
    *("169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1"),
    *("fe80::1%eth0", "::", "ff02::1", "::ffff:127.0.0.1", "::7f00:1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1"),
)


@pytest.mark.parametrize("number", STAYS + STAYS_6)
def test_loopback_and_private_addresses_are_told(number: str) -> None:
    assert is_private(number)


@pytest.mark.parametrize("number", LEAVES + LEAVES_6)
def test_every_other_address_is_told(number: str) -> None:
    assert not is_private(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_what_the_internet_routes_is_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize("number", [*STAYS, *STAYS_6, *NEITHER])
def test_what_leads_to_this_machine_the_house_or_nowhere_is_not_public(number: str) -> None:
    assert not is_public(number)


@given(st.ip_addresses(v=4))
def test_no_address_that_the_internet_routes_counts_as_private(
    number: ipaddress.IPv4Address,
) -> None:
    assert not (is_private(str(number)) and number.is_global)
    assert is_private(f"::ffff:{number}") == is_private(str(number))


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://localhost:11434", "/v1/chat/completions"),
        ("http://localhost:11434/", "/v1/chat/completions"),
        ("http://localhost:11434/v1", "/v1/chat/completions"),
        ("http://localhost:11434/v1/", "/v1/chat/completions"),
        (" http://localhost/v1/chat/completions ", "/v1/chat/completions"),
        ("https://models.example/a/b", "/a/b/chat/completions"),
    ],
)
def test_an_address_may_be_written_as_servers_document_it(url: str, path: str) -> None:
    assert parse(url, public=False).path == path


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:11434", "ftp://localhost/", "file:///etc/passwd", "http://", "//localhost"),
        *("http://me:secret@localhost/v1", "http://localhost/v1?key=1", "http://localhost/#x"),
        *("http://localhost:port/", "http://localhost:99999/", "http://[::1/v1"),
        *("http://localhost/v1 HTTP/1.1", "http://localhost/ü"),
    ],
)
def test_what_is_no_address_of_a_server_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(Refused, match="cannot be used") as refused:
        parse(url, public=False)
    assert refused.value.where == "CONDYLE_LLM_URL"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "169.254.169.254"])
def test_a_public_address_is_refused_until_an_admin_allows_it_and_then_over_https_alone(
    host: str,
) -> None:
    for scheme, public in (("http", False), ("https", False), ("http", True)):
        with pytest.raises(Unreachable, match="no report was sent") as refused:
            parse(f"{scheme}://{host}/v1", public).resolved()
        assert refused.value.lasting
    assert parse(f"https://{host}/v1", public=True).resolved() == [host.strip("[]")]


def test_a_name_that_leads_to_two_places_is_refused_where_one_of_them_is_public() -> None:
    address = parse("http://server.example/v1", public=False)
    assert address.allows(["127.0.0.1", "::1"])
    assert not address.allows(["127.0.0.1", "8.8.8.8"])


def test_an_unknown_name_is_said_to_be_unknown() -> None:
    with pytest.raises(Unreachable, match="not known"):
        parse("http://no-such-host.invalid/v1", public=False).resolved()
    with pytest.raises(Unreachable, match="not known"):
        parse(f"http://{'a' * 64}.example/v1", public=False).resolved()
