"""The check behind Start: every text of every lead rendered strictly, in chunks off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from engine.domain import templates
from engine.domain.sequences import Step
from engine.services.context import Context
from engine.services.sending.texts import Held, values_of, write
from storage.repositories.campaigns import CampaignRow
from storage.tables import account, enrolment, lead

CHUNK = 200


@dataclass(frozen=True, kw_only=True)
class HeldLead:
    """A lead that can't be written to, with the step and the reason."""

    enrolment_id: int
    lead_id: int
    name: str
    step: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What the check found. `problems` concern the templates themselves and block the campaign."""

    leads: int
    problems: tuple[tuple[str, str], ...]
    held: tuple[HeldLead, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether anything must be mended first."""
        return bool(self.problems or self.held)


async def check_campaign(
    ctx: Context, row: CampaignRow, *, progress: Callable[[int, int], None] | None = None
) -> Preflight:
    """Render every lead × step of a campaign that hasn't started for them."""
    sender, is_paid = await ctx.db.read(lambda c: _sender(c, row.account_id))
    total = await ctx.db.read(lambda c: len(_ids(c, row.campaign_id)))
    held: list[HeldLead] = []
    after, done = 0, 0
    while True:
        found = await ctx.db.read(lambda c, after=after: _check_chunk(c, row, sender, is_paid, after))  # type: ignore[misc]
        if found is None:
            break
        after, size, chunk_held = found
        held += chunk_held
        done += size
        if progress is not None:
            progress(done, total)
    return Preflight(leads=total, problems=tuple(_template_problems(row)), held=tuple(held))


def _template_problems(row: CampaignRow) -> list[tuple[str, str]]:
    """Problems of syntax; a variable that no lead has shows up as those leads being held."""
    found = []
    for step in row.sequence.steps:
        for variant in step.texts:
            found += [
                (step.key, f"line {p.line}, column {p.column}: {p.message}")
                for p in templates.check(variant.text, None)
            ]
    return found


def _sender(connection: Connection, account_id: int | None) -> tuple[str, bool]:
    if account_id is None:
        return "Alex", False
    row = connection.execute(select(account.c.first_name, account.c.is_paid).where(account.c.id == account_id)).one()
    return row.first_name, bool(row.is_paid)


def _ids(connection: Connection, campaign_id: int) -> list[int]:
    return list(
        connection.execute(
            select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id, enrolment.c.is_active == 1)
        ).scalars()
    )


def _check_chunk(
    connection: Connection, row: CampaignRow, sender: str, is_paid: bool, after: int
) -> tuple[int, int, list[HeldLead]] | None:
    rows = connection.execute(
        select(enrolment.c.id.label("enrolment_id"), lead)
        .join(lead, lead.c.id == enrolment.c.lead_id)
        .where(enrolment.c.campaign_id == row.campaign_id, enrolment.c.is_active == 1, enrolment.c.id > after)
        .order_by(enrolment.c.id)
        .limit(CHUNK)
    ).all()
    if not rows:
        return None
    held = []
    for found in rows:
        values = values_of(found, sender)
        problem = _first_problem(row.sequence.steps, values, found.identity_key, is_paid)
        if problem is not None:
            name = f"{found.first_name} {found.last_name}".strip() or found.public_identifier or found.identity_key
            held.append(
                HeldLead(
                    enrolment_id=found.enrolment_id, lead_id=found.id, name=name, step=problem[0], reason=problem[1]
                )
            )
    return rows[-1].enrolment_id, len(rows), held


def _first_problem(
    steps: tuple[Step, ...], values: dict[str, str], lead_key: str, is_paid: bool
) -> tuple[str, str] | None:
    for step in steps:
        written = write(step, values, lead_key=lead_key, is_paid=is_paid)
        if isinstance(written, Held):
            return step.key, written.reason
    return None
