"""The truth of the practice LinkedIn: who is invited, connected, has written what, and what the people do in time.

Time comes from outside; whatever should have happened by now happens when the world is looked at. Knows no HTTP and no
faults. Same people, settings, moments and requests: same world.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from engine.domain.practice_people import DAY_S, Character, PracticePerson
from engine.provider.simulated import refusals
from engine.provider.simulated.beginnings import begin
from engine.provider.simulated.behaviour import Intention, after_acceptance, after_invitation, after_message, words_of
from engine.provider.simulated.chronicle import Chronicle
from engine.provider.simulated.records import (
    Conversation,
    EffectKind,
    Event,
    EventKind,
    Invitation,
    InvitationState,
    Json,
    Relation,
    StoredMessage,
    to_ms,
)
from engine.provider.simulated.refusals import Refusal
from engine.provider.simulated.state import State, WorldSettings

DAY_MS = int(DAY_S * 1000)
WEEK_MS = 7 * DAY_MS
MONTH_MS = 30 * DAY_MS
REINVITE_AFTER_MS = 21 * DAY_MS
"""LinkedIn blocks a new invitation for three weeks after a withdrawal. Source: docs/provider.md, users."""
NOTE_CHARACTERS_FREE = 200
NOTE_CHARACTERS_PREMIUM = 300
MESSAGE_CHARACTERS = 8000
USAGE_MARKS_PERCENT = (95, 90, 75, 50)
"""`usage` is told when one of these is passed. Source: the provider's OpenAPI, POST /users/invite."""


