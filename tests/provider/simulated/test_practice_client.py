"""The same client that talks to the provider, over the practice transport: every method of the protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from engine.clock import SystemClock
from engine.domain.practice_people import Character
from engine.errors import Cause, ProviderError
from engine.provider.address import PRACTICE_ADDRESS
from engine.provider.base import InvitationState, Verdict
from engine.provider.secret import Secret
from engine.provider.simulated.api import KEY
from engine.provider.simulated.faults import PROFILES
from engine.provider.simulated.transport import PracticeTransport
from engine.provider.unipile import UnipileProvider
from tests.provider.simulated.practising import MONDAY, Practice


def using(practice: Practice, use: Callable[[UnipileProvider], Awaitable[None]], key: str = KEY) -> None:
    """Run a test with a client of this practice LinkedIn."""

    async def run() -> None:
        transport = PracticeTransport(practice.api)
        provider = UnipileProvider(PRACTICE_ADDRESS, Secret(key), clock=SystemClock(), transport=transport)
        try:
            await use(provider)
        finally:
            await provider.aclose()

    asyncio.run(run())


def test_the_client_reads_everything(practice: Practice) -> None:
    async def use(provider: UnipileProvider) -> None:
        (account,) = await provider.list_accounts()
        assert account.is_healthy and account.account_id == practice.account
        assert await provider.account(account.account_id) == account
        own = await provider.own_profile(account.account_id)
        assert (own.provider_id, own.is_premium) == (account.provider_id, False)
        relations = await provider.relations(account.account_id, limit=100)
        assert len(relations.items) == 41 and relations.cursor is None and relations.bad_items == 0
        sent = await provider.sent_invitations(account.account_id)
        assert len(sent.items) == 3
        messages = await provider.messages(account.account_id, after=MONDAY - timedelta(days=2000))
        assert len(messages.items) > 9 and messages.bad_items == 0
        chats = await provider.chats(account.account_id)
        assert {chat.kind for chat in chats.items} == {0, 1}
        assert await provider.chat(account.account_id, chats.items[0].chat_id) == chats.items[0]
        assert await provider.sync_chat(account.account_id, chats.items[0].chat_id)
        assert provider.server_clock is not None and abs(provider.server_clock.offset_s) < 5

    using(practice, use)


def test_the_client_takes_a_lead_through_a_campaign(practice: Practice) -> None:
    person = practice.who(Character.RENAMED)
    assert person.old_slug
    old_slug = person.old_slug

    async def use(provider: UnipileProvider) -> None:
        account = practice.account
        found = await provider.profile(account, old_slug)
        assert (found.provider_id, found.public_identifier) == (person.provider_id, person.public_identifier)
        assert not found.is_connected and found.invitation is None
        too_early = await provider.send_message(account, found.provider_id, "Hello")
        assert too_early.cause is Cause.NOT_CONNECTED and too_early.verdict in (Verdict.NOT_SENT, Verdict.REFUSED)
        unknown = await provider.attendee_messages(account, found.provider_id)
        assert not unknown.is_known
        invited = await provider.invite(account, found.provider_id, None)
        assert invited.verdict is Verdict.SENT
        assert (await provider.invite(account, found.provider_id, None)).verdict is Verdict.GOAL_CHECK
        assert (await provider.profile(account, found.provider_id)).invitation is InvitationState.SENT_PENDING
        practice.time.go(hours=21)
        assert (await provider.relations(account, limit=1)).items[0].provider_id == found.provider_id
        sent = await provider.send_message(account, found.provider_id, "Hello\nthere")
        assert sent.verdict is Verdict.SENT and sent.chat_id
        again = await provider.send_message(account, found.provider_id, "And more", chat_id=sent.chat_id)
        assert again.verdict is Verdict.SENT
        talk = await provider.attendee_messages(account, found.provider_id)
        assert [message.text for message in talk.items] == ["And more", "Hello\nthere"]
        assert (await provider.visit(account, found.provider_id)).verdict is Verdict.SENT

    using(practice, use)
    assert [e.kind.value for e in practice.world.state.effects] == ["invite", "message", "message", "visit"]


def test_the_client_withdraws(practice: Practice) -> None:
    async def use(provider: UnipileProvider) -> None:
        person = practice.who(Character.NEVER_ACCEPTS)
        invited = await provider.invite(practice.account, person.provider_id, None)
        assert invited.object_id
        assert (await provider.withdraw(practice.account, invited.object_id)).verdict is Verdict.SENT

    using(practice, use)


def test_a_wrong_key_is_said(practice: Practice) -> None:
    async def use(provider: UnipileProvider) -> None:
        with pytest.raises(ProviderError) as caught:
            await provider.list_accounts()
        assert caught.value.cause is Cause.KEY

    using(practice, use, key="wrong")


@pytest.mark.parametrize("share", ["writes_lost_after", "writes_lost_before"])
def test_no_lost_answer_ever_proves_that_nothing_was_sent(share: str) -> None:
    practice = Practice(people=60, faults=replace(PROFILES["calm"], **{share: 1.0}))
    willing = [p for p in practice.world.state.people[:60] if p.character is Character.NEVER_ACCEPTS]

    async def use(provider: UnipileProvider) -> None:
        results = [await provider.invite(practice.account, p.provider_id, None) for p in willing]
        assert {result.verdict for result in results} == {Verdict.UNKNOWN}

    using(practice, use)
    assert len(practice.world.state.effects) == (len(willing) if share == "writes_lost_after" else 0)


def test_an_unplugged_transport_lets_no_byte_out(practice: Practice) -> None:
    async def run() -> None:
        transport = PracticeTransport(practice.api)
        transport.is_reachable = False
        async with httpx.AsyncClient(transport=transport) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("http://practice.invalid/api/v1/accounts")

    asyncio.run(run())
    assert practice.api.faults.counts.gets == 0


def test_a_change_is_told_before_its_answer(practice: Practice) -> None:
    told: list[int] = []
    friend = practice.who(Character.ALREADY_CONNECTED)

    async def run() -> None:
        async def tell() -> None:
            told.append(len(practice.world.state.effects))

        transport = PracticeTransport(practice.api, on_effect=tell)
        async with httpx.AsyncClient(transport=transport, headers={"X-API-KEY": KEY}) as client:
            body = {"account_id": practice.account, "attendees_ids": [friend.provider_id], "text": "Hello"}
            await client.get("http://practice.invalid/api/v1/accounts")
            await client.post("http://practice.invalid/api/v1/chats", json=body)

    asyncio.run(run())
    assert told == [1]
