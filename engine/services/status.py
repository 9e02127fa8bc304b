"""What is true now: the engine, accounts' health, last good reads, what is next; and the invariants."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from engine.domain import planner
from engine.domain.approvals import ApprovalState
from engine.domain.health import Target, share
from engine.domain.ledger import Action
from engine.domain.limits import WEEK, day_budget
from engine.domain.planner import Chosen
from engine.services.context import Context
from engine.services.present import Present, lane_of
from storage.column_types import from_ms, maybe_from_ms
from storage.queries.coming import active_campaign_ids, planned_next
from storage.queries.lane import LaneAccount, account_uses, lane_account
from storage.tables import IS_STANDING, account, approval, delivery, engine_state, enrolment, lead

if TYPE_CHECKING:
    from storage.queries.invariants import CheckLine


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Used and allowed, from the ledger."""

    words: str
    used: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class AccountStatus:
    """An account now: health, budgets, what it does next and what it waits for."""

    account_id: int
    name: str
    status: str
    status_why: str
    relations_read_at: datetime | None
    replies_read_at: datetime | None
    budgets: tuple[Budget, ...]
    next_at: datetime | None
    why: str


@dataclass(frozen=True, kw_only=True)
class NextSend:
    """A planned step."""

    lead_id: int
    name: str
    kind: str
    due_at: datetime
    campaign: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything that Home and `status` show."""

    now: datetime
    is_paused: bool
    accounts: tuple[AccountStatus, ...]
    coming: tuple[NextSend, ...]
    leads: int
    questions: int
    replies: int
    hold: str = ""
    """Why nothing at all is sent until a person decides, "" while nothing stands against it."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """How well it goes: the four targets, and the engine's pulse."""

    targets: tuple[Target, ...]
    newest_beat_at: datetime | None
    restarts: int
    duplicates: int


class Status:
    """Reads only."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    async def overview(self, *, coming: int = 8) -> Overview:
        """Return what is true now."""
        present = self._ctx.present()
        return await self._ctx.db.read(lambda c: read_overview(c, present, coming))

    async def health(self) -> Health:
        """Return the four targets and the engine's pulse."""
        from engine.services.audit import observed
        from storage import heartbeat
        from storage.queries import targets

        folder = self._ctx.paths.data
        beats, at = await asyncio.get_running_loop().run_in_executor(None, heartbeat.read, folder)

        def read(connection: Connection) -> Health:
            return Health(
                targets=(
                    targets.processed_rightly(connection),
                    targets.acceptances_seen(connection),
                    targets.recovery(connection),
                    share("alive", min(beats.beats, beats.expected), beats.expected),
                ),
                newest_beat_at=at,
                restarts=beats.restarts,
                duplicates=observed(connection),
            )

        return await self._ctx.db.read(read)

    async def check(self) -> list[CheckLine]:
        """Run every invariant of the ledger and the database."""
        from storage.queries.invariants import check_all

        return await self._ctx.db.read(check_all)


def read_overview(connection: Connection, present: Present, coming: int) -> Overview:
    """Return what is true now, with so many coming steps."""
    ids = (
        connection.execute(select(account.c.id).where(account.c.removed_ms.is_(None)).order_by(account.c.id))
        .scalars()
        .all()
    )
    engine = connection.execute(select(engine_state.c.is_paused, engine_state.c.hold_why)).one()
    return Overview(
        now=present.now,
        is_paused=bool(engine.is_paused),
        hold=engine.hold_why,
        accounts=tuple(_account_status(connection, i, present) for i in ids),
        coming=tuple(_coming(connection, coming)),
        leads=connection.execute(select(func.count()).select_from(lead)).scalar_one(),
        questions=_count_stage(connection, "needs_attention") + _count_open_requests(connection),
        replies=_count_stage(connection, "responded"),
    )


def _count_stage(connection: Connection, stage: str) -> int:
    return connection.execute(
        select(func.count()).select_from(enrolment).where(enrolment.c.stage == stage)
    ).scalar_one()


def _count_open_requests(connection: Connection) -> int:
    return connection.execute(
        select(func.count())
        .select_from(approval)
        .join(delivery, delivery.c.id == approval.c.delivery_id)
        .where(approval.c.state == ApprovalState.OPEN, IS_STANDING, delivery.c.state == "planned")
    ).scalar_one()


def _account_status(connection: Connection, account_id: int, present: Present) -> AccountStatus:
    row = connection.execute(select(account).where(account.c.id == account_id)).one()
    found = lane_account(connection, account_id)
    choice = planner.choose(lane_of(connection, found, present))
    return AccountStatus(
        account_id=account_id,
        name=row.name,
        status=row.status,
        status_why=row.status_why,
        relations_read_at=maybe_from_ms(row.relations_read_ms),
        replies_read_at=maybe_from_ms(row.replies_read_ms),
        budgets=_budgets(connection, found, present.now),
        next_at=present.now if isinstance(choice, Chosen) else choice.until,
        why="sending" if isinstance(choice, Chosen) else choice.why,
    )


def _budgets(connection: Connection, found: LaneAccount, now: datetime) -> tuple[Budget, ...]:
    key = str(found.account_id)
    lines = []
    for action, words in (
        (Action.INVITE, "Invitations today"),
        (Action.MESSAGE, "Messages today"),
        (Action.PROFILE_READ, "Profile reads today"),
    ):
        uses = account_uses(connection, found.account_id, action, now)
        today = day_budget(found.limits, action, uses, found.hours, now, account_key=key)
        lines.append(Budget(words=words, used=today.used, limit=today.limit))
        if action is Action.INVITE:
            week = sum(1 for u in uses if u > now - WEEK)
            lines.append(Budget(words="Invitations, 7 days", used=week, limit=found.limits.invites_per_week))
    return tuple(lines)


def _coming(connection: Connection, limit: int) -> list[NextSend]:
    return [
        NextSend(
            lead_id=r.lead_id,
            name=f"{r.first_name} {r.last_name}".strip() or r.public_identifier or "",
            kind=r.kind,
            due_at=from_ms(r.due_ms),
            campaign=r.campaign_name,
        )
        for r in planned_next(connection, active_campaign_ids(connection), limit)
    ]