class World(Chronicle):
    """A practice LinkedIn as one account sees it. Not thread-safe; whatever acts first lets time pass."""

    def __init__(
        self,
        people: Sequence[PracticePerson],
        now: Callable[[], datetime],
        settings: WorldSettings | None = None,
        *,
        state: State | None = None,
    ) -> None:
        super().__init__(state or begin(people, settings or WorldSettings(), to_ms(now())))
        self._now = now

    def snapshot(self) -> Json:
        """Return everything as a JSON-able object."""
        return self.state.to_json()

    @classmethod
    def restore(cls, data: Json, now: Callable[[], datetime]) -> World:
        """Make the world of a snapshot again. Raises: ValueError, KeyError, TypeError for anything else."""
        return cls((), now, state=State.from_json(data))

    def advance(self) -> int:
        """Let everything happen that is due; return the moment in milliseconds, never earlier than before."""
        state = self.state
        now_ms = max(state.last_ms, to_ms(self._now()))
        while state.events and state.events[0].at_ms <= now_ms:
            event = heapq.heappop(state.events)
            state.last_ms = max(state.last_ms, event.at_ms)
            self._happen(event)
        state.last_ms = now_ms
        return now_ms

    def _happen(self, event: Event) -> None:
        person = self.people[event.provider_id]
        if event.kind is EventKind.WRITE:
            if person.provider_id in self._connected:
                self._write_to_us(person, words_of(person))
            return
        place = self._newest.get((person.provider_id, True))
        if place is None or self.state.invitations[place].state is not InvitationState.PENDING:
            return
        accepted = event.kind is EventKind.ACCEPT
        self._end_invitation(place, InvitationState.ACCEPTED if accepted else InvitationState.DECLINED)
        if accepted:
            self._become_related(person, self.state.invitations[place].note)

    def _plan(self, person: PracticePerson, intention: Intention | None) -> None:
        if intention is not None:
            event = Event(
                at_ms=self.state.last_ms + int(intention.after_s * 1000),
                number=self._number(),
                kind=intention.kind,
                provider_id=person.provider_id,
            )
            heapq.heappush(self.state.events, event)

    def invite(self, provider_id: str, note: str | None) -> tuple[Invitation, int | None]:
        """Invite somebody; return the invitation and the passed mark of the weekly limit in percent.

        Raises: Refusal.
        """
        now_ms = self.advance()
        note = tidy(note or "") or None
        self._check_note(note, now_ms)
        person = self._check_invitable(provider_id, now_ms)
        used = self._count_invitations(now_ms - WEEK_MS)
        if used >= self.state.settings.weekly_invitations:
            raise Refusal(refusals.CANNOT_RESEND_YET)
        invitation = self._invite(person, note)
        self._effect(EffectKind.INVITE, provider_id, note, invitation.invitation_id)
        most = self.state.settings.weekly_invitations
        passed = (mark for mark in USAGE_MARKS_PERCENT if used * 100 < mark * most <= (used + 1) * 100)
        return invitation, next(passed, None)

    def withdraw(self, invitation_id_: str) -> None:
        """Take a pending invitation back. Raises: Refusal."""
        self.advance()
        for place in range(len(self.state.invitations) - 1, -1, -1):
            found = self.state.invitations[place]
            if found.invitation_id == invitation_id_:
                if not found.is_ours or found.state is not InvitationState.PENDING:
                    break
                self._end_invitation(place, InvitationState.WITHDRAWN)
                self._effect(EffectKind.WITHDRAW, found.provider_id, None, invitation_id_)
                return
        raise Refusal(refusals.INVALID_INVITATION_ID)

    def handle_received(self, invitation_id_: str, *, accept: bool) -> None:
        """Accept or decline an invitation to us. Raises: Refusal."""
        self.advance()
        for place, found in enumerate(self.state.invitations):
            is_open = not found.is_ours and found.state is InvitationState.PENDING
            if is_open and found.invitation_id == invitation_id_:
                self._end_invitation(place, InvitationState.ACCEPTED if accept else InvitationState.DECLINED)
                self._effect(EffectKind.HANDLE_RECEIVED, found.provider_id, None, invitation_id_)
                if accept:
                    self._become_related(self.people[found.provider_id], None)
                return
        raise Refusal(refusals.INVALID_INVITATION_ID)

    def send(self, provider_id: str, text: str) -> StoredMessage:
        """Send a message to a relation. Raises: Refusal."""
        self.advance()
        if len(text) > MESSAGE_CHARACTERS:
            raise Refusal(refusals.TOO_MANY_CHARACTERS)
        text = tidy(text)
        if not text:
            raise refusals.invalid_parameters("/text: Expected a text or an attachment")
        person = self.people.get(provider_id)
        if person is None or person is self.state.owner:
            raise Refusal(refusals.INVALID_RECIPIENT)
        if provider_id not in self._connected:
            raise Refusal(refusals.NO_CONNECTION)
        message = self._write_to_them(person, text)
        self._effect(EffectKind.MESSAGE, provider_id, text, message.message_id)
        return message

    def send_to_group(self, conversation: Conversation, text: str) -> StoredMessage:
        """Send a message to a conversation of several. Raises: Refusal."""
        self.advance()
        text = tidy(text)
        if not text or len(text) > MESSAGE_CHARACTERS:
            raise refusals.invalid_parameters("/text: Expected a text of at most 8000 characters")
        message = self._add_message(conversation.chat_id, self.state.owner.provider_id, text)
        self._effect(EffectKind.MESSAGE, conversation.others[0], text, message.message_id)
        return message

    def visit(self, person: PracticePerson) -> None:
        """Let a person see that we looked at the profile."""
        self.advance()
        self._effect(EffectKind.VISIT, person.provider_id, None, None)

    def refresh(self, chat_id: str) -> bool:
        """Bring the copy of a conversation up to date; return whether anything was missing."""
        now_ms = self.advance()
        late = [place for place in self._places.get(chat_id, ()) if self.state.messages[place].copied_ms > now_ms]
        for place in late:
            self.state.messages[place] = replace(self.state.messages[place], copied_ms=now_ms)
        return bool(late)

    def mark_read(self, chat_id: str, *, is_read: bool) -> None:
        """Set whether a conversation counts as read."""
        place = self._chats[chat_id]
        self.state.conversations[place] = replace(self.state.conversations[place], unread=0 if is_read else 1)

    def set_account_status(self, status: str) -> None:
        """Connect (`OK`) or disconnect (`CREDENTIALS`, `ERROR`, `STOPPED`, `CONNECTING`) the account."""
        self.advance()
        if self.is_running:
            self.state.status_since_ms = self.state.last_ms
        self.state.account_status = status

    def invite_by_hand(self, provider_id: str) -> Invitation:
        """Invite as the owner would on LinkedIn's own page: no request, no effect in the log."""
        self.advance()
        return self._invite(self.people[provider_id], None)

    def write_by_hand(self, provider_id: str, text: str) -> StoredMessage:
        """Write as the owner would on LinkedIn's own page."""
        self.advance()
        return self._write_to_them(self.people[provider_id], text)

    def hear_from(self, provider_id: str, text: str) -> StoredMessage:
        """Let a person write to us now."""
        self.advance()
        return self._write_to_us(self.people[provider_id], text)

    def _check_note(self, note: str | None, now_ms: int) -> None:
        if note is None:
            return
        settings = self.state.settings
        if len(note) > (NOTE_CHARACTERS_PREMIUM if settings.is_premium else NOTE_CHARACTERS_FREE):
            raise Refusal(refusals.TOO_MANY_CHARACTERS)
        if (
            not settings.is_premium
            and self._count_invitations(now_ms - MONTH_MS, noted=True) >= settings.notes_per_month
        ):
            raise Refusal(refusals.CANNOT_RESEND_YET)

    def _check_invitable(self, provider_id: str, now_ms: int) -> PracticePerson:
        person = self.people.get(provider_id)
        if person is None or person.character is Character.LOCKED:
            raise Refusal(refusals.INVALID_RECIPIENT)
        if provider_id in self._connected:
            raise Refusal(refusals.ALREADY_CONNECTED)
        if person is self.state.owner or person.character is Character.CANNOT_BE_INVITED:
            raise Refusal(refusals.CANNOT_INVITE)
        earlier = self.newest_invitation(provider_id)
        if earlier and (earlier.ended_ms is None or now_ms < earlier.ended_ms + REINVITE_AFTER_MS):
            raise Refusal(refusals.ALREADY_INVITED)
        return person

    def _invite(self, person: PracticePerson, note: str | None) -> Invitation:
        invitation = self._add_invitation(person, note)
        self._plan(person, after_invitation(person))
        return invitation

    def _become_related(self, person: PracticePerson, note: str | None) -> None:
        self._connected[person.provider_id] = self.state.last_ms
        self.state.relations.append(Relation(provider_id=person.provider_id, connected_ms=self.state.last_ms))
        if note is not None:
            chat = self._chat_of(person)
            self._add_message(chat.chat_id, self.state.owner.provider_id, note, kind="INVITATION")
        self._plan(person, after_acceptance(person))

    def _write_to_them(self, person: PracticePerson, text: str) -> StoredMessage:
        chat = self._chat_of(person)
        message = self._add_message(chat.chat_id, self.state.owner.provider_id, text)
        self.mark_read(chat.chat_id, is_read=True)
        self._plan(person, after_message(person, self._own_messages[chat.chat_id]))
        return message

    def _write_to_us(self, person: PracticePerson, text: str) -> StoredMessage:
        place = self._chats[self._chat_of(person).chat_id]
        chat = self.state.conversations[place]
        self.state.conversations[place] = replace(chat, unread=chat.unread + 1)
        return self._add_message(chat.chat_id, person.provider_id, text)


def tidy(text: str) -> str:
    """Return the text as LinkedIn keeps it: without blanks around it, lines ended by a line feed. Raises: Refusal."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise refusals.invalid_parameters("The text isn't valid Unicode")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
