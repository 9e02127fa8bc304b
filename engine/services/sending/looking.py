"""What the look before a send found: go on, or stop and say why. A look that can't be read sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select

from engine.domain import replies
from engine.domain.ledger import QUIET_PERIOD, DeliveryKind, DeliveryState
from engine.provider.base import OURS_OPEN, InvitationState, Message, Profile
from engine.services import merging
from engine.services.sending import people, verifying
from engine.services.sending.claiming import Claimed, has_chat_with
from engine.services.sending.conversations import hear, our_texts, seen
from engine.services.sending.recording import settle_sent
from storage.column_types import from_ms, to_ms
from storage.repositories import activity, deliveries, enrolments, lost_sends, merges, repeats
from storage.tables import lead, message, relation
from storage.unit_of_work import UnitOfWork

UNCLEAR_PAUSE = timedelta(hours=1)
UNCLEAR = "the profile doesn't say clearly whether they are invited or connected"
UNCLEAR_PROFILE_PAUSE = timedelta(hours=12)
AGAIN_BEFORE_TOO_LATE = timedelta(minutes=30)
BOTH_OPEN_PAUSE = timedelta(hours=12)
BOTH_OPEN = "another of your leads is this person, and both have a send that isn't settled"
LONGEST_NEGATIVE = timedelta(hours=2)
"""The permission to invite again lapses so long after the unknown attempt (W in docs/sending.md)."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was read, and when its first request started (real monotonic seconds)."""

    started_s: float
    profile: Profile | None = None
    messages: tuple[Message, ...] = ()
    has_conversation: bool = False
    invitation_id: str | None = None


def take_in(uow: UnitOfWork, claimed: Claimed, look: Look, now: datetime) -> Claimed | str:
    """Store what the look found. Returns the claim to arm, or why nothing is to be sent."""
    assert claimed.row.enrolment_id is not None
    if look.profile is not None:
        try:
            people.resolve(uow, claimed.row.lead_id, look.profile, now)
        except people.WrongPerson as error:
            return _exclude(uow, claimed, str(error), now)
        except people.SamePerson as found:
            if merges.both_open(uow.connection, found.lead_id, claimed.row.lead_id, but=claimed.row.delivery_id):
                return _wait(uow, claimed, BOTH_OPEN, now + BOTH_OPEN_PAUSE, now)
            _end(uow, claimed, DeliveryState.CANCELLED, merging.WORDS, now)
            merging.merge(uow, found.lead_id, claimed.row.lead_id, now)
            return merging.WORDS
        if look.profile.provider_id == claimed.account.member_id:
            return _exclude(uow, claimed, "this is your own profile", now)
        claimed = replace(claimed, lead_provider_id=look.profile.provider_id)
    if (
        claimed.row.kind is DeliveryKind.MESSAGE
        and _has_lost_messages(uow, claimed)
        and not verifying.was_said(uow, claimed.row)
    ):
        return _doubt(uow, claimed, now)
    if claimed.row.kind is DeliveryKind.MESSAGE and not look.messages and _has_chat_after_all(uow, claimed):
        return _look_again(uow, claimed, now)
    handlers = {
        DeliveryKind.INVITE: _before_invitation,
        DeliveryKind.WITHDRAW: _before_withdrawal,
        DeliveryKind.MESSAGE: _before_message,
    }
    handler = handlers.get(claimed.row.kind)
    return handler(uow, claimed, look, now) if handler else claimed


def _before_invitation(uow: UnitOfWork, claimed: Claimed, look: Look, now: datetime) -> Claimed | str:
    profile = look.profile
    assert profile is not None and claimed.row.enrolment_id is not None
    unknown_at = claimed.row.prior_unknown_at or _lost_invitation(uow, claimed.row, profile.provider_id, now)
    if profile.is_connected:
        return _already_connected(uow, claimed, profile, now)
    if profile.invitation in OURS_OPEN:
        _found_sent(uow, claimed, now, by_hand=unknown_at is None)
        return "an invitation is pending already"
    if profile.invitation is InvitationState.RECEIVED_PENDING:
        deliveries.release(uow, claimed.row.delivery_id, reason="they invited you")
        people.needs_attention(uow, claimed.row.enrolment_id, "they have invited you: accept it on LinkedIn", now)
        enrolments.replan(uow, claimed.row.enrolment_id, now)
        return "they have invited you"
    if unknown_at is not None and now - unknown_at > LONGEST_NEGATIVE:
        assume_sent(uow, claimed.row, now)
        return "too late to tell a declined invitation from one never sent"
    if profile.invitation is InvitationState.OTHER or (unknown_at is not None and not profile.is_clear):
        pause = UNCLEAR_PROFILE_PAUSE if unknown_at is None else AGAIN_BEFORE_TOO_LATE
        return _wait(uow, claimed, UNCLEAR, now + pause, now)
    if unknown_at is not None and now - unknown_at < QUIET_PERIOD:
        return _wait(uow, claimed, "an earlier invitation may still arrive", unknown_at + QUIET_PERIOD, now)
    return claimed


