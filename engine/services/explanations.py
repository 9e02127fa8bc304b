"""Why: what next, when, and what it waits for; from the same functions that the scheduler obeys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.domain import planner
from engine.domain.approvals import ASKED_KINDS, IS_APPROVED, WAITS
from engine.domain.lead_future import unstarted_why
from engine.domain.planner import Chosen, Head, Idle, LaneState
from engine.errors import NotFound
from engine.services.context import Context
from engine.services.present import Present, lane_now, stop_now
from storage.column_types import maybe_from_ms, row_id_of
from storage.repositories import accounts, campaigns, leads
from storage.tables import activity, campaign, enrolment
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Why:
    """One answer: about what, its state, what comes next, when, and what it waits for."""

    about: str
    name: str
    state: str
    action: str | None
    at: datetime | None
    why: str
    history: tuple[tuple[datetime, str], ...] = ()


class Explanations:
    """Use cases that only explain."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def why(self, name: str) -> list[Why]:
        """Explain a lead (per campaign), a campaign or an account. Raises: NotFound."""
        present = self._ctx.present()
        return await self._ctx.db.look(lambda u: _explain(u, name, present))


def _explain(uow: UnitOfWork, name: str, present: Present) -> list[Why]:
    # A bare number is the lead's that `leads list` shows: campaigns and accounts are known by name.
    kinds = (_of_campaign, _of_account, _of_lead) if row_id_of(name) is None else (_of_lead, _of_campaign, _of_account)
    for explain in kinds:
        try:
            return explain(uow, name, present)
        except NotFound:
            continue
    raise NotFound(f"There is no lead, campaign or account “{name}”.")


def _of_account(uow: UnitOfWork, name: str, present: Present) -> list[Why]:
    row = accounts.find(uow, name)
    choice = planner.choose(lane_now(uow.connection, row.id, present))
    return [_from_choice("account", row.name, row.status, choice, present.now)]


def _of_campaign(uow: UnitOfWork, name: str, present: Present) -> list[Why]:
    return [explain_campaign(uow, campaigns.find(uow, name), present)]


def explain_campaign(uow: UnitOfWork, row: campaigns.CampaignRow, present: Present) -> Why:
    """Return what a campaign does next, when, and what it waits for."""
    if row.account_id is None or row.state not in ("running", "paused"):
        words = {
            "draft": "it hasn't been started",
            "finished": "every lead has come to an end",
            "archived": "it is archived",
        }
        return Why(about="campaign", name=row.name, state=row.state, action=None, at=None, why=words.get(row.state, ""))
    state = lane_now(uow.connection, row.account_id, present)
    heads = [h for h in state.heads if h.campaign_id == row.campaign_id]
    choice = planner.choose(_with_heads(state, heads))
    return _from_choice("campaign", row.name, row.state, choice, present.now, heads)


def _of_lead(uow: UnitOfWork, name: str, present: Present) -> list[Why]:
    person = leads.find(uow, name)
    rows = uow.connection.execute(
        select(
            enrolment,
            campaign.c.name.label("campaign_name"),
            campaign.c.ask_left,
            campaign.c.account_id,
            campaign.c.state.label("campaign_state"),
        )
        .join(campaign, campaign.c.id == enrolment.c.campaign_id)
        .where(enrolment.c.lead_id == person.id)
        .order_by(enrolment.c.id)
    ).all()
    full_name = f"{person.first_name} {person.last_name}".strip() or person.public_identifier or person.identity_key
    if not rows:
        return [Why(about="lead", name=full_name, state="not enrolled", action=None, at=None, why="in no campaign")]
    history = _history(uow.connection, person.id)
    return [
        Why(
            about="lead",
            name=f"{full_name} in {r.campaign_name}",
            state=r.stage,
            action=r.next_action,
            at=maybe_from_ms(r.next_ms),
            why=_lead_why(uow.connection, r, present),
            history=history,
        )
        for r in rows
    ]


def _lead_why(connection: Connection, row: Row[Any], present: Present) -> str:
    """Say what it waits for, that a person is asked first where no question is open yet, and what stops everything."""
    waits = unstarted_why(row.campaign_state, is_started=row.started_ms is not None)
    if row.is_active and waits:
        return str(row.attention_why or waits)
    is_to_be_asked = row.ask_left and row.next_action in ASKED_KINDS and row.next_why not in (WAITS, IS_APPROVED)
    why = f"{row.next_why}; you are asked before it goes" if is_to_be_asked else str(row.next_why)
    is_to_be_sent = row.is_active and row.next_action is not None and row.account_id is not None
    stop = stop_now(connection, row.account_id, present) if is_to_be_sent else ""
    return f"{why}; {stop}" if stop else why


def _history(connection: Connection, lead_id: int) -> tuple[tuple[datetime, str], ...]:
    rows = connection.execute(
        select(activity.c.at_ms, activity.c.words).where(activity.c.lead_id == lead_id).order_by(activity.c.id)
    ).all()
    return tuple((at, r.words) for r in rows if (at := maybe_from_ms(r.at_ms)) is not None)


def _with_heads(state: LaneState, heads: list[Head]) -> LaneState:
    return replace(state, heads=heads)


def _from_choice(
    about: str, name: str, status: str, choice: Chosen | Idle, now: datetime, heads: list[Head] | None = None
) -> Why:
    kind = min(heads, key=lambda h: h.due_at).kind if heads else None
    if isinstance(choice, Chosen):
        return Why(about=about, name=name, state=status, action=kind, at=now, why="its turn is now")
    return Why(about=about, name=name, state=status, action=kind, at=choice.until, why=choice.why)
