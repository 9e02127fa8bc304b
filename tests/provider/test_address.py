"""Addresses: what is accepted, and that everything else is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.provider.address import PRACTICE_ADDRESS, parse_address

UNIPILE = "https://api1.unipile.com:13111/api/v1"


@pytest.mark.parametrize(
    "text",
    [
        "api1.unipile.com:13111",
        "https://api1.unipile.com:13111",
        "https://api1.unipile.com:13111/",
        "https://api1.unipile.com:13111/api/v1",
        "api1.unipile.com:13111/api/v1/",
        "  HTTPS://API1.Unipile.COM:13111 \n",
    ],
)
def test_one_address_in_all_its_spellings(text: str) -> None:
    address = parse_address(text)
    assert (address.base_url, address.host, address.port) == (UNIPILE, "api1.unipile.com", 13111)
    assert not address.is_loopback and not address.is_practice
    assert address.origin == "https://api1.unipile.com:13111"


@pytest.mark.parametrize(
    ("text", "base_url", "host"),
    [
        ("127.0.0.1:1234", "http://127.0.0.1:1234/api/v1", "127.0.0.1"),
        ("http://127.8.9.1:1234/api/v1", "http://127.8.9.1:1234/api/v1", "127.8.9.1"),
        ("https://127.0.0.1:1234", "https://127.0.0.1:1234/api/v1", "127.0.0.1"),
        ("localhost:80", "http://localhost:80/api/v1", "localhost"),
        ("localhost", "http://localhost:80/api/v1", "localhost"),
        ("[::1]:99", "http://[::1]:99/api/v1", "::1"),
        ("http://[0:0:0:0:0:0:0:1]:99", "http://[::1]:99/api/v1", "::1"),
    ],
)
def test_loopback_may_go_without_encryption(text: str, base_url: str, host: str) -> None:
    address = parse_address(text)
    assert (address.base_url, address.host, address.is_loopback) == (base_url, host, True)


def test_the_port_defaults_to_that_of_https() -> None:
    assert parse_address("api1.unipile.com").port == 443


@pytest.mark.parametrize("text", ["practice", " Practice ", "http://practice.invalid/api/v1"])
def test_the_practice_account(text: str) -> None:
    assert parse_address(text) is PRACTICE_ADDRESS
    assert PRACTICE_ADDRESS.is_practice and PRACTICE_ADDRESS.base_url == "http://practice.invalid/api/v1"


@pytest.mark.parametrize("text", ["relay.example.org:8443", "https://8.8.8.8:1", "[2001:db8::1]:1", "UNIPILE.com:1"])
def test_own_hosts_only_when_ticked(text: str) -> None:
    with pytest.raises(UserError, match="not a Unipile address"):
        parse_address(text)
    assert parse_address(text, own_host=True).base_url.startswith("https://")


@pytest.mark.parametrize(
    "text",
    ["https://api.unipile.com/v2", "api.unipile.com", "api.unipile.com/v2/accounts", "https://api1.unipile.com:1/v2"],
)
def test_the_newer_api_is_named(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_address(text)
    assert caught.value.title == "This key is for Unipile's new API, which Leadloom can't use yet."
    assert caught.value.advice == "Ask Unipile for v1 access."


BAD = [
    "",
    " ",
    "https://",
    "://api1.unipile.com",
    "ftp://api1.unipile.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "http://api1.unipile.com:13111",
    "http://api1.unipile.com:443",
    "https://user@api1.unipile.com:1",
    "https://user:pw@api1.unipile.com:1",
    "https://@api1.unipile.com:1",
    "https://api1.unipile.com@evil.example:1",
    "https://evil.example#api1.unipile.com",
    "https://evil.example?.unipile.com",
    "https://evil.example/.unipile.com",
    "https://evil.example\\.unipile.com",
    "https://api1.unipile.com.evil.example:1",
    "https://notunipile.com:1",
    "https://xn--unipile-abc.com:1",
    "https://api1.unipile.com.:1",
    "https://.unipile.com:1",
    "https://a..unipile.com:1",
    "https://-a.unipile.com:1",
    "https://ünipile.unipile.com:1",
    "https://api1.unipile.com:0",
    "https://api1.unipile.com:65536",
    "https://api1.unipile.com:",
    "https://api1.unipile.com:-1",
    "https://api1.unipile.com:abc",
    "https://api1.unipile.com:80:90",
    "https://api1.unipile.com:１２３",
    "https://api1.unipile.com:1/api",
    "https://api1.unipile.com:1/api/v1/accounts",
    "https://api1.unipile.com:1/api/v1//",
    "https://api1.unipile.com:1//api/v1",
    "https://api1.unipile.com:1/api/v1?x=1",
    "https://api1.unipile.com:1?",
    "https://api1.unipile.com:1#",
    "api1.uni pile.com:1",
    "api1.unipile\n.com:1",
    "api1.unipile.com:1\0",
    "127.1:1",
    "0x7f.0.0.1:1",
    "0177.0.0.1:1",
    "2130706433:1",
    "127.0.0.256:1",
    "[::1:1",
    "[::1%25eth0]:1",
    "[gg::1]:1",
    "::1",
    "http://0.0.0.0:1",
    "http://[::ffff:127.0.0.1]:1",
    "http://localhost.evil.example:1",
    "http://8.8.8.8:1",
    "a" * 300 + ".unipile.com",
]


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_refused_with_title_and_advice(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_address(text)
    assert caught.value.title.endswith(".") and caught.value.advice
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@given(st.text() | st.from_regex(r"[a-z]{0,5}:?/{0,2}[a-z@:.\[\]0-9]*unipile\.com[:@/\\?#.a-z0-9]*"))
def test_what_is_accepted_points_where_it_may(text: str) -> None:
    try:
        address = parse_address(text)
    except UserError:
        return
    is_unipile = address.host.endswith(".unipile.com") and address.base_url.startswith("https://")
    assert address.is_practice or address.is_loopback or is_unipile
    assert 1 <= address.port <= 65535
