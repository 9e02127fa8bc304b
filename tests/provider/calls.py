"""Every call of the provider, with the answer, the path and the query that belong to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from engine.provider.unipile import UnipileProvider
from tests.provider import captured
from tests.provider.captured import listed

AFTER = datetime(2026, 4, 1, 10, 0, 0, 123_456, tzinfo=UTC)
Ask = Callable[[UnipileProvider], Awaitable[Any]]


READS: dict[str, tuple[Ask, Any, str, dict[str, str]]] = {
    "list_accounts": (
        lambda p: p.list_accounts(),
        listed("AccountList", captured.ACCOUNT, {**captured.ACCOUNT, "id": "w", "type": "WHATSAPP"}),
        "accounts",
        {"limit": "100"},
    ),
    "account": (lambda p: p.account("acc1"), captured.ACCOUNT, "accounts/acc1", {}),
    "own_profile": (lambda p: p.own_profile("acc1"), captured.OWN_PROFILE, "users/me", {"account_id": "acc1"}),
    "profile": (lambda p: p.profile("acc1", "bob-lee"), captured.PROFILE, "users/bob-lee", {"account_id": "acc1"}),
    "sent_invitations": (
        lambda p: p.sent_invitations("acc1", limit=500),
        listed("InvitationList", captured.SENT_INVITATION),
        "users/invite/sent",
        {"account_id": "acc1", "limit": "100"},
    ),
    "relations": (
        lambda p: p.relations("acc1", cursor="next/=&", limit=5000),
        listed("UserRelationsList", captured.RELATION, cursor="more"),
        "users/relations",
        {"account_id": "acc1", "limit": "1000", "cursor": "next/=&"},
    ),
    "messages": (
        lambda p: p.messages("acc1", after=AFTER, limit=0),
        listed("MessageList", captured.MESSAGE),
        "messages",
        {"account_id": "acc1", "limit": "1", "after": "2026-04-01T10:00:00.123Z"},
    ),
    "attendee_messages": (
        lambda p: p.attendee_messages("acc1", "ACoBob", after=AFTER, cursor="c", limit=251),
        listed("MessageList", captured.MESSAGE),
        "chat_attendees/ACoBob/messages",
        {"account_id": "acc1", "limit": "250", "after": "2026-04-01T10:00:00.123Z", "cursor": "c"},
    ),
    "chat": (lambda p: p.chat("acc1", "c1"), captured.CHAT, "chats/c1", {"account_id": "acc1"}),
    "chats": (
        lambda p: p.chats("acc1"),
        listed("ChatList", captured.CHAT),
        "chats",
        {"account_id": "acc1", "limit": "100"},
    ),
    "sync_chat": (
        lambda p: p.sync_chat("acc1", "c1"),
        captured.CHAT_SYNC,
        "chats/c1/sync",
        {"account_id": "acc1"},
    ),
    "hosted_link": (
        lambda p: p.hosted_link(expires_at=AFTER, name="n"),
        captured.HOSTED_LINK,
        "hosted/accounts/link",
        {},
    ),
}
WRITES: dict[str, tuple[Ask, Any]] = {
    "invite": (
        lambda p: p.invite("acc1", "ACoBob", "Hi"),
        {"object": "UserInvitationSent", "invitation_id": "7388453380580417536", "usage": 75},
    ),
    "withdraw": (lambda p: p.withdraw("acc1", "77"), {"object": "InvitationCanceled"}),
    "start_chat": (
        lambda p: p.send_message("acc1", "ACoBob", "Hi"),
        {"object": "ChatStarted", "chat_id": "c1", "message_id": "m1"},
    ),
    "send_message": (
        lambda p: p.send_message("acc1", "ACoBob", "Hi", chat_id="c1"),
        {"object": "MessageSent", "message_id": "m1"},
    ),
    "visit": (lambda p: p.visit("acc1", "ACoBob"), captured.PROFILE),
}
