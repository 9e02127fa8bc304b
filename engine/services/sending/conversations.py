"""Messages that a read brought: stored once each, and what they stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain import replies
from engine.domain.ledger import Action, DeliveryKind, DeliveryState
from engine.domain.news import ReplyReceived
from engine.domain.replies import Author, OurText, SeenMessage
from engine.provider.base import Message
from storage.column_types import from_ms, to_ms
from storage.repositories import activity, deliveries, enrolments, lost_sends
from storage.tables import attempt, chat, delivery, enrolment, lead, message
from storage.unit_of_work import UnitOfWork

OVER = ("responded", "withdrawn", "completed")
POSSIBLE = (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.HUMAN)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What stored messages changed."""

    has_reply: bool = False
    has_hand_written: bool = False


def seen(item: Message) -> SeenMessage:
    """Return the rules' view of a provider's message."""
    return SeenMessage(
        message_id=item.message_id,
        text=item.text or "",
        at=item.at,
        is_ours=item.is_ours,
        sender_id=item.sender_id,
        kind=item.kind,
        is_event=item.is_event,
        is_deleted=item.is_deleted,
    )


def hear(
    uow: UnitOfWork, account_id: int, lead_id: int, items: Iterable[Message], now: datetime, *, is_inbox: bool = False
) -> Heard:
    """Store a person's messages and stop their enrolments on this account where the rules say so.

    `is_inbox`: they are of any chat, maybe of a group, so that a chat which isn't known yet isn't theirs by that.
    """
    provider_id = uow.connection.execute(select(lead.c.provider_id).where(lead.c.id == lead_id)).scalar_one()
    ours = our_texts(uow, account_id, lead_id)
    has_reply = has_hand = False
    for item in sorted(items, key=lambda m: (m.at, m.message_id)):
        found = seen(item)
        author = replies.author_of(found, ours)
        if author is Author.HAND and lost_sends.recognise(
            uow, provider_id or "", found.text, found.at, replies.CLOCK_TOLERANCE, now
        ):
            author = Author.US
        is_new = _store(uow, account_id, lead_id, item, author, now)
        if not is_inbox:
            know_chat(uow, account_id, item.chat_id, lead_id)
        if found.is_event or found.is_deleted:
            continue
        if author is Author.LEAD:
            has_reply |= _reply(uow, account_id, lead_id, provider_id, found, now)
        elif author is Author.HAND and is_new and found.kind != replies.INVITATION_NOTE:
            deliveries.observe(uow, account_id, Action.MESSAGE, found.message_id, min(found.at, now))
            has_hand |= _hand_written(uow, account_id, lead_id, found, now)
    return Heard(has_reply=has_reply, has_hand_written=has_hand)


def our_texts(uow: UnitOfWork, account_id: int, lead_id: int) -> list[OurText]:
    """Return every text that the ledger sent, or may have sent, to a person."""
    rows = uow.connection.execute(
        select(
            delivery.c.body,
            delivery.c.provider_message_id,
            func.coalesce(attempt.c.armed_ms, enrolment.c.enrolled_ms).label("since_ms"),
        )
        .outerjoin(attempt, attempt.c.delivery_id == delivery.c.id)
        .outerjoin(enrolment, enrolment.c.id == delivery.c.enrolment_id)
        .where(
            delivery.c.account_id == account_id,
            delivery.c.lead_id == lead_id,
            delivery.c.kind.in_((DeliveryKind.MESSAGE, DeliveryKind.REPLY, DeliveryKind.INVITE)),
            delivery.c.state.in_(POSSIBLE),
            delivery.c.body.is_not(None),
            or_(attempt.c.armed_ms.is_not(None), delivery.c.verified_ms.is_not(None)),
        )
    )
    return [OurText(text=r.body, armed_at=from_ms(r.since_ms), message_id=r.provider_message_id) for r in rows]


def _store(uow: UnitOfWork, account_id: int, lead_id: int, item: Message, author: Author, now: datetime) -> bool:
    added = uow.connection.execute(
        sqlite_insert(message)
        .values(
            account_id=account_id,
            lead_id=lead_id,
            provider_message_id=item.message_id,
            chat_id=item.chat_id,
            is_ours=int(item.is_ours),
            author=author,
            kind=item.kind,
            body=item.text or "",
            at_ms=to_ms(item.at),
            seen_ms=to_ms(now),
        )
        .on_conflict_do_nothing()
    ).rowcount
    return added == 1


