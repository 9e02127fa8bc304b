"""The reads around a send: the look before it, and the evidence after one that is unknown. Nothing is written here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.domain.ledger import DeliveryKind
from engine.domain.paging import Ended, PageWalk
from engine.domain.replies import CLOCK_TOLERANCE
from engine.errors import Cause, ProviderError
from engine.provider.base import Message, Profile, Provider
from engine.services.sending.arming import FAILED, MISSING, NO_SUCH, Unread
from engine.services.sending.claiming import Claimed
from engine.services.sending.looking import UNCLEAR, Look
from engine.services.sending.reconciling import Evidence
from storage.repositories.deliveries import DeliveryRow

LOOK_DEADLINE_S = 5.0
"""A look older than this is refused at arming, so its requests may not take longer either."""
LOOK_PAGES = 5
PERSONAL = frozenset({Cause.LEAD, Cause.NOT_FOUND, Cause.CONFIG, Cause.PROVIDER, Cause.BROKEN})
"""Troubles that one profile can have while the account works."""


@dataclass(frozen=True, kw_only=True)
class Stale(Exception):
    """The conversation was read, but the copy can't be trusted to be fresh."""

    why: str
    is_missing: bool = False
    """There is a conversation, and the answer held none."""


async def look(provider: Provider, claimed: Claimed, clock: Clock) -> Look:
    """Read what the send depends on, fresh. Raises: ProviderError, Stale."""
    started = clock.monotonic()
    account_id = claimed.account.provider_account_id
    if claimed.row.kind is DeliveryKind.VISIT:
        return Look(started_s=started)
    profile: Profile | None = None
    if claimed.counts_profile_read:
        profile = await provider.profile(account_id, claimed.identifier, deadline_s=LOOK_DEADLINE_S)
    if claimed.row.kind is DeliveryKind.WITHDRAW and profile is not None:
        async with asyncio.timeout(LOOK_DEADLINE_S):
            found = claimed.invitation_id or await invitation_id(provider, account_id, profile.provider_id)
        return Look(started_s=started, profile=profile, invitation_id=found)
    if claimed.row.kind is not DeliveryKind.MESSAGE:
        return Look(started_s=started, profile=profile)
    provider_id = profile.provider_id if profile else claimed.lead_provider_id
    assert provider_id is not None
    since = min(claimed.enrolled_at, claimed.first_contact_at or claimed.enrolled_at) - CLOCK_TOLERANCE
    messages, is_known = await conversation(provider, account_id, provider_id, since, has_chat=claimed.has_chat)
    if not messages and not claimed.has_chat:
        messages = await _of_the_inbox(provider, account_id, provider_id, since, has_inbox=claimed.has_inbox)
    return Look(started_s=started, profile=profile, messages=messages, has_conversation=is_known)


async def _of_the_inbox(
    provider: Provider, account_id: str, provider_id: str, since: datetime, *, has_inbox: bool
) -> tuple[Message, ...]:
    """Look for a person's messages in the inbox, when their conversation is said to be empty or not to be there.

    A throttled provider answers with nothing too. Raises: ProviderError, Stale.
    """
    page = await provider.messages(account_id)
    if has_inbox and not page.items:
        raise Stale(why="the inbox came back empty")
    return tuple(m for m in page.items if m.sender_id == provider_id and not m.is_ours and m.at > since)


async def invitation_id(provider: Provider, account_id: str, person: str) -> str | None:
    """Find an invitation in the sent list: one made by hand, or whose answer was lost. Raises: ProviderError."""
    walk, cursor = PageWalk(), None
    while True:
        page = await provider.sent_invitations(account_id, cursor=cursor)
        found = next((i.invitation_id for i in page.items if i.provider_id == person), None)
        if found or walk.observe(
            [i.invitation_id for i in page.items], page.cursor, has_known=False, body_bytes=page.body_bytes
        ):
            return found
        cursor = page.cursor


