"""How a practice LinkedIn looks when it is opened: its owner, strangers, old relations and old conversations.

Deterministic: the same people, settings and moment give the same beginning.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Sequence
from dataclasses import replace

from engine.domain.practice_people import DAY_S, HOUR_S, Character, PracticePerson, make_people, provider_ids
from engine.provider.simulated.behaviour import after_invitation
from engine.provider.simulated.records import (
    Conversation,
    Event,
    Invitation,
    InvitationState,
    Relation,
    StoredMessage,
    invitation_id,
    opaque_id,
    provider_message_id,
)
from engine.provider.simulated.state import State, WorldSettings

DAY_MS = int(DAY_S * 1000)
OLDEST_RELATION_DAYS = 2000
STRANGERS_INVITED_BY_HAND = 2
STRANGERS_INVITING_US = 2
CONVERSATIONS = 9
GROUP_OF = 3
STRANGER_SLUG = "profile"
"""A real person has this address: whoever asks for /users/profile gets them. Source: docs/provider.md, pitfalls."""
TALK = (
    "Great to see you at the meet-up yesterday!",
    "Likewise! Let's stay in touch.",
    "Did you get the slides?",
    "Yes, thank you – I'll read them this week.",
)


def begin(people: Sequence[PracticePerson], settings: WorldSettings, now_ms: int) -> State:
    """Make the memory of a practice LinkedIn that opens now with these leads."""
    dice = random.Random(f"practice beginning {settings.seed}")
    strangers = _strangers(people, settings)
    owner = _owner(dice)
    state = State(
        settings=settings,
        account_id=opaque_id("account", settings.seed),
        account_status="OK",
        status_since_ms=now_ms,
        owner=owner,
        people=[*people, *strangers],
        leads=len(people),
        began_ms=now_ms,
        last_ms=now_ms,
    )
    old_friends = strangers[: settings.extra_relations]
    _connect(state, [*(p for p in people if p.character is Character.ALREADY_CONNECTED), *old_friends], dice)
    _invite_by_hand(state, strangers[settings.extra_relations :], dice)
    if settings.has_conversations:
        _talk(state, old_friends, dice)
    return state


def _owner(dice: random.Random) -> PracticePerson:
    return PracticePerson(
        provider_id=provider_ids(1, dice)[0],
        member_number=str(dice.randrange(20_000_000, 1_200_000_000)),
        slug="alex-morgan-practice",
        old_slug=None,
        first_name="Alex",
        last_name="Morgan",
        company="Practice Ltd",
        title="Practising",
        headline="Practising with Leadloom",
        location="Lyon, Auvergne-Rhône-Alpes, France",
        character=Character.ALREADY_CONNECTED,
        decides_after_s=None,
        answers_after_s=None,
    )


def _strangers(people: Sequence[PracticePerson], settings: WorldSettings) -> list[PracticePerson]:
    """Make the people who aren't leads: first the relations, then the inviting, the invited and the stranger."""
    count = settings.extra_relations + STRANGERS_INVITED_BY_HAND + STRANGERS_INVITING_US + 1
    taken = {STRANGER_SLUG, *(p.slug for p in people), *(p.old_slug for p in people if p.old_slug)}
    made = make_people(count, settings.seed + 1_000_003, taken_slugs=taken)
    plain = [
        replace(p, character=Character.NEVER_ACCEPTS, old_slug=None, decides_after_s=None, answers_after_s=None)
        for p in made
    ]
    plain[-1] = replace(plain[-1], slug=STRANGER_SLUG)
    return plain


def _connect(state: State, people: Sequence[PracticePerson], dice: random.Random) -> None:
    days = sorted((dice.uniform(30, OLDEST_RELATION_DAYS) for _ in people), reverse=True)
    order = list(people)
    dice.shuffle(order)
    state.relations.extend(
        Relation(provider_id=person.provider_id, connected_ms=state.began_ms - int(ago * DAY_MS))
        for person, ago in zip(order, days, strict=True)
    )


def _invite_by_hand(state: State, strangers: Sequence[PracticePerson], dice: random.Random) -> None:
    """Put invitations in both directions into the past; what leads decide about theirs lies in the future."""
    invited = [p for p in state.people[: state.leads] if p.character is Character.PENDING_BY_HAND]
    by_us = [*invited, *strangers[:STRANGERS_INVITED_BY_HAND]]
    to_us = strangers[STRANGERS_INVITED_BY_HAND : STRANGERS_INVITED_BY_HAND + STRANGERS_INVITING_US]
    moments = sorted(state.began_ms - int(dice.uniform(HOUR_S, 9 * DAY_S) * 1000) for _ in (*by_us, *to_us))
    for number, (person, sent_ms) in enumerate(zip((*by_us, *to_us), moments, strict=True), start=1):
        invitation = Invitation(
            invitation_id=invitation_id(sent_ms, number),
            provider_id=person.provider_id,
            sent_ms=sent_ms,
            note=None,
            is_ours=number <= len(by_us),
            state=InvitationState.PENDING,
        )
        state.invitations.append(invitation)
        intention = after_invitation(person)
        if invitation.is_ours and intention is not None:
            at_ms = state.began_ms + int(intention.after_s * 1000)
            heapq.heappush(
                state.events, Event(at_ms=at_ms, number=number, kind=intention.kind, provider_id=person.provider_id)
            )
    state.numbers_used = len(state.invitations)


def _talk(state: State, friends: Sequence[PracticePerson], dice: random.Random) -> None:
    """Write old conversations with relations that aren't leads, one of them among several."""
    groups: list[tuple[str, ...]] = [(p.provider_id,) for p in friends[:CONVERSATIONS]]
    if len(friends) >= CONVERSATIONS + GROUP_OF:
        groups.append(tuple(p.provider_id for p in friends[CONVERSATIONS : CONVERSATIONS + GROUP_OF]))
    written: list[StoredMessage] = []
    for others in groups:
        chat_id = opaque_id("chat", state.settings.seed, others[0])
        length = dice.randint(1, len(TALK))
        theirs_first = dice.random() < 0.5
        last_is_theirs = (length % 2 == 1) == theirs_first
        state.conversations.append(
            Conversation(
                chat_id=chat_id,
                provider_chat_id=provider_message_id("chat", chat_id),
                others=others,
                name="Old colleagues" if len(others) > 1 else None,
                unread=1 if last_is_theirs and dice.random() < 0.3 else 0,
            )
        )
        at_ms = state.began_ms - int(dice.uniform(6, 400) * DAY_MS)
        for place in range(length):
            is_theirs = (place % 2 == 0) == theirs_first
            at_ms += int(dice.uniform(HOUR_S, DAY_S) * 1000)
            written.append(
                StoredMessage(
                    message_id=opaque_id("message", chat_id, place),
                    chat_id=chat_id,
                    sender_id=others[0] if is_theirs else state.owner.provider_id,
                    text=TALK[place],
                    at_ms=at_ms,
                    copied_ms=at_ms,
                )
            )
    state.messages.extend(sorted(written, key=lambda message: message.at_ms))
