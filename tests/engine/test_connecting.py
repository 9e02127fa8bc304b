"""Connecting LinkedIn: a key is checked, a log-in in the browser is waited for, and nothing is kept before that."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from engine.errors import Topic, UserError
from engine.provider.simulated.api import KEY
from engine.services import connecting
from engine.services.accounts import AddedAccounts
from engine.services.connecting import LogIn
from tests.fakes.rig import Rig
from tests.fakes.wire import refusal

ADDRESS = "https://api1.unipile.com:13111"
NONE_THERE = {"object": "AccountList", "items": [], "cursor": None}
MakeRig = Callable[..., Rig]


def names(rig: Rig) -> list[str]:
    return [line.name for line in rig.run(rig.engine.services.accounts.list())]


def without_account(rig: Rig, times: int | None = 1) -> LogIn:
    rig.wire.on("GET", "/accounts", httpx.Response(200, json=NONE_THERE), times=times)
    found = rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    assert isinstance(found, LogIn)
    return found


def test_who_is_connected_already_needs_no_log_in(make_rig: MakeRig) -> None:
    rig = make_rig()
    added = rig.run(rig.engine.services.connecting.try_key(ADDRESS, f" {KEY} "))
    assert isinstance(added, AddedAccounts) and list(added.names) == names(rig)


def test_a_key_without_linkedin_asks_for_a_log_in_and_keeps_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    log_in = without_account(rig)
    assert log_in.known == frozenset() and KEY not in repr(log_in)
    assert names(rig) == []
    assert rig.run(rig.engine.ctx.connections.credentials.load(log_in.address)) is None


def test_the_account_appears_by_itself_after_the_log_in(make_rig: MakeRig) -> None:
    rig = make_rig()
    log_in = without_account(rig, times=4)
    rig.wire.on("GET", "/accounts", httpx.ConnectError("down"), times=2)
    before = rig.clock.monotonic()
    added = rig.run(rig.engine.services.connecting.wait_for_log_in(log_in))
    assert list(added.names) == names(rig)
    assert rig.clock.monotonic() - before >= 5 * connecting.LOOK_EVERY_S
    assert rig.run(rig.engine.ctx.connections.credentials.load(log_in.address)) == KEY


def test_an_account_that_is_still_being_set_up_is_waited_for(make_rig: MakeRig) -> None:
    rig = make_rig()
    log_in = without_account(rig)
    rig.world.state.account_status = "CONNECTING"

    async def wait() -> AddedAccounts:
        waiting = asyncio.ensure_future(rig.engine.services.connecting.wait_for_log_in(log_in))
        await rig.clock.pause(10 * connecting.LOOK_EVERY_S)
        assert not waiting.done()
        rig.world.state.account_status = "OK"
        return await waiting

    assert list(rig.run(wait()).names) == names(rig)


def test_nobody_is_waited_for_longer_than_the_page_lasts(make_rig: MakeRig) -> None:
    rig = make_rig()
    log_in = without_account(rig, times=None)
    with pytest.raises(UserError, match="Open the log-in page again"):
        rig.run(rig.engine.services.connecting.wait_for_log_in(log_in))
    assert names(rig) == []


def test_an_account_that_is_here_already_asks_for_another_one(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    again = rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    assert isinstance(again, LogIn) and list(again.names) == names(rig) and len(again.known) == 1


def test_the_log_in_page_is_of_the_provider_and_for_the_account(make_rig: MakeRig) -> None:
    rig = make_rig()
    sent: list[Any] = []
    hand_on = rig.wire.handle_async_request

    async def note(request: httpx.Request) -> httpx.Response:
        sent.extend([request.content] if request.method == "POST" else [])
        return await hand_on(request)

    rig.wire.handle_async_request = note  # type: ignore[method-assign]
    services = rig.engine.services
    page = rig.run(services.connecting.log_in_page(without_account(rig)))
    assert page.startswith("https://") and b'"create"' in sent[0]
    rig.run(services.connecting.try_key(ADDRESS, KEY))
    again = rig.run(services.connecting.again(names(rig)[0]))
    rig.run(services.connecting.log_in_page(again))
    assert b'"reconnect"' in sent[1] and again.again.encode() in sent[1]


def test_an_account_goes_on_once_linkedin_answers_again(make_rig: MakeRig) -> None:
    rig = make_rig()
    services = rig.engine.services
    rig.run(services.connecting.try_key(ADDRESS, KEY))
    rig.world.state.account_status = "CREDENTIALS"
    rig.run(services.accounts.add(ADDRESS, KEY))
    assert rig.one("SELECT status FROM account") == "disconnected"
    log_in = rig.run(services.connecting.again(names(rig)[0]))
    rig.world.state.account_status = "OK"
    assert list(rig.run(services.connecting.wait_for_log_in(log_in)).names) == names(rig)
    assert rig.one("SELECT status FROM account") == "ok"


def test_what_is_wrong_with_a_key_says_so(make_rig: MakeRig) -> None:
    rig = make_rig()
    for key in ("wrong", "  "):
        with pytest.raises(UserError) as refused:
            rig.run(rig.engine.services.connecting.try_key(ADDRESS, key))
        assert refused.value.topic is Topic.KEY
    newer = {"object": "Error", "type": "api/unauthorized", "status": 401, "title": "Unauthorized"}
    rig.wire.on("GET", "/accounts", httpx.Response(401, json=newer))
    with pytest.raises(UserError, match="new API") as refused:
        rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    assert refused.value.topic is Topic.NEW_API


def test_a_key_that_is_taken_away_meanwhile_ends_the_wait(make_rig: MakeRig) -> None:
    rig = make_rig()
    log_in = without_account(rig)
    rig.wire.on("GET", "/accounts", refusal(401, "missing_credentials"))
    with pytest.raises(UserError) as refused:
        rig.run(rig.engine.services.connecting.wait_for_log_in(log_in))
    assert refused.value.topic is Topic.KEY


def test_a_key_that_would_take_the_place_of_one_in_use_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    rig.wire.on("GET", "/accounts", httpx.Response(200, json=NONE_THERE))
    with pytest.raises(UserError, match="another Unipile account") as refused:
        rig.run(rig.engine.services.connecting.try_key(ADDRESS, KEY))
    assert refused.value.topic is Topic.KEY_IN_USE


def test_an_address_is_read_as_typed_and_reaches_for_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    read = rig.engine.services.connecting.read_address
    assert read(" https://API1.unipile.com:13111/api/v1/ ") == "api1.unipile.com:13111"
    for text, topic in (("leads.example.com", Topic.OWN_HOST), ("api.unipile.com/v2", Topic.NEW_API)):
        with pytest.raises(UserError) as refused:
            read(text)
        assert refused.value.topic is topic
    assert rig.wire.seen == []


def test_a_key_that_is_added_again_by_hand_is_used_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.run(rig.engine.services.accounts.add(ADDRESS, KEY))
    first = rig.run(rig.engine.ctx.connections.provider(rig.one("SELECT address FROM account LIMIT 1")))
    rig.run(rig.engine.services.accounts.add(ADDRESS, KEY))
    address = rig.one("SELECT address FROM account LIMIT 1")
    assert rig.run(rig.engine.ctx.connections.provider(address)) is not first
    others = "UPDATE account SET provider_account_id = 'of another customer'"
    rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(others))
    with pytest.raises(UserError, match="another Unipile account"):
        rig.run(rig.engine.services.accounts.add(ADDRESS, KEY))
