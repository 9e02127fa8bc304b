"""Answers as Unipile gives them, with names changed: what the tests of reading start from."""

from __future__ import annotations

from typing import Any

ACCOUNT: dict[str, Any] = {
    "object": "Account",
    "id": "acc1",
    "name": "Jane Doe",
    "type": "LINKEDIN",
    "created_at": "2026-07-01T12:50:22.378Z",
    "connection_params": {
        "im": {
            "id": "ACoOwn",
            "publicIdentifier": "jane-doe",
            "username": "Jane Doe",
            "connection_method": "credentials",
            "premiumId": None,
            "premiumFeatures": ["sales_navigator"],
            "organizations": [{"name": "Acme", "messaging_enabled": True}],
            "proxy": {"country": "ES"},
        }
    },
    "sources": [{"id": "acc1_MESSAGING", "status": "OK"}],
    "groups": [],
}
OWN_PROFILE: dict[str, Any] = {
    "object": "AccountOwnerProfile",
    "provider": "LINKEDIN",
    "provider_id": "ACoOwn",
    "public_identifier": "jane-doe",
    "first_name": "Jane",
    "last_name": "Doe",
    "premium": True,
    "recruiter": None,
}
PROFILE: dict[str, Any] = {
    "object": "UserProfile",
    "provider": "LINKEDIN",
    "provider_id": "ACoBob",
    "public_identifier": "bob-lee",
    "member_urn": "119375570",
    "first_name": "Bob",
    "last_name": "Lee",
    "headline": "Head of X",
    "location": "Paris",
    "is_relationship": False,
    "network_distance": "SECOND_DEGREE",
    "connected_at": None,
    "invitation": {"type": "SENT", "status": "PENDING"},
    "websites": [],
}
SENT_INVITATION: dict[str, Any] = {
    "object": "InvitationSent",
    "id": "7449262477600571392",
    "date": "Sent 2 months ago",
    "parsed_datetime": "2026-05-01T13:32:38.772Z",
    "invitation_text": None,
    "invited_user": "Bob Lee",
    "invited_user_id": "ACoBob",
    "invited_user_public_id": "bob-lee",
    "invited_user_description": "Head of X",
}
RELATION: dict[str, Any] = {
    "object": "UserRelation",
    "first_name": "Bob",
    "last_name": "Lee",
    "headline": "Head of X",
    "public_identifier": "bob-lee",
    "created_at": 1782818741000,
    "member_id": "ACoBob",
    "member_urn": "urn:li:fsd_profile:ACoBob",
    "connection_urn": "urn:li:fsd_connection:ACoBob",
}
MESSAGE: dict[str, Any] = {
    "object": "Message",
    "id": "m1",
    "chat_id": "c1",
    "account_id": "acc1",
    "text": "Hello",
    "timestamp": "2026-04-12T19:09:31.566Z",
    "is_sender": 0,
    "sender_id": "ACoBob",
    "deleted": 0,
    "is_event": 0,
    "attachments": [],
    "message_type": "MESSAGE",
}
CHAT: dict[str, Any] = {
    "object": "Chat",
    "id": "c1",
    "account_id": "acc1",
    "attendee_provider_id": "ACoBob",
    "name": None,
    "type": 0,
    "timestamp": "2026-06-26T07:55:47.000Z",
}
HOSTED_LINK: dict[str, Any] = {"object": "HostedAuthURL", "url": "https://account.unipile.com/abc"}
CHAT_SYNC: dict[str, Any] = {"object": "ChatHistorySync", "chat_id": "c1", "status": "SYNC_DONE"}


def listed(object_name: str, *items: Any, cursor: str | None = None) -> dict[str, Any]:
    """Return a page of a list."""
    return {"object": object_name, "items": list(items), "cursor": cursor}