def know_chat(
    uow: UnitOfWork,
    account_id: int,
    chat_id: str,
    lead_id: int | None,
    provider_id: str | None = None,
    *,
    is_proven: bool = False,
) -> None:
    """Keep whose chat it is. What is known is never forgotten: nobody's, as a group is, it stays unless `is_proven`."""
    is_somebodys = None if is_proven else or_(chat.c.lead_id.is_not(None), chat.c.provider_id.is_not(None))
    added = sqlite_insert(chat).values(account_id=account_id, chat_id=chat_id, lead_id=lead_id, provider_id=provider_id)
    uow.connection.execute(
        added.on_conflict_do_update(
            index_elements=[chat.c.account_id, chat.c.chat_id],
            set_={"lead_id": func.coalesce(chat.c.lead_id, added.excluded.lead_id)},
            where=is_somebodys,
        )
    )


def _reply(
    uow: UnitOfWork, account_id: int, lead_id: int, provider_id: str | None, found: SeenMessage, now: datetime
) -> bool:
    rows = uow.connection.execute(
        select(enrolment).where(
            enrolment.c.lead_id == lead_id, enrolment.c.account_id == account_id, enrolment.c.replied_ms.is_(None)
        )
    ).all()
    stopped = False
    for row in rows:
        since_ms = min(row.enrolled_ms, row.invited_ms if row.invited_ms is not None else row.enrolled_ms)
        since = from_ms(max(since_ms, row.set_aside_ms or 0))
        if not replies.is_reply(found, lead_provider_id=provider_id or "", since=since):
            continue
        enrolments.set_facts(uow, row.id, replied_ms=to_ms(found.at))
        line = replies.first_line(found.text)
        activity.note(
            uow,
            now,
            "replied",
            f"Answered “{line}”; the sequence has stopped.",
            account_id=account_id,
            campaign_id=row.campaign_id,
            enrolment_id=row.id,
            lead_id=lead_id,
        )
        enrolments.replan(uow, row.id, now)
        stopped = True
    if stopped:
        uow.happened(
            ReplyReceived(at=now, account_id=account_id, lead_id=lead_id, first_line=replies.first_line(found.text))
        )
    return stopped


def _hand_written(uow: UnitOfWork, account_id: int, lead_id: int, found: SeenMessage, now: datetime) -> bool:
    rows = uow.connection.execute(
        select(
            enrolment.c.id,
            enrolment.c.campaign_id,
            enrolment.c.enrolled_ms,
            enrolment.c.set_aside_ms,
            enrolment.c.is_active,
        ).where(
            enrolment.c.lead_id == lead_id,
            enrolment.c.account_id == account_id,
            enrolment.c.hand_wrote_ms.is_(None),
            enrolment.c.stage.not_in(OVER),  # who is excluded or archived may come back
        )
    ).all()
    stopped = [r for r in rows if found.at > from_ms(max(r.enrolled_ms, r.set_aside_ms or 0))]
    for row in stopped:
        enrolments.set_facts(uow, row.id, hand_wrote_ms=to_ms(found.at))
        if not row.is_active:
            enrolments.replan(uow, row.id, now)
            continue
        words = "You wrote to them on LinkedIn yourself. The sequence has stopped."
        activity.note(
            uow,
            now,
            "hand_wrote",
            words,
            account_id=account_id,
            campaign_id=row.campaign_id,
            enrolment_id=row.id,
            lead_id=lead_id,
        )
        enrolments.replan(uow, row.id, now)
    return any(row.is_active for row in stopped)


def lead_of_message(uow: UnitOfWork, account_id: int, item: Message) -> int | None:
    """Return the lead that a message of the inbox belongs to: by its sender, else by its known chat."""
    if not item.is_ours and item.sender_id:
        return uow.connection.execute(
            select(lead.c.id).where(lead.c.provider_id == item.sender_id)
        ).scalar_one_or_none()
    return uow.connection.execute(
        select(chat.c.lead_id).where(chat.c.account_id == account_id, chat.c.chat_id == item.chat_id)
    ).scalar_one_or_none()


def unknown_chats(uow: UnitOfWork, account_id: int, chat_ids: Iterable[str]) -> list[str]:
    """Return the chats whose other side isn't known yet."""
    wanted = sorted(set(chat_ids))
    known = set(
        uow.connection.execute(
            select(chat.c.chat_id).where(chat.c.account_id == account_id, chat.c.chat_id.in_(wanted))
        ).scalars()
    )
    return [c for c in wanted if c not in known]


def know_chat_of(uow: UnitOfWork, account_id: int, chat_id: str, provider_id: str | None) -> None:
    """Keep whose chat it is: also that it is of somebody who may become a lead, or a group. It isn't asked again."""
    lead_id = None
    if provider_id:
        lead_id = uow.connection.execute(
            select(lead.c.id).where(lead.c.provider_id == provider_id)
        ).scalar_one_or_none()
    know_chat(uow, account_id, chat_id, lead_id, provider_id)
