"""The provider's objects as they come, and the neutral values made of them.

It must not decide what a value means for a campaign. A maker returns None for an item that lacks what is needed.
Source of all fields: Unipile's OpenAPI document and captured answers (docs/provider.md).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from engine.provider.base import (
    AccountInfo,
    Chat,
    InvitationState,
    Message,
    OwnProfile,
    Profile,
    Relation,
    SentInvitation,
)
from engine.provider.wire import epoch_ms_or_none, flag_or_none, id_or_none, text_or_none, time_or_none

MEMBER_URN_PREFIX = "urn:li:fsd_profile:"
LINKEDIN = "LINKEDIN"
UNREADABLE_STATUS = "UNREADABLE"
"""Stands for a source whose status can't be read: not OK, so the account counts as not healthy."""
_FIRST_DEGREE = "FIRST_DEGREE"
_INVITATIONS = {
    ("SENT", "PENDING"): InvitationState.SENT_PENDING,
    ("SENT", "WITHDRAWN"): InvitationState.SENT_WITHDRAWN,
    ("SENT", "IGNORED"): InvitationState.SENT_IGNORED,
    ("RECEIVED", "PENDING"): InvitationState.RECEIVED_PENDING,
    ("RECEIVED", "WITHDRAWN"): InvitationState.RECEIVED_OVER,
    ("RECEIVED", "IGNORED"): InvitationState.RECEIVED_OVER,
}


class AccountPayload(msgspec.Struct):
    """An account of any network; only LINKEDIN ones are used."""

    id: str
    type: str
    name: Any = None
    created_at: Any = None
    connection_params: Any = None
    sources: Any = None


class OwnProfilePayload(msgspec.Struct):
    """The answer of users/me."""

    provider_id: str
    public_identifier: Any = None
    first_name: Any = None
    last_name: Any = None
    premium: Any = None


class ProfilePayload(msgspec.Struct):
    """The answer of users/{identifier}."""

    provider_id: str
    public_identifier: Any = None
    first_name: Any = None
    last_name: Any = None
    headline: Any = None
    location: Any = None
    is_relationship: Any = None
    network_distance: Any = None
    connected_at: Any = None
    invitation: Any = None


class SentInvitationPayload(msgspec.Struct):
    """An item of users/invite/sent."""

    id: str
    invited_user_id: Any = None
    invited_user_public_id: Any = None
    invited_user: Any = None
    invitation_text: Any = None


class RelationPayload(msgspec.Struct):
    """An item of users/relations."""

    member_id: Any = None
    member_urn: Any = None
    public_identifier: Any = None
    first_name: Any = None
    last_name: Any = None
    headline: Any = None
    created_at: Any = None


class MessagePayload(msgspec.Struct):
    """An item of a message list."""

    id: str
    chat_id: str
    timestamp: str
    sender_id: str
    is_sender: Any
    text: Any = None
    message_type: Any = None
    is_event: Any = None
    deleted: Any = None


class ChatPayload(msgspec.Struct):
    """A conversation; `type` 0 is one to one."""

    id: str
    type: int
    attendee_provider_id: Any = None
    timestamp: Any = None


class HostedLinkPayload(msgspec.Struct):
    """The address of the hosted log-in."""

    url: str


class ChatSyncPayload(msgspec.Struct):
    """The answer to asking for a fresh copy of a conversation."""

    object: str
    status: Any = None


def linkedin_account(payload: AccountPayload) -> AccountInfo | None:
    """Return the account, None when it has no id or belongs to another network."""
    account_id = id_or_none(payload.id)
    if account_id is None or payload.type != LINKEDIN:
        return None
    login = _part(_part(payload.connection_params).get("im"))
    sources = payload.sources if isinstance(payload.sources, list) else []
    features = login.get("premiumFeatures")
    return AccountInfo(
        account_id=account_id,
        name=text_or_none(payload.name) or text_or_none(login.get("username")) or account_id,
        provider_id=id_or_none(login.get("id")),
        public_identifier=text_or_none(login.get("publicIdentifier")),
        source_statuses=tuple(text_or_none(_part(s).get("status")) or UNREADABLE_STATUS for s in sources),
        premium_features=tuple(f for f in features if isinstance(f, str)) if isinstance(features, list) else (),
        created_at=time_or_none(payload.created_at),
    )