async def conversation(
    provider: Provider, account_id: str, provider_id: str, since: datetime, *, has_chat: bool
) -> tuple[tuple[Message, ...], bool]:
    """Read a person's messages after `since`, whole and fresh. Raises: ProviderError, Stale.

    `has_chat`: there is a conversation, so that an answer without any message of it can't be the whole.
    """
    await need_healthy(provider, account_id)
    items, is_known = await _pages(provider, account_id, provider_id, since, has_chat=has_chat)
    chats = {m.chat_id for m in items}
    if len(chats) == 1 and await provider.sync_chat(account_id, next(iter(chats))):
        return await _pages(provider, account_id, provider_id, since, has_chat=has_chat)
    await need_healthy(provider, account_id)
    return items, is_known


async def need_healthy(provider: Provider, account_id: str) -> None:
    """Make sure that the account works. Raises: ProviderError."""
    info = await provider.account(account_id)
    if not info.is_healthy:
        raise ProviderError(
            Cause.ACCOUNT, f"the account is not connected ({', '.join(info.source_statuses) or 'no state'})"
        )


async def _pages(
    provider: Provider, account_id: str, provider_id: str, since: datetime, *, has_chat: bool
) -> tuple[tuple[Message, ...], bool]:
    """Read page by page, the newest message first; of a known conversation older ones too, as the proof of a whole."""
    walk, items, cursor = PageWalk(page_cap=LOOK_PAGES), list[Message](), None
    after = None if has_chat else since
    while True:
        page = await provider.attendee_messages(
            account_id, provider_id, after=after, cursor=cursor, deadline_s=LOOK_DEADLINE_S
        )
        if has_chat and cursor is None and not page.items:
            raise Stale(why="the conversation came back empty", is_missing=True)
        if not page.is_known:
            return (), False
        if page.bad_items:
            raise Stale(why="a message could not be understood", is_missing=True)
        items += [m for m in page.items if m.at > since]
        if page.items and page.items[-1].at <= since:
            return tuple(items), True
        ended = walk.observe(
            [m.message_id for m in page.items], page.cursor, has_known=False, body_bytes=page.body_bytes
        )
        if ended is Ended.END:
            return tuple(items), True
        if ended is not None:
            raise Stale(why="the conversation could not be read to its end", is_missing=True)
        cursor = page.cursor


async def evidence_for(
    provider: Provider, account_id: str, row: DeliveryRow, provider_id: str, armed_at: datetime, *, has_chat: bool
) -> Evidence:
    """Read what can settle an unknown row. Never raises a provider's error: then the evidence is not valid."""
    try:
        if row.kind in (DeliveryKind.MESSAGE, DeliveryKind.REPLY):
            since = armed_at - CLOCK_TOLERANCE - timedelta(minutes=1)
            items, _ = await conversation(provider, account_id, provider_id, since, has_chat=has_chat)
            return Evidence(is_valid=True, messages=items)
        await need_healthy(provider, account_id)
        try:
            profile = await provider.profile(account_id, provider_id)
        except ProviderError as error:
            return unread(error)
        await need_healthy(provider, account_id)
        return _of_profile(profile, provider_id)
    except ProviderError as error:
        return Evidence(is_valid=False, why_not=error.title)
    except Stale as error:
        return Evidence(is_valid=False, why_not=error.why)


def _of_profile(profile: Profile, provider_id: str) -> Evidence:
    if profile.provider_id != provider_id:
        return Evidence(is_valid=False, is_gone=True, why_not="another person came back")
    why_not = "" if profile.is_clear else UNCLEAR
    return Evidence(is_valid=profile.is_clear, is_unreadable=not profile.is_clear, profile=profile, why_not=why_not)


def unreadable(claimed: Claimed, error: Exception) -> Unread | None:
    """Return what of a person can't be read, when a look may have failed for their own sake."""
    what = "the conversation with them" if claimed.row.kind is DeliveryKind.MESSAGE else "their profile"
    if isinstance(error, Stale):
        return Unread(what=what, weight=MISSING) if error.is_missing else None
    cause = getattr(error, "cause", Cause.NONE)
    if cause is Cause.NOT_FOUND:
        return Unread(what=what, weight=NO_SUCH)
    return Unread(what=what, weight=FAILED) if cause in PERSONAL else None


def unread(error: ProviderError) -> Evidence:
    """Return what a person's profile that could not be read says of them."""
    return Evidence(
        is_valid=False,
        is_gone=error.cause is Cause.LEAD,
        is_unreadable=error.cause in PERSONAL,
        why_not=error.title,
    )