def _lost_invitation(uow: UnitOfWork, row: deliveries.DeliveryRow, provider_id: str, now: datetime) -> datetime | None:
    """Return when the journal saw an invitation to this person that a restored file doesn't know; the row keeps it."""
    lost = lost_sends.of_person(uow, provider_id, (DeliveryKind.INVITE,))
    if not lost:
        return None
    lost_sends.settle(uow, [one.seq for one in lost], now)
    deliveries.note_unknown(uow, row.delivery_id, lost[-1].at)
    return lost[-1].at


def _has_lost_messages(uow: UnitOfWork, claimed: Claimed) -> bool:
    lost = lost_sends.of_person(uow, claimed.lead_provider_id or "", lost_sends.SPOKEN)
    verified_at = claimed.row.verified_at
    return bool(lost) and (verified_at is None or lost[-1].at > verified_at)


def _doubt(uow: UnitOfWork, claimed: Claimed, now: datetime) -> str:
    """Only now it is known whom the journal meant: LinkedIn is read for this message first."""
    assert claimed.row.enrolment_id is not None
    enrolments.set_facts(uow, claimed.row.enrolment_id, verify_ms=to_ms(now))
    deliveries.release(uow, claimed.row.delivery_id)
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return "the journal knows of a message to this person"


def _has_chat_after_all(uow: UnitOfWork, claimed: Claimed) -> bool:
    """Whether the profile showed that a conversation is theirs of which the look held nothing."""
    return not claimed.has_chat and has_chat_with(uow.connection, claimed.account.account_id, claimed.row.lead_id)


def _look_again(uow: UnitOfWork, claimed: Claimed, now: datetime) -> str:
    """Read once more, now with the knowledge that an empty conversation isn't the whole."""
    assert claimed.row.enrolment_id is not None
    deliveries.release(uow, claimed.row.delivery_id)
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return "there is a conversation with this person"


def _before_withdrawal(uow: UnitOfWork, claimed: Claimed, look: Look, now: datetime) -> Claimed | str:
    profile = look.profile
    assert profile is not None and claimed.row.enrolment_id is not None
    if profile.is_connected:
        return _already_connected(uow, claimed, profile, now)
    if not profile.is_clear:
        return _wait(uow, claimed, UNCLEAR, now + UNCLEAR_PROFILE_PAUSE, now)
    if profile.invitation in OURS_OPEN:
        return replace(claimed, invitation_id=look.invitation_id)
    _end(uow, claimed, DeliveryState.SKIPPED, "the invitation is gone", now)
    if claimed.is_unconfirmed:
        people.needs_attention(
            uow, claimed.row.enrolment_id, "the invitation could not be confirmed and is nowhere to be found", now
        )
    else:
        words = "the invitation is no longer open: declined or taken back"
        enrolments.set_facts(uow, claimed.row.enrolment_id, withdrawn_ms=to_ms(now), withdrawn_why=words)
        _tell(uow, claimed, "withdrawn", f"{words.capitalize()}.", now)
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return "the invitation is gone"


def _before_message(uow: UnitOfWork, claimed: Claimed, look: Look, now: datetime) -> Claimed | str:
    enrolment_id = claimed.row.enrolment_id
    assert enrolment_id is not None
    if look.profile is not None and look.profile.is_connected is False:
        return _exclude(uow, claimed, "not connected", now)
    if look.profile is not None and look.profile.is_connected is None:
        why = "the profile didn't say whether you are connected"
        return _wait(uow, claimed, why, now + UNCLEAR_PAUSE, now)
    if claimed.connected_at is None:
        known_at = (look.profile.connected_at if look.profile else None) or now
        people.connected(
            uow,
            account_id=claimed.account.account_id,
            lead_id=claimed.row.lead_id,
            at=known_at,
            now=now,
            was_connected=True,
        )
        claimed = replace(claimed, connected_at=known_at)
    heard = hear(uow, claimed.account.account_id, claimed.row.lead_id, look.messages, now)
    if heard.has_reply or heard.has_hand_written:
        words = "they answered" if heard.has_reply else "you wrote to them yourself"
        _end(uow, claimed, DeliveryState.CANCELLED, words, now)
        enrolments.replan(uow, enrolment_id, now)
        return words
    return claimed


def text_is_there(uow: UnitOfWork, claimed: Claimed, body: str, look: Look) -> bool:
    """Whether the very text is in the conversation already, unclaimed by another row.

    What was written before the enrolment counts only if this program sent it, with a file that was put back since.
    """
    bound = {t.message_id for t in our_texts(uow, claimed.account.account_id, claimed.row.lead_id) if t.message_id}
    wanted = replies.normalised(body)
    if _went_out_unknown(uow, claimed, body, wanted, bound):
        return True
    return any(
        m.is_ours
        and not m.is_deleted
        and m.message_id not in bound
        and m.at > claimed.enrolled_at
        and replies.normalised(seen(m).text) == wanted
        for m in look.messages
    )