def own_profile(payload: OwnProfilePayload) -> OwnProfile | None:
    """Return the owner's profile, None when it has no id."""
    provider_id = id_or_none(payload.provider_id)
    if provider_id is None:
        return None
    return OwnProfile(
        provider_id=provider_id,
        public_identifier=text_or_none(payload.public_identifier),
        first_name=text_or_none(payload.first_name) or "",
        last_name=text_or_none(payload.last_name) or "",
        is_premium=payload.premium is True,
    )


def profile(payload: ProfilePayload) -> Profile | None:
    """Return a person's profile, None when it has no id."""
    provider_id = id_or_none(payload.provider_id)
    if provider_id is None:
        return None
    return Profile(
        provider_id=provider_id,
        public_identifier=text_or_none(payload.public_identifier),
        first_name=text_or_none(payload.first_name),
        last_name=text_or_none(payload.last_name),
        headline=text_or_none(payload.headline),
        location=text_or_none(payload.location),
        is_connected=_is_connected(payload),
        connected_at=_moment(payload.connected_at),
        invitation=_invitation(payload.invitation),
    )


def sent_invitation(payload: SentInvitationPayload) -> SentInvitation | None:
    """Return an invitation of ours, None when it has no id."""
    invitation_id = id_or_none(payload.id)
    if invitation_id is None:
        return None
    return SentInvitation(
        invitation_id=invitation_id,
        provider_id=id_or_none(payload.invited_user_id),
        public_identifier=text_or_none(payload.invited_user_public_id),
        name=text_or_none(payload.invited_user),
        text=text_or_none(payload.invitation_text),
    )


def relation(payload: RelationPayload) -> Relation | None:
    """Return a connection, None when nothing tells who it is.

    The id is member_id, else the tail of member_urn: captured items lack one of them at times.
    """
    provider_id = id_or_none(payload.member_id)
    if provider_id is None and isinstance(payload.member_urn, str) and payload.member_urn.startswith(MEMBER_URN_PREFIX):
        provider_id = id_or_none(payload.member_urn.removeprefix(MEMBER_URN_PREFIX))
    public_identifier = text_or_none(payload.public_identifier)
    if provider_id is None and public_identifier is None:
        return None
    return Relation(
        provider_id=provider_id,
        public_identifier=public_identifier,
        first_name=text_or_none(payload.first_name),
        last_name=text_or_none(payload.last_name),
        headline=text_or_none(payload.headline),
        connected_at=epoch_ms_or_none(payload.created_at),
    )


def message(payload: MessagePayload) -> Message | None:
    """Return a message, None when its ids, its time or its side are unclear."""
    message_id, chat_id, sender_id = (id_or_none(v) for v in (payload.id, payload.chat_id, payload.sender_id))
    at = time_or_none(payload.timestamp)
    is_ours = flag_or_none(payload.is_sender)
    if message_id is None or chat_id is None or sender_id is None or at is None or is_ours is None:
        return None
    return Message(
        message_id=message_id,
        chat_id=chat_id,
        text=text_or_none(payload.text),
        at=at,
        is_ours=is_ours,
        sender_id=sender_id,
        kind=text_or_none(payload.message_type) or "MESSAGE",
        is_event=flag_or_none(payload.is_event) or False,
        is_deleted=flag_or_none(payload.deleted) or False,
    )


def chat(payload: ChatPayload) -> Chat | None:
    """Return a conversation, None when it has no id."""
    chat_id = id_or_none(payload.id)
    if chat_id is None:
        return None
    return Chat(
        chat_id=chat_id,
        attendee_provider_id=id_or_none(payload.attendee_provider_id),
        kind=payload.type,
        at=time_or_none(payload.timestamp),
    )


def _is_connected(payload: ProfilePayload) -> bool | None:
    distance = text_or_none(payload.network_distance)
    if payload.is_relationship is True or distance == _FIRST_DEGREE:
        return True
    return False if payload.is_relationship is False or distance is not None else None


def _invitation(value: object) -> InvitationState | None:
    """Return the state; what can't be read is OTHER, as "none" would allow another invitation."""
    if value is None:
        return None
    part = _part(value)
    return _INVITATIONS.get((str(part.get("type")), str(part.get("status"))), InvitationState.OTHER)


def _moment(value: object) -> datetime | None:
    return time_or_none(value) or epoch_ms_or_none(value)


def _part(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
