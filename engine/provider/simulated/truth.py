"""The truth of a practice LinkedIn as one JSON object, for whoever checks a client from outside.

No client of the provider may depend on it: the real provider has nothing of the kind.
"""

from __future__ import annotations

from dataclasses import asdict

from engine.domain.practice_people import PracticePerson
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.records import Effect, InvitationState, Json
from engine.provider.simulated.wire import moment_text
from engine.provider.simulated.world import World


def truth_json(api: PracticeApi) -> Json:
    """Return effects, people and faults as they are now. Times are ISO 8601, UTC, of the practice LinkedIn's clock."""
    world = api.world
    now_ms = world.advance()
    leads = world.state.people[: world.state.leads]
    counts = asdict(api.faults.counts)
    losses = [{**loss, "at": moment_text(loss.pop("at_ms"))} for loss in counts.pop("losses")]
    return {
        "now": moment_text(now_ms),
        "began": moment_text(world.state.began_ms),
        "account": {"id": world.state.account_id, "status": world.state.account_status},
        "effects": [_effect(world, effect) for effect in world.state.effects],
        "people": _people(world, leads),
        "faults": {"profile": api.faults.profile.name, **counts, "losses": losses},
    }


def _effect(world: World, effect: Effect) -> Json:
    person = world.people[effect.provider_id]
    return {
        "sequence": effect.sequence,
        "at": moment_text(effect.at_ms),
        "kind": effect.kind.value,
        "provider_id": person.provider_id,
        "slug": person.public_identifier,
        "character": person.character.value,
        "text": effect.text,
        "object_id": effect.object_id,
    }


def _people(world: World, leads: list[PracticePerson]) -> list[Json]:
    connected_ms = {relation.provider_id: relation.connected_ms for relation in world.state.relations}
    invitations: dict[str, list[Json]] = {}
    accepted: dict[str, str] = {}
    for invitation in world.state.invitations:
        if invitation.is_ours:
            ended = None if invitation.ended_ms is None else moment_text(invitation.ended_ms)
            shown = {"at": moment_text(invitation.sent_ms), "state": invitation.state.value, "ended_at": ended}
            invitations.setdefault(invitation.provider_id, []).append({**shown, "note": invitation.note})
            if invitation.state is InvitationState.ACCEPTED and ended is not None:
                accepted[invitation.provider_id] = ended
    return [
        {
            "provider_id": person.provider_id,
            "slug": person.public_identifier,
            "old_slug": person.old_slug,
            "name": person.full_name,
            "character": person.character.value,
            "invited": person.provider_id in invitations,
            "invitations": invitations.get(person.provider_id, []),
            "accepted_at": accepted.get(person.provider_id),
            "connected_at": _moment(connected_ms.get(person.provider_id)),
            "messages": _messages(world, person),
        }
        for person in leads
    ]


def _moment(at_ms: int | None) -> str | None:
    return None if at_ms is None else moment_text(at_ms)


def _messages(world: World, person: PracticePerson) -> list[Json]:
    chat = world.conversation_with(person.provider_id)
    return [
        {
            "at": moment_text(message.at_ms),
            "is_ours": message.sender_id != person.provider_id,
            "kind": message.kind,
            "text": message.text,
        }
        for message in ([] if chat is None else world.all_messages_of(chat.chat_id))
    ]