def _went_out_unknown(uow: UnitOfWork, claimed: Claimed, body: str, wanted: str, bound: set[str]) -> bool:
    """Whether a message of this program's has this text that no row of this file accounts for."""
    account_id, lead_id = claimed.account.account_id, claimed.row.lead_id
    ours = select(message.c.body, message.c.provider_message_id).where(
        message.c.account_id == account_id,
        message.c.lead_id == lead_id,
        message.c.author == replies.Author.US,
        message.c.kind != replies.INVITATION_NOTE,
    )
    found = any(
        r.provider_message_id not in bound and replies.normalised(r.body) == wanted
        for r in uow.connection.execute(ours)
    )
    if not found or repeats.was_asked_for_again(uow, claimed.row, body):
        return False
    sent = repeats.sent_texts(uow, account_id, lead_id)
    return all(replies.normalised(text) != wanted for text in sent)


def _already_connected(uow: UnitOfWork, claimed: Claimed, profile: Profile, now: datetime) -> str:
    _end(uow, claimed, DeliveryState.SKIPPED, "already connected", now)
    at = profile.connected_at or _relation_date(uow, claimed.account.account_id, claimed.row.lead_id) or now
    people.connected(
        uow,
        account_id=claimed.account.account_id,
        lead_id=claimed.row.lead_id,
        at=at,
        now=now,
        was_connected=claimed.first_contact_at is None,
    )
    assert claimed.row.enrolment_id is not None
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return "already connected"


def _relation_date(uow: UnitOfWork, account_id: int, lead_id: int) -> datetime | None:
    person = uow.connection.execute(
        select(lead.c.provider_id, lead.c.public_identifier).where(lead.c.id == lead_id)
    ).one()
    ms = (
        uow.connection.execute(
            select(relation.c.connected_ms).where(
                relation.c.account_id == account_id,
                or_(
                    relation.c.member_key == (person.provider_id or ""),
                    and_(relation.c.public_identifier != "", relation.c.public_identifier == person.public_identifier),
                ),
            )
        )
        .scalars()
        .first()
    )
    return None if ms is None else from_ms(ms)


def _found_sent(uow: UnitOfWork, claimed: Claimed, now: datetime, *, by_hand: bool) -> None:
    deliveries.move(
        uow,
        claimed.row.delivery_id,
        DeliveryState.CLAIMED,
        DeliveryState.SENT,
        ended_ms=to_ms(now),
        resolved_by="read",
        reason="found on LinkedIn",
    )
    words = (
        "An invitation is pending already: it counts as sent."
        if by_hand
        else "The invitation was found on LinkedIn: it was sent."
    )
    settle_sent(uow, claimed.row, now, by_hand=by_hand, words=words)
    assert claimed.row.enrolment_id is not None
    enrolments.replan(uow, claimed.row.enrolment_id, now)


def assume_sent(uow: UnitOfWork, row: deliveries.DeliveryRow, now: datetime) -> None:
    """An old unknown invitation is never sent again: it counts as sent, unconfirmed."""
    deliveries.move(
        uow,
        row.delivery_id,
        row.state,
        DeliveryState.SENT,
        ended_ms=to_ms(now),
        resolved_by="assumed",
        reason="could not be confirmed",
    )
    assert row.enrolment_id is not None
    settle_sent(
        uow, row, now, words="The invitation could not be confirmed; it counts as sent and is never sent again."
    )
    people.invited(uow, row.enrolment_id, now, by_hand=False, is_unconfirmed=True)
    enrolments.replan(uow, row.enrolment_id, now)


def _exclude(uow: UnitOfWork, claimed: Claimed, why: str, now: datetime) -> str:
    _end(uow, claimed, DeliveryState.SKIPPED, why, now)
    assert claimed.row.enrolment_id is not None
    people.excluded(uow, claimed.row.enrolment_id, why, now)
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return why


def refuse(uow: UnitOfWork, claimed: Claimed, why: str, now: datetime) -> None:
    """The look proved that this person can't be reached, for good."""
    _end(uow, claimed, DeliveryState.REFUSED, why, now)
    assert claimed.row.enrolment_id is not None
    people.excluded(uow, claimed.row.enrolment_id, why, now)
    enrolments.replan(uow, claimed.row.enrolment_id, now)


def _wait(uow: UnitOfWork, claimed: Claimed, why: str, until: datetime, now: datetime) -> str:
    assert claimed.row.enrolment_id is not None
    deliveries.release(uow, claimed.row.delivery_id, not_before=until, reason=why)
    enrolments.replan(uow, claimed.row.enrolment_id, now)
    return why


def _end(uow: UnitOfWork, claimed: Claimed, state: DeliveryState, why: str, now: datetime) -> None:
    deliveries.move(uow, claimed.row.delivery_id, DeliveryState.CLAIMED, state, ended_ms=to_ms(now), reason=why)


def _tell(uow: UnitOfWork, claimed: Claimed, kind: str, words: str, now: datetime) -> None:
    row = claimed.row
    activity.note(
        uow,
        now,
        kind,
        words,
        account_id=row.account_id,
        campaign_id=row.campaign_id,
        enrolment_id=row.enrolment_id,
        lead_id=row.lead_id,
    )
