"""What a wrong key, a wrong address, and a network that isn't there get: a sentence within ten seconds."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from engine.errors import UserError
from tests.engine.console_scenes import ANOTHER_ACCOUNT, Console
from tests.fakes.rig import Rig
from tests.fakes.wire import garbage, refusal

MakeRig = Callable[..., Rig]
NEW_API = "This key is for Unipile's new API, which Leadloom can't use yet; ask Unipile for v1 access"


@pytest.fixture
def console(make_rig: MakeRig) -> Console:
    return Console(make_rig(people=1))


def add(console: Console, dsn: str = "practice") -> str:
    """Try to add an account; returns what is said, once it is sure that it is a refusal that kept nothing."""
    began = console.rig.clock.monotonic()
    said = console.run("account", "add", "--dsn", dsn, "--json")
    assert said.is_refusal, said
    assert console.rig.clock.monotonic() - began <= 10.1
    assert console.counts()["account"] == 0
    return said.err


def test_a_wrong_key_is_said_and_not_kept(console: Console) -> None:
    console.key = "wrong"
    assert "The key is wrong." in add(console)


@pytest.mark.parametrize("key", ["", "  ", "two words", "kéy", "a\nb"])
def test_what_can_not_be_a_key_is_said_and_not_repeated(console: Console, key: str) -> None:
    console.key = key
    said = add(console)
    assert not key.strip() or key not in said


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "auth.invalid_api_key"), (403, "auth.forbidden"), (404, "not_found")]
)
def test_a_key_of_the_newer_api_is_recognised(console: Console, status: int, kind: str) -> None:
    form = {"object": "Error", "type": f"api/{kind}", "title": "Unauthorized", "status": status}
    console.rig.wire.on("GET", "/accounts", httpx.Response(status, json=form), times=None)
    assert NEW_API in add(console)


def test_the_address_of_the_newer_api_is_recognised(console: Console) -> None:
    said = add(console, "https://api.unipile.com/v2")
    assert "Unipile's new API, which Leadloom can't use yet" in said and "v1 access" in said


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("no route"), httpx.ConnectTimeout("slow"), httpx.ReadTimeout("slow"), garbage(),
        refusal(503, "no_client_session"), refusal(429, "too_many_requests"), httpx.Response(302),
    ],
    ids=["no network", "no connection in time", "time-out", "html", "503", "429", "elsewhere"],
)  # fmt: skip
def test_no_network_and_no_unipile_are_said(console: Console, answer: httpx.Response | Exception) -> None:
    console.rig.wire.on("GET", "/accounts", answer, times=None)
    assert len(add(console).split()) > 4


def test_an_address_that_never_answers_is_given_up_within_ten_seconds(console: Console) -> None:
    console.rig.wire.on("GET", "/accounts", takes_s=60.0, times=None)
    assert "There is no answer from this address." in add(console)


def test_an_address_that_answers_ever_again_without_an_end_is_given_up(console: Console) -> None:
    slow = httpx.Response(503, json={"status": 503, "type": "errors/service_unavailable", "title": "x"})
    console.rig.wire.on("GET", "/accounts", slow, takes_s=4.0, times=None)
    add(console)


def test_a_key_without_any_linkedin_account_is_said(console: Console) -> None:
    nobody = httpx.Response(200, json={"object": "AccountList", "items": [], "cursor": None})
    console.rig.wire.on("GET", "/accounts", nobody, times=None)
    assert "no LinkedIn account is connected" in add(console)


@pytest.mark.parametrize(
    "dsn",
    [
        "example.com", "http://api1.unipile.com:13111", "x", "https://a@b", "", " ", "unipile.com.evil.org",
        "https://api1.unipile.com:13111/api/v1?x=1", "api1.unipile.com:99999", "http://127.1:80", "ftp://api1.unipile.com",
    ],
)  # fmt: skip
def test_an_address_that_is_not_unipiles_is_refused_before_any_request(console: Console, dsn: str) -> None:
    add(console, dsn)
    assert console.rig.wire.seen == []


def test_a_host_of_ones_own_is_said_with_what_to_type(console: Console) -> None:
    assert "--own-host" in add(console, "example.com")


@pytest.mark.parametrize("dsn", ["api1.unipile.com:13111", "https://192.168.1.4", "127.0.0.1.evil.org"])
def test_time_is_not_hurried_for_a_real_address(make_rig: MakeRig, dsn: str) -> None:
    console = Console(make_rig(people=1, speed=10.0))
    said = console.run("account", "add", "--dsn", dsn, "--own-host")
    assert said.is_refusal and "hurried" in said.err
    assert console.rig.wire.seen == []


@pytest.mark.parametrize(
    "dsn", ["http://127.0.0.1:9", "http://127.9.9.9:9", "http://[::1]:9", "localhost:9", "practice"]
)
def test_time_may_be_hurried_for_practice_and_loopback(make_rig: MakeRig, dsn: str) -> None:
    console = Console(make_rig(people=1, speed=10.0))
    assert console.run("account", "add", "--dsn", dsn).code == 0


def test_a_hurried_engine_does_not_start_beside_a_real_account(make_rig: MakeRig) -> None:
    console = Console(make_rig(people=1, speed=10.0))
    console.add_row("account", address="https://api1.unipile.com:13111/api/v1", **ANOTHER_ACCOUNT)
    with pytest.raises(UserError, match="hurried"):
        console.rig.run(console.rig.engine.check_speed())
