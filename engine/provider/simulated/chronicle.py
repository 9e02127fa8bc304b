"""What the practice LinkedIn knows, with the indexes to find it quickly and the ways to write something down.

Keeps no rule and lets no time pass: that is the world's business.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from engine.domain.practice_people import PracticePerson
from engine.provider.simulated.records import (
    Conversation,
    Effect,
    EffectKind,
    Invitation,
    InvitationState,
    StoredMessage,
    invitation_id,
    opaque_id,
    provider_message_id,
)
from engine.provider.simulated.state import State


class Chronicle:
    """A memory and its indexes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.people = {p.provider_id: p for p in (*self.state.people, self.state.owner)}
        self._slugs = {p.slug.lower(): p for p in self.people.values()}
        self._slugs |= {p.old_slug.lower(): p for p in self.people.values() if p.old_slug}
        self._connected = {r.provider_id: r.connected_ms for r in self.state.relations}
        self._newest = {(i.provider_id, i.is_ours): place for place, i in enumerate(self.state.invitations)}
        self._chats = {c.chat_id: place for place, c in enumerate(self.state.conversations)}
        self._chat_with = {c.others[0]: c.chat_id for c in self.state.conversations if len(c.others) == 1}
        self._places: dict[str, list[int]] = {}
        self._own_messages: dict[str, int] = {}
        for place, message in enumerate(self.state.messages):
            self._note_place(message, place)
        self._chats_with: dict[str, list[str]] = {}
        self._attendees: dict[str, str] = {self.attendee_id(state.owner.provider_id): state.owner.provider_id}
        for chat in self.state.conversations:
            self._note_attendees(chat)

    @property
    def copy_ms(self) -> int:
        """The moment up to which the provider's copy of the conversations goes; stands still while disconnected."""
        return self.state.last_ms if self.is_running else self.state.status_since_ms

    @property
    def is_running(self) -> bool:
        """Whether the account is connected."""
        return self.state.account_status == "OK"

    def person(self, identifier: str) -> PracticePerson | None:
        """Find somebody by id (case matters) or by a slug, percent-encoded or not."""
        return self.people.get(identifier) or self._slugs.get(unquote(identifier).lower())

    def by_provider_id(self, provider_id: str) -> PracticePerson | None:
        """Find somebody by id only."""
        return self.people.get(provider_id)

    def is_connected(self, provider_id: str) -> bool:
        """Whether the person is a relation."""
        return provider_id in self._connected

    def newest_invitation(self, provider_id: str, *, is_ours: bool = True) -> Invitation | None:
        """Return the last invitation between the person and us in one direction."""
        place = self._newest.get((provider_id, is_ours))
        return None if place is None else self.state.invitations[place]

    def conversation(self, chat_id: str) -> Conversation | None:
        """Find a conversation by the provider's id or by LinkedIn's own."""
        place = self._chats.get(chat_id)
        if place is not None:
            return self.state.conversations[place]
        if chat_id.startswith("2-"):
            return next((c for c in self.state.conversations if c.provider_chat_id == chat_id), None)
        return None

    def conversation_with(self, provider_id: str) -> Conversation | None:
        """Find the conversation with one person."""
        chat_id = self._chat_with.get(provider_id)
        return None if chat_id is None else self.conversation(chat_id)

    def conversations_of(self, provider_id: str) -> list[Conversation]:
        """Return all conversations in which somebody takes part, oldest first."""
        return [self.state.conversations[self._chats[chat_id]] for chat_id in self._chats_with.get(provider_id, ())]

    def attendee_id(self, provider_id: str) -> str:
        """Return the provider's own id of somebody who takes part in conversations."""
        return opaque_id("attendee", self.state.account_id, provider_id)

    def attendee(self, identifier: str) -> PracticePerson | None:
        """Find somebody of whom the provider's copy has a conversation, by either id; the owner always."""
        provider_id = self._attendees.get(identifier, identifier)
        is_known = any(self.messages_of(chat_id) for chat_id in self._chats_with.get(provider_id, ()))
        return self.people.get(provider_id) if is_known or provider_id == self.state.owner.provider_id else None

    def messages_of(self, chat_id: str) -> list[StoredMessage]:
        """Return a conversation's messages, oldest first, as far as the provider's copy has them."""
        copy_ms = self.copy_ms
        return [message for message in self.all_messages_of(chat_id) if message.copied_ms <= copy_ms]

    def all_messages_of(self, chat_id: str) -> list[StoredMessage]:
        """Return a conversation's messages, oldest first, as LinkedIn itself has them."""
        return [self.state.messages[place] for place in self._places.get(chat_id, ())]

    def _number(self) -> int:
        self.state.numbers_used += 1
        return self.state.numbers_used

    def _add_invitation(self, person: PracticePerson, note: str | None) -> Invitation:
        invitation = Invitation(
            invitation_id=invitation_id(self.state.last_ms, self._number()),
            provider_id=person.provider_id,
            sent_ms=self.state.last_ms,
            note=note,
            is_ours=True,
            state=InvitationState.PENDING,
        )
        self._newest[(person.provider_id, True)] = len(self.state.invitations)
        self.state.invitations.append(invitation)
        return invitation

    def _count_invitations(self, after_ms: int, *, noted: bool = False) -> int:
        count = 0
        for invitation in reversed(self.state.invitations):
            if invitation.sent_ms <= after_ms:
                break
            count += invitation.is_ours and (not noted or invitation.note is not None)
        return count

    def _end_invitation(self, place: int, state: InvitationState) -> None:
        invitation = self.state.invitations[place]
        self.state.invitations[place] = replace(invitation, state=state, ended_ms=self.state.last_ms)

    def _chat_of(self, person: PracticePerson) -> Conversation:
        found = self.conversation_with(person.provider_id)
        if found is not None:
            return found
        chat_id = opaque_id("chat", self.state.settings.seed, person.provider_id)
        provider_chat_id = provider_message_id("chat", chat_id)
        chat = Conversation(chat_id=chat_id, provider_chat_id=provider_chat_id, others=(person.provider_id,), name=None)
        self._chats[chat_id] = len(self.state.conversations)
        self._chat_with[person.provider_id] = chat_id
        self.state.conversations.append(chat)
        self._note_attendees(chat)
        return chat

    def _add_message(self, chat_id: str, sender_id: str, text: str, kind: str = "MESSAGE") -> StoredMessage:
        at_ms = self.state.last_ms
        message = StoredMessage(
            message_id=opaque_id("message", chat_id, self._number()),
            chat_id=chat_id,
            sender_id=sender_id,
            text=text,
            at_ms=at_ms,
            copied_ms=at_ms + int(self.state.settings.chat_lag_s * 1000),
            kind=kind,
        )
        self._note_place(message, len(self.state.messages))
        self.state.messages.append(message)
        return message

    def _note_place(self, message: StoredMessage, place: int) -> None:
        self._places.setdefault(message.chat_id, []).append(place)
        if message.sender_id == self.state.owner.provider_id and message.kind == "MESSAGE":
            self._own_messages[message.chat_id] = self._own_messages.get(message.chat_id, 0) + 1

    def _note_attendees(self, chat: Conversation) -> None:
        for other in chat.others:
            self._chats_with.setdefault(other, []).append(chat.chat_id)
            self._attendees[self.attendee_id(other)] = other

    def _effect(self, kind: EffectKind, provider_id: str, text: str | None, object_id: str | None) -> None:
        effect = Effect(
            sequence=len(self.state.effects) + 1,
            at_ms=self.state.last_ms,
            kind=kind,
            provider_id=provider_id,
            text=text,
            object_id=object_id,
        )
        self.state.effects.append(effect)
