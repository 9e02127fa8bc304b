"""How accounts, profiles, invitations and relations look over the wire. Pure: reads the world, changes nothing.

Source of every field: docs/provider.md and the provider's OpenAPI; fields required there are always present.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain.practice_people import PracticePerson
from engine.provider.simulated.chronicle import Chronicle
from engine.provider.simulated.records import Invitation, InvitationState, Json, Relation
from engine.provider.simulated.wire import moment_text

ACCOUNT_NAME = "Practice account"
DAY_MS = 86_400_000
AGES = (("year", 365 * DAY_MS), ("month", 30 * DAY_MS), ("week", 7 * DAY_MS), ("day", DAY_MS))


def account_json(world: Chronicle) -> Json:
    """Show the account. `publicIdentifier` and features are told where there are any."""
    state = world.state
    owner = state.owner
    return {
        "object": "Account",
        "id": state.account_id,
        "name": ACCOUNT_NAME,
        "type": "LINKEDIN",
        "created_at": moment_text(state.began_ms),
        "connection_params": {
            "im": {
                "id": owner.provider_id,
                "publicIdentifier": owner.public_identifier,
                "username": owner.full_name,
                "connection_method": "credentials",
                "premiumId": None,
                "premiumContractId": None,
                "premiumFeatures": ["premium"] if state.settings.is_premium else [],
                "organizations": [],
            }
        },
        "sources": [{"id": f"{state.account_id}_MESSAGING", "status": state.account_status}],
        "groups": [],
    }


def owner_json(world: Chronicle) -> Json:
    """Show the owner's own profile."""
    owner = world.state.owner
    return {
        "object": "AccountOwnerProfile",
        "provider": "LINKEDIN",
        "provider_id": owner.provider_id,
        "entity_urn": f"urn:li:fsd_profile:{owner.provider_id}",
        "object_urn": f"urn:li:member:{owner.member_number}",
        "first_name": owner.first_name,
        "last_name": owner.last_name,
        "profile_picture_url": None,
        "public_profile_url": profile_url(owner),
        "public_identifier": owner.public_identifier,
        "headline": owner.headline,
        "location": owner.location,
        "occupation": owner.headline,
        "email": "alex.morgan@example.com",
        "premium": world.state.settings.is_premium,
        "open_profile": False,
        "organizations": [],
        "recruiter": None,
        "sales_navigator": None,
    }


def profile_url(person: PracticePerson) -> str:
    """Return the public address of a profile."""
    return f"https://www.linkedin.com/in/{person.public_identifier}"


def profile_json(world: Chronicle, person: PracticePerson, sections: Sequence[str]) -> Json:
    """Show a profile; `invitation` is there only while one is open, the work experience only when asked for."""
    is_self = person is world.state.owner
    is_connected = world.is_connected(person.provider_id)
    profile: Json = {
        "object": "UserProfile",
        "provider": "LINKEDIN",
        "provider_id": person.provider_id,
        "public_identifier": person.public_identifier,
        "member_urn": person.member_number,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.headline,
        "location": person.location,
        "primary_locale": {"country": "US", "language": "en"},
        "websites": [],
        "public_profile_url": profile_url(person),
        "is_open_profile": False,
        "is_premium": False,
        "is_influencer": False,
        "is_creator": False,
        "is_relationship": is_connected,
        "is_self": is_self,
        "follower_count": int(person.member_number) % 4000,
        "connections_count": int(person.member_number) % 3000,
    }
    if not is_self:
        profile["network_distance"] = "FIRST_DEGREE" if is_connected else "SECOND_DEGREE"
    for is_ours in (True, False):
        newest = world.newest_invitation(person.provider_id, is_ours=is_ours)
        if newest is not None and newest.state is InvitationState.PENDING:
            profile["invitation"] = {"type": "SENT" if is_ours else "RECEIVED", "status": "PENDING"}
    if {"*", "experience"} & set(sections):
        job: Json = {
            "position": person.title,
            "company": person.company,
            "skills": [],
            "start": "1/1/2021",
            "end": None,
        }
        profile["work_experience"] = [{**job, "current": True}]
    return profile


def relation_json(person: PracticePerson, relation: Relation) -> Json:
    """Show a relation; `created_at` is a number of milliseconds."""
    return {
        "object": "UserRelation",
        "first_name": person.first_name,
        "last_name": person.last_name,
        "headline": person.headline,
        "public_identifier": person.public_identifier,
        "public_profile_url": profile_url(person) + "/",
        "created_at": relation.connected_ms,
        "member_id": person.provider_id,
        "member_urn": f"urn:li:fsd_profile:{person.provider_id}",
        "connection_urn": f"urn:li:fsd_connection:{person.provider_id}",
    }


def invitation_json(world: Chronicle, invitation: Invitation) -> Json:
    """Show an open invitation. Its date is a text of the moment, `parsed_datetime` is guessed from it and drifts."""
    owner = world.state.owner
    other = world.by_provider_id(invitation.provider_id) or owner
    inviter, invited = (owner, other) if invitation.is_ours else (other, owner)
    text, age_ms = age_text(world.state.last_ms - invitation.sent_ms)
    return {
        "object": "InvitationSent" if invitation.is_ours else "InvitationReceived",
        "id": invitation.invitation_id,
        "date": f"Sent {text}",
        "parsed_datetime": moment_text(world.state.last_ms - age_ms),
        "invitation_text": invitation.note,
        "invited_user": invited.full_name,
        "invited_user_id": invited.provider_id,
        "invited_user_public_id": invited.public_identifier,
        "invited_user_description": invited.headline,
        "inviter": {
            "inviter_name": inviter.full_name,
            "inviter_id": inviter.provider_id,
            "inviter_public_identifier": inviter.public_identifier,
            "inviter_description": inviter.headline,
        },
        "specifics": {"provider": "LINKEDIN", "shared_secret": f"s{invitation.invitation_id[-8:]}"},
    }


def age_text(age_ms: int) -> tuple[str, int]:
    """Write an age as LinkedIn does, and return the age that the text alone tells, in milliseconds."""
    for unit, length_ms in AGES:
        count = age_ms // length_ms
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''} ago", count * length_ms
    return "today", 0
