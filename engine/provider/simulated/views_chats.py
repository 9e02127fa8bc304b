"""How conversations, messages and attendees look over the wire. Pure: reads the world, changes nothing.

Source of every field: docs/provider.md and the provider's OpenAPI; fields required there are always present.
"""

from __future__ import annotations

from engine.domain.practice_people import PracticePerson
from engine.provider.simulated.chronicle import Chronicle
from engine.provider.simulated.records import Conversation, InvitationState, Json, StoredMessage, provider_message_id
from engine.provider.simulated.views_people import profile_url
from engine.provider.simulated.wire import moment_text


def chat_json(world: Chronicle, chat: Conversation, newest: StoredMessage | None) -> Json:
    """Show a conversation; `type` 0 is with one person and then names them."""
    is_group = len(chat.others) > 1
    shown: Json = {
        "object": "Chat",
        "id": chat.chat_id,
        "account_id": world.state.account_id,
        "account_type": "LINKEDIN",
        "provider_id": chat.provider_chat_id,
        "name": chat.name,
        "type": 1 if is_group else 0,
        "timestamp": None if newest is None else moment_text(newest.at_ms),
        "unread_count": chat.unread,
        "unread": 1 if chat.unread else 0,
        "archived": 0,
        "pinned": 0,
        "muted_until": None,
        "read_only": 0,
        "disabledFeatures": [],
        "folder": ["INBOX", "INBOX_LINKEDIN_CLASSIC"],
    }
    if not is_group:
        shown["attendee_provider_id"] = chat.others[0]
    return shown


def message_json(world: Chronicle, message: StoredMessage) -> Json:
    """Show a message; `is_sender` is the number 1 or 0."""
    chat = world.conversation(message.chat_id)
    is_ours = message.sender_id == world.state.owner.provider_id
    distance = 1 if is_ours or world.is_connected(message.sender_id) else 2
    return {
        "object": "Message",
        "id": message.message_id,
        "provider_id": provider_message_id("message", message.message_id),
        "chat_id": message.chat_id,
        "chat_provider_id": "" if chat is None else chat.provider_chat_id,
        "account_id": world.state.account_id,
        "text": message.text,
        "timestamp": moment_text(message.at_ms),
        "is_sender": 1 if is_ours else 0,
        "sender_id": message.sender_id,
        "sender_attendee_id": world.attendee_id(message.sender_id),
        "seen": 0,
        "seen_by": {},
        "delivered": 1,
        "hidden": 0,
        "deleted": 0,
        "edited": 0,
        "is_event": 0,
        "behavior": None,
        "attachments": [],
        "reactions": [],
        "subject": None,
        "original": "",
        "message_type": message.kind,
        "attendee_type": "MEMBER",
        "attendee_distance": distance,
    }


def attendee_json(world: Chronicle, person: PracticePerson) -> Json:
    """Show somebody who takes part in conversations; distances are named otherwise than in a profile.

    The owner has none: the provider's Node SDK (1.9) doesn't know SELF, which its OpenAPI allows.
    """
    is_self = person is world.state.owner
    invitation = world.newest_invitation(person.provider_id)
    distance = "DISTANCE_1" if world.is_connected(person.provider_id) else "DISTANCE_2"
    shown: Json = {
        "object": "ChatAttendee",
        "id": world.attendee_id(person.provider_id),
        "account_id": world.state.account_id,
        "provider_id": person.provider_id,
        "name": person.full_name,
        "is_self": 1 if is_self else 0,
        "profile_url": profile_url(person),
        "specifics": {
            "provider": "LINKEDIN",
            "member_urn": f"urn:li:member:{person.member_number}",
            "occupation": person.headline,
            "pending_invitation": invitation is not None and invitation.state is InvitationState.PENDING,
            "location": person.location,
            "headline": person.headline,
        },
    }
    if not is_self:
        shown["specifics"]["network_distance"] = distance
    return shown
