"""The check behind Start: every text of every lead rendered strictly, in chunks off the event loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.domain.sequence_rules import Finding, blocking
from engine.domain.sequences import Step
from engine.services import previews
from engine.services.context import Context
from engine.services.sending.texts import Held, values_of, write
from storage.repositories import own_texts
from storage.repositories.campaigns import CampaignRow
from storage.tables import enrolment, lead

CHUNK = 200


@dataclass(frozen=True, kw_only=True)
class HeldLead:
    """A lead that can't be written to, with the step and the reason; `variable` is empty for it, if that is why.

    `is_waiting`: no Start has reached it yet.
    """

    enrolment_id: int
    lead_id: int
    name: str
    step: str
    reason: str
    variable: str | None = None
    is_waiting: bool = True


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What the check found. `problems` concern the templates themselves and block the campaign.

    `waiting` counts the leads that no Start has reached yet, those that would be held among them.
    """

    leads: int
    waiting: int
    problems: tuple[tuple[str, str], ...]
    held: tuple[HeldLead, ...]

    @property
    def held_waiting(self) -> tuple[HeldLead, ...]:
        """Those among the waiting that a Start would hold."""
        return tuple(h for h in self.held if h.is_waiting)

    @property
    def is_blocked(self) -> bool:
        """Whether anything must be mended first."""
        return bool(self.problems or self.held)


class Stopped(Exception):
    """The check was told to stop."""


async def check_campaign(
    ctx: Context,
    row: CampaignRow,
    *,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Preflight:
    """Render every lead × step of a campaign that hasn't started for them. Raises: Stopped."""
    sender, is_paid = await ctx.db.read(lambda c: previews.sender(c, row.campaign_id))
    total = await ctx.db.read(lambda c: len(_ids(c, row.campaign_id)))
    held: list[HeldLead] = []
    after, done, waiting = 0, 0, 0
    while True:
        if should_stop():
            raise Stopped
        found = await ctx.db.read(lambda c, after=after: _check_chunk(c, row, sender, is_paid, after))  # type: ignore[misc]
        if found is None:
            break
        after, size, chunk_waiting, chunk_held = found
        held += chunk_held
        waiting += chunk_waiting
        done += size
        if progress is not None:
            progress(done, total)
    return Preflight(leads=total, waiting=waiting, problems=tuple(_template_problems(row)), held=tuple(held))


def _template_problems(row: CampaignRow) -> list[tuple[str, str]]:
    """What blocks the sequence; a variable that no lead has shows up as those leads being held."""
    return [(found.key, _placed(found)) for found in blocking(row.sequence)]


def _placed(found: Finding) -> str:
    if found.place is None:
        return found.message
    return f"line {found.place.line}, column {found.place.column}: {found.message}"


def _ids(connection: Connection, campaign_id: int) -> list[int]:
    return list(
        connection.execute(
            select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id, enrolment.c.is_active == 1)
        ).scalars()
    )


def _check_chunk(
    connection: Connection, row: CampaignRow, sender: str, is_paid: bool, after: int
) -> tuple[int, int, int, list[HeldLead]] | None:
    rows = connection.execute(
        select(enrolment.c.id.label("enrolment_id"), enrolment.c.started_ms, enrolment.c.attention_why, lead)
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .where(enrolment.c.campaign_id == row.campaign_id, enrolment.c.is_active == 1, enrolment.c.id > after)
        .order_by(enrolment.c.id)
        .limit(CHUNK)
    ).all()
    if not rows:
        return None
    own = own_texts.of_enrolments(connection, [r.enrolment_id for r in rows])
    held, waiting = [], 0
    for found in rows:
        is_waiting = found.started_ms is None and not found.attention_why
        waiting += is_waiting
        values = values_of(found, sender)
        mine = own.get(found.enrolment_id, {})
        problem = _first_problem(row.sequence.steps, values, found.identity_key, is_paid, mine)
        if problem is not None:
            step, why = problem
            name = f"{found.first_name} {found.last_name}".strip() or found.public_identifier or found.identity_key
            held.append(
                HeldLead(
                    enrolment_id=found.enrolment_id,
                    lead_id=found.id,
                    name=name,
                    step=step,
                    reason=why.reason,
                    variable=why.variable,
                    is_waiting=is_waiting,
                )
            )
    return rows[-1].enrolment_id, len(rows), waiting, held


def _first_problem(
    steps: tuple[Step, ...], values: dict[str, str], lead_key: str, is_paid: bool, own: Mapping[str, str]
) -> tuple[str, Held] | None:
    for step in steps:
        written = write(step, values, lead_key=lead_key, is_paid=is_paid, own=own.get(step.key))
        if isinstance(written, Held):
            return step.key, written
    return None
