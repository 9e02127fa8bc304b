"""Enrolments: their facts, and the one function that keeps stage, plan and claim true to them."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlalchemy import and_, delete, exists, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain import enrolment as rules
from engine.domain.enrolment import Act, Ask, Done, NextAction, Wait
from engine.domain.ledger import DeliveryState
from engine.domain.news import CampaignFinished
from storage.column_types import to_ms
from storage.repositories import activity, versions
from storage.repositories.enrolment_facts import (
    Enrolled,
    derived_stage,
    load,
    load_many,
    set_facts,
    set_passed,
    stop_if_listed,
)
from storage.tables import campaign, delivery, enrolment, lead_claim
from storage.unit_of_work import UnitOfWork

__all__ = [
    "Enrolled",
    "derived_stage",
    "finish_if_over",
    "load",
    "load_many",
    "reopen_if_active",
    "replan",
    "replan_if_moving",
    "set_facts",
    "set_passed",
    "stop_if_listed",
]
RUNNABLE = ("running", "paused", "finished")
REPLANNED = (DeliveryState.PLANNED, DeliveryState.CANCELLED, DeliveryState.SUPERSEDED)


def replan(uow: UnitOfWork, enrolment_id: int, now: datetime) -> NextAction | None:
    """Make stage, next action, planned row and claim follow from the facts.

    Returns None while nothing can be planned: the campaign is a draft, or Start hasn't reached this lead yet.
    """
    found = load(uow, enrolment_id)
    if versions.move(uow, found, now):
        found = load(uow, enrolment_id)
    action = _action(found)
    if not isinstance(action, Done) and stop_if_listed(uow, enrolment_id, found.lead_id, now):
        found = load(uow, enrolment_id)
        action = _action(found)
    if isinstance(action, Act) and not found.has_open_row and not _claim(uow, found):
        action = Wait(until=None, why="another campaign of this account is working on this person")
    _keep_planned_row(uow, found, action)
    if isinstance(action, Done | Ask) or action is None:
        _release(uow, found, action, now)
    _keep_columns(uow, found, action)
    if isinstance(action, Done):
        finish_if_over(uow, found.campaign_id, now)
    elif isinstance(action, Act) and found.campaign_state == "finished":
        _reopen_campaign(uow, found.campaign_id, now)
    return action


def replan_if_moving(uow: UnitOfWork, enrolment_id: int | None, now: datetime) -> bool:
    """Plan anew whoever is on the way to another version of the sequence. Returns whether they were."""
    is_moving = select(enrolment.c.id).where(enrolment.c.id == enrolment_id, enrolment.c.next_version_id.is_not(None))
    if uow.connection.execute(is_moving).first() is None:
        return False
    replan(uow, enrolment_id or 0, now)
    return True


def _action(found: Enrolled) -> NextAction | None:
    is_runnable = found.is_started and found.campaign_state in RUNNABLE
    if not is_runnable or found.account_id is None or found.hours is None:
        settled = rules.stage_of(found.facts, found.sequence)
        if found.campaign_state == "archived":
            return Done(stage=settled, why=found.facts.excluded_why or "the campaign is archived")
        return Done(stage=settled, why=found.facts.excluded_why) if found.facts.excluded_at else None
    return rules.next_action(found.facts, found.sequence, found.hours)


def _claim(uow: UnitOfWork, found: Enrolled) -> bool:
    uow.connection.execute(
        sqlite_insert(lead_claim)
        .values(account_id=found.account_id, lead_id=found.lead_id, enrolment_id=found.enrolment_id)
        .on_conflict_do_nothing()
    )
    holder = uow.connection.execute(
        select(lead_claim.c.enrolment_id).where(
            lead_claim.c.account_id == found.account_id, lead_claim.c.lead_id == found.lead_id
        )
    ).scalar_one()
    return bool(holder == found.enrolment_id)


def _release(uow: UnitOfWork, found: Enrolled, action: NextAction | None, now: datetime) -> None:
    is_taken_over = found.facts.hand_wrote_at is not None  # this campaign works on them no more, another may
    if found.has_open_row or (isinstance(action, Ask) and not is_taken_over):
        return
    freed = uow.connection.execute(delete(lead_claim).where(lead_claim.c.enrolment_id == found.enrolment_id)).rowcount
    if not freed:
        return
    waiting = uow.connection.execute(
        select(enrolment.c.id).where(
            enrolment.c.lead_id == found.lead_id,
            enrolment.c.account_id == found.account_id,
            enrolment.c.id != found.enrolment_id,
            enrolment.c.is_active == 1,
            enrolment.c.started_ms.is_not(None),
        )
    ).scalars()
    for other in waiting.all():
        replan(uow, other, now)


def _keep_planned_row(uow: UnitOfWork, found: Enrolled, action: NextAction | None) -> None:
    wanted = action.step_key if isinstance(action, Act) and not found.has_open_row else None
    uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.enrolment_id == found.enrolment_id,
            delivery.c.state == DeliveryState.PLANNED,
            delivery.c.step_key != (wanted or ""),
        )
        .values(state=DeliveryState.SUPERSEDED)
    )
    if wanted is None or not isinstance(action, Act):
        return
    changed = uow.connection.execute(
        update(delivery)
        .where(
            delivery.c.enrolment_id == found.enrolment_id,
            delivery.c.step_key == wanted,
            delivery.c.state.in_(REPLANNED),
        )
        .values(state=DeliveryState.PLANNED, due_ms=func.max(to_ms(action.due_at), delivery.c.not_before_ms))
    ).rowcount
    if not changed:
        uow.connection.execute(
            insert(delivery).values(
                uuid=uuid4().hex,
                account_id=found.account_id,
                lead_id=found.lead_id,
                enrolment_id=found.enrolment_id,
                campaign_id=found.campaign_id,
                step_key=wanted,
                kind=action.kind,
                state=DeliveryState.PLANNED,
                due_ms=to_ms(action.due_at),
            )
        )


def _keep_columns(uow: UnitOfWork, found: Enrolled, action: NextAction | None) -> None:
    next_at = action.due_at if isinstance(action, Act) else getattr(action, "until", None)
    uow.connection.execute(
        update(enrolment)
        .where(enrolment.c.id == found.enrolment_id)
        .values(
            stage=rules.stage_of(found.facts, found.sequence),
            is_active=0 if isinstance(action, Done) else 1,
            steps_ended=rules.steps_ended(found.facts, found.sequence),
            messages_sent=rules.messages_sent(found.facts, found.sequence),
            next_action=action.kind if isinstance(action, Act) else None,
            next_ms=None if next_at is None else to_ms(next_at),
            next_why=getattr(action, "why", ""),
            wake_ms=to_ms(next_at) if isinstance(action, Wait) and next_at is not None else None,
        )
    )
    uow.changed("enrolment", found.enrolment_id)
    uow.changed("lead", found.lead_id)
    uow.changed("campaign", found.campaign_id)


def finish_if_over(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """Finish a running campaign that nobody is active in."""
    has_active = exists().where(and_(enrolment.c.campaign_id == campaign_id, enrolment.c.is_active == 1))
    finished = uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == campaign_id, campaign.c.state == "running", ~has_active)
        .values(state="finished", finished_ms=to_ms(now))
    ).rowcount
    if finished:
        activity.note(uow, now, "campaign_finished", "The campaign is finished.", campaign_id=campaign_id)
        uow.happened(CampaignFinished(at=now, campaign_id=campaign_id))
        uow.changed("campaign", campaign_id)


def reopen_if_active(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """Let a finished campaign go on that somebody is active in again."""
    is_active = exists().where(and_(enrolment.c.campaign_id == campaign_id, enrolment.c.is_active == 1))
    found = select(campaign.c.id).where(campaign.c.id == campaign_id, campaign.c.state == "finished", is_active)
    if uow.connection.execute(found).first() is not None:
        _reopen_campaign(uow, campaign_id, now)


def _reopen_campaign(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """Somebody whose invitation stayed open has accepted after all."""
    uow.connection.execute(
        update(campaign).where(campaign.c.id == campaign_id).values(state="running", finished_ms=None)
    )
    activity.note(uow, now, "campaign_reopened", "The campaign goes on.", campaign_id=campaign_id)
    uow.changed("campaign", campaign_id)
