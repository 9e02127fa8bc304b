"""One lead: what comes and why, what happened, what was said, the coming texts, facts and note. Reads only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from engine.domain.enrolment import NextAction, next_action
from engine.domain.identifiers import Identity, IdentityKind, slug_identity
from engine.domain.lead_future import Future, coming_steps, future_of, unstarted_why
from engine.domain.planner import LaneState
from engine.domain.replies import Author
from engine.domain.step_choice import Verb, decisions
from engine.services import previews
from engine.services.context import Context
from engine.services.present import Present, lane_now
from engine.services.questions import Item, open_items
from engine.services.sending.texts import Held, values_of, write
from storage.column_types import from_ms, maybe_from_ms, to_ms
from storage.queries import lead_story
from storage.repositories import enrolments, own_texts
from storage.repositories.enrolments import RUNNABLE, Enrolled
from storage.repositories.leads import TEXT_FIELDS
from storage.unit_of_work import UnitOfWork

HISTORY = 200
MESSAGES = 200


@dataclass(frozen=True, kw_only=True)
class CampaignStory:
    """A lead in one campaign. `is_excludable`: it has not come to an end, so there is something to stop."""

    enrolment_id: int
    campaign: str
    campaign_state: str
    stage: str
    future: Future
    is_excludable: bool
    decisions: tuple[Verb, ...] = ()
    """What a person may decide for this lead here, in the order it is offered."""


@dataclass(frozen=True, kw_only=True)
class PastLine:
    """One thing that happened; `text` is what was sent, if it was a text."""

    at: datetime
    kind: str
    words: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """One message of the conversation; `author` is lead, us, or hand (typed on LinkedIn by the account's owner)."""

    at: datetime
    author: str
    text: str
    is_note: bool = False


@dataclass(frozen=True, kw_only=True)
class ComingText:
    """What a coming step would send to this lead now, or why nothing can be written. `text` None: without one."""

    campaign: str
    title: str
    text: str | None
    held: str = ""
    is_if_accepted: bool = False
    is_approved_text: bool = False


@dataclass(frozen=True, kw_only=True)
class LeadStory:
    """Everything about one lead. `web_address` is on linkedin.com, or "" where no address is known."""

    lead_id: int
    name: str
    company: str
    title: str
    location: str
    address: str
    web_address: str
    campaigns: tuple[CampaignStory, ...]
    questions: tuple[Item, ...]
    past: tuple[PastLine, ...]
    conversation: tuple[Said, ...]
    coming: tuple[ComingText, ...]
    facts: tuple[tuple[str, str], ...]
    note: str
    is_forgotten: bool


class LeadStories:
    """Use cases of a lead's panel."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def story(self, lead_id: int) -> LeadStory | None:
        """Return everything about one lead, about the one that goes on if it was merged, or None if it is gone."""
        present = self._ctx.present()
        return await self._ctx.db.read(lambda c: _story(c, lead_id, present))


def _story(connection: Connection, lead_id: int, present: Present) -> LeadStory | None:
    row = lead_story.person(connection, lead_id)
    if row is None:
        return None
    lead_id = row.id
    found = [(r, enrolments.load(UnitOfWork(connection), r.id)) for r in lead_story.enrolments_of(connection, lead_id)]
    web_address, is_forgotten = _web_address(row), row.forgotten_ms is not None
    return LeadStory(
        lead_id=lead_id,
        name=f"{row.first_name} {row.last_name}".strip() or row.public_identifier or "",
        company=row.company,
        title=row.title or row.headline,
        location=row.location,
        address=web_address.removeprefix("https://www."),
        web_address=web_address,
        campaigns=tuple(
            _campaign_story(connection, r, enrolled, present, is_forgotten=is_forgotten) for r, enrolled in found
        ),
        questions=tuple(open_items(connection, present.now, lead_id=lead_id)),
        past=_past(connection, lead_id),
        conversation=_conversation(connection, lead_id),
        coming=tuple(text for r, enrolled in found for text in _coming(connection, row, r.campaign_name, enrolled)),
        facts=_facts(row),
        note=row.note,
        is_forgotten=is_forgotten,
    )


def _web_address(row: Row[Any]) -> str:
    if row.public_identifier:
        return slug_identity(row.public_identifier).web_address
    kind, _, value = row.identity_key.partition(":")
    return Identity(kind=IdentityKind(kind), value=value).web_address if kind in set(IdentityKind) else ""


def _campaign_story(
    connection: Connection, row: Row[Any], found: Enrolled, present: Present, *, is_forgotten: bool
) -> CampaignStory:
    return CampaignStory(
        enrolment_id=row.id,
        campaign=row.campaign_name,
        campaign_state=row.campaign_state,
        stage=row.stage,
        future=_future(connection, row, found, present),
        is_excludable=bool(row.is_active) and row.excluded_ms is None and row.campaign_state != "archived",
        decisions=() if is_forgotten else _decisions(connection, found, present.now),
    )


def _decisions(connection: Connection, found: Enrolled, now: datetime) -> tuple[Verb, ...]:
    if not found.is_started or found.campaign_state not in RUNNABLE or found.hours is None:
        return ()
    is_put_off = lead_story.is_put_off(connection, found.enrolment_id, to_ms(now))
    return decisions(found.facts, found.sequence, found.hours, now, is_put_off=is_put_off)


def _future(connection: Connection, row: Row[Any], found: Enrolled, present: Present) -> Future:
    if row.excluded_ms is not None and not row.attention_why:
        return Future(why=row.excluded_why)
    if words := unstarted_why(row.campaign_state, is_started=found.is_started):
        return Future(why=row.attention_why or words)
    action = _action(found)
    state = _own_lane(connection, found, present)
    if state is None and row.next_action is None and row.is_active:
        return Future(at=maybe_from_ms(row.next_ms), why=row.next_why)
    return future_of(action, found.sequence, state)


def _action(found: Enrolled) -> NextAction | None:
    if found.hours is None or found.campaign_state not in RUNNABLE:
        return None
    return next_action(found.facts, found.sequence, found.hours)


def _own_lane(connection: Connection, found: Enrolled, present: Present) -> LaneState | None:
    """Return the account's state with this lead's own planned row as its only head."""
    planned = lead_story.planned_id(connection, found.enrolment_id)
    if planned is None or found.account_id is None:
        return None
    return lane_now(connection, found.account_id, present, only_delivery_id=planned)


def _past(connection: Connection, lead_id: int) -> tuple[PastLine, ...]:
    return tuple(
        PastLine(at=from_ms(r.at_ms), kind=r.kind, words=r.words, text=r.body or "")
        for r in lead_story.history(connection, lead_id, HISTORY)
    )


def _conversation(connection: Connection, lead_id: int) -> tuple[Said, ...]:
    read = [
        Said(at=from_ms(r.at_ms), author=r.author, text=r.body, is_note=r.kind == "INVITATION")
        for r in lead_story.messages(connection, lead_id, MESSAGES)
    ]
    sent = [
        Said(at=from_ms(r.at_ms), author=Author.US, text=r.body, is_note=r.kind == "invite")
        for r in lead_story.sent_unread(connection, lead_id, MESSAGES)
    ]
    return tuple(sorted([*read, *sent], key=lambda said: said.at))


def _coming(connection: Connection, row: Row[Any], campaign: str, found: Enrolled) -> list[ComingText]:
    if found.campaign_state == "archived":
        return []
    sender, is_paid = previews.sender(connection, found.campaign_id)
    values = values_of(row, sender)
    standing = lead_story.standing_texts(connection, found.enrolment_id)
    own = own_texts.of_enrolments(connection, [found.enrolment_id]).get(found.enrolment_id, {})
    texts = []
    for coming in coming_steps(found.facts, found.sequence):
        mine = own.get(coming.step.key)
        written = write(coming.step, values, lead_key=row.identity_key, is_paid=is_paid, own=mine)
        is_asked = coming.step.key in standing
        text = standing[coming.step.key] if is_asked else None if isinstance(written, Held) else written.text
        texts.append(
            ComingText(
                campaign=campaign,
                title=coming.title,
                text=text,
                held=written.reason if isinstance(written, Held) and not is_asked else "",
                is_if_accepted=coming.is_if_accepted,
                is_approved_text=is_asked,
            )
        )
    return texts


def _facts(row: Row[Any]) -> tuple[tuple[str, str], ...]:
    custom = json.loads(row.custom)
    known = [(name, getattr(row, name)) for name in TEXT_FIELDS if getattr(row, name)]
    return (*known, *((name, value) for name, value in custom.items() if isinstance(value, str) and value))
