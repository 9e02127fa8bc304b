"""The routes about accounts, profiles, invitations and relations: live calls to the practice LinkedIn."""

from __future__ import annotations

import re

from engine.domain.practice_people import Character
from engine.provider.simulated import refusals
from engine.provider.simulated.call import Call, required
from engine.provider.simulated.records import EffectKind, Invitation, InvitationState, Json, Relation, opaque_id
from engine.provider.simulated.refusals import Refusal, invalid_parameters
from engine.provider.simulated.views_people import (
    account_json,
    invitation_json,
    owner_json,
    profile_json,
    relation_json,
)
from engine.provider.simulated.wire import (
    Reply,
    cursor_place,
    json_reply,
    list_reply,
    parse_moment,
    truth_of,
    walk_back,
    whole_list_reply,
)

PROVIDER_ID = re.compile(r"A[CDE][A-Za-z0-9_-]{20,80}")
"""Forms of a member id. Source: docs/provider.md, identifiers."""
LINK_HOST = "account.practice.invalid"
"""Leads nowhere: opening a practice link must not reach a real host."""
NOTE_CHARACTERS = 300
INVITE_ANSWERS_200_EVERY = 3
"""Invitations are answered 201, as seen live, and every third 200, as documented."""


def list_accounts(call: Call) -> Reply:
    """GET /accounts."""
    call.limit(250)
    return whole_list_reply("AccountList", [account_json(call.world)])


def get_account(call: Call) -> Reply:
    """GET /accounts/{id}."""
    call.check_account(call.parts[0])
    return json_reply(200, account_json(call.world))


def hosted_link(call: Call) -> Reply:
    """POST /hosted/accounts/link."""
    fields = call.json()
    kind = required(fields, "type")
    if kind not in ("create", "reconnect"):
        raise invalid_parameters("/type: Expected 'create' or 'reconnect'")
    if kind == "reconnect":
        call.check_account(required(fields, "reconnect_account"))
    elif not fields.get("providers"):
        raise invalid_parameters("/providers: Required property")
    required(fields, "api_url")
    parse_moment(required(fields, "expiresOn"), "expiresOn")
    link = opaque_id("link", call.world.state.account_id, call.number)
    return json_reply(200, {"object": "HostedAuthUrl", "url": f"https://{LINK_HOST}/{link}"})


def get_owner(call: Call) -> Reply:
    """GET /users/me."""
    call.check_live()
    return json_reply(200, owner_json(call.world))


def get_profile(call: Call) -> Reply:
    """GET /users/{identifier}; with `notify` the person sees the visit."""
    call.check_live()
    is_visit = truth_of(call.request.query, "notify")
    person = call.world.person(call.parts[0])
    if person is None or person.character is Character.LOCKED:
        raise Refusal(refusals.INVALID_RECIPIENT)
    if is_visit:
        call.world.visit(person)
    asked = call.request.query.get("linkedin_sections", [])
    sections = [section for value in asked for section in value.split(",")]
    return json_reply(200, profile_json(call.world, person, sections))


def invite(call: Call) -> Reply:
    """POST /users/invite."""
    fields = call.json()
    provider_id, account_id = (required(fields, "provider_id"), required(fields, "account_id"))
    note = fields.get("message")
    if note is not None and not isinstance(note, str):
        raise invalid_parameters("/message: Expected string")
    call.check_account(account_id)
    if not PROVIDER_ID.fullmatch(provider_id):
        raise Refusal(refusals.INVALID_PROVIDER_ID)
    if note is not None and len(note) > NOTE_CHARACTERS:
        raise Refusal(refusals.TOO_MANY_CHARACTERS)
    call.check_running()
    invitation, usage = call.world.invite(provider_id, note)
    answer: Json = {"object": "UserInvitationSent", "invitation_id": invitation.invitation_id}
    if usage is not None:
        answer["usage"] = usage
    sent = sum(effect.kind is EffectKind.INVITE for effect in call.world.state.effects)
    return json_reply(201 if sent % INVITE_ANSWERS_200_EVERY else 200, answer)


def list_sent(call: Call) -> Reply:
    """GET /users/invite/sent: open invitations, newest first."""
    return _invitations(call, is_ours=True)


def list_received(call: Call) -> Reply:
    """GET /users/invite/received."""
    return _invitations(call, is_ours=False)


def _invitations(call: Call, *, is_ours: bool) -> Reply:
    call.check_live()
    name = "sent" if is_ours else "received"

    def is_open(invitation: Invitation) -> bool:
        return invitation.is_ours is is_ours and invitation.state is InvitationState.PENDING

    page = walk_back(
        call.world.state.invitations,
        start=cursor_place(call.request.query, name),
        limit=call.limit(100, 10),
        keep=is_open,
        write=lambda invitation: invitation_json(call.world, invitation),
    )
    return list_reply("InvitationList", name, page)


def withdraw(call: Call) -> Reply:
    """DELETE /users/invite/sent/{invitation_id}."""
    call.check_live()
    call.world.withdraw(call.parts[0])
    return json_reply(200, {"object": "InvitationCanceled"})


def handle_received(call: Call) -> Reply:
    """POST /users/invite/received/{invitation_id}."""
    fields = call.json()
    call.check_account(required(fields, "account_id"))
    call.check_running()
    action = required(fields, "action")
    required(fields, "shared_secret")
    if action not in ("accept", "decline"):
        raise invalid_parameters("/action: Expected 'accept' or 'decline'")
    call.world.handle_received(call.parts[0], accept=action == "accept")
    status = "ACCEPTED" if action == "accept" else "DECLINED"
    return json_reply(200, {"object": "UserInvitationHandled", "status": status})


def list_relations(call: Call) -> Reply:
    """GET /users/relations: newest connection first."""
    call.check_live()
    wanted = (call.text("filter") or "").lower()
    world = call.world
    people = world.people

    def matches(relation: Relation) -> bool:
        return not wanted or wanted in people[relation.provider_id].full_name.lower()

    page = walk_back(
        world.state.relations,
        start=cursor_place(call.request.query, "relations"),
        limit=call.limit(1000),
        keep=matches,
        write=lambda relation: relation_json(people[relation.provider_id], relation),
    )
    return list_reply("UserRelationsList", "relations", page)
