"""What an enrolment is at: its facts read from their rows, one at a time or many at once, and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from engine.domain import enrolment as rules
from engine.domain.approvals import ApprovalState
from engine.domain.enrolment import Facts, OpenRow, StepEnd
from engine.domain.ledger import ENDED_STATES, OPEN_STATES, DeliveryKind, DeliveryState
from engine.domain.sequences import Sequence
from engine.domain.working_hours import WorkingHours
from engine.errors import NotFound
from storage.column_types import from_ms, hours_of, maybe_from_ms, sequence_of, to_ms
from storage.repositories import activity
from storage.repositories import do_not_contact as barred
from storage.tables import IS_STANDING, account, approval, campaign, delivery, enrolment, lead, sequence_version
from storage.unit_of_work import UnitOfWork

FORGOTTEN = "forgotten"
"""Why nothing goes to somebody whom the person asked to forget."""


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """All that decides an enrolment's next action."""

    enrolment_id: int
    campaign_id: int
    lead_id: int
    account_id: int | None
    campaign_state: str
    is_started: bool
    facts: Facts
    sequence: Sequence
    hours: WorkingHours | None
    has_open_row: bool
    version_id: int | None
    next_version_id: int | None
    next_at: datetime | None
    """When the stored plan lets what comes next be due."""


def load(uow: UnitOfWork, enrolment_id: int) -> Enrolled:
    """Load an enrolment's facts. Raises: NotFound."""
    found = load_many(uow.connection, [enrolment_id])
    if not found:
        raise NotFound(f"There is no enrolment {enrolment_id}.")
    return found[0]


def load_many(connection: Connection, ids: Listed[int]) -> list[Enrolled]:
    """Load the facts of some enrolments, in the order of their ids."""
    rows = connection.execute(_SELECT.where(enrolment.c.id.in_(ids)).order_by(enrolment.c.id)).all()
    of_enrolment: dict[int, list[Any]] = {}
    for row in connection.execute(_ROWS.where(delivery.c.enrolment_id.in_(ids))):
        of_enrolment.setdefault(row.enrolment_id, []).append(row)
    return [_enrolled(row, of_enrolment.get(row.id, [])) for row in rows]


def derived_stage(connection: Connection, enrolment_id: int) -> str:
    """Return the stage that the stored facts imply."""
    (found,) = load_many(connection, [enrolment_id])
    return rules.stage_of(found.facts, found.sequence)


_SELECT = (
    select(
        enrolment,
        campaign.c.state.label("campaign_state"),
        campaign.c.time_zone.label("c_zone"),
        campaign.c.days.label("c_days"),
        campaign.c.start_minute.label("c_start"),
        campaign.c.end_minute.label("c_end"),
        account.c.time_zone.label("a_zone"),
        account.c.days.label("a_days"),
        account.c.start_minute.label("a_start"),
        account.c.end_minute.label("a_end"),
        sequence_version.c.steps,
    )
    .join(campaign, campaign.c.id == enrolment.c.campaign_id)
    .join(sequence_version, sequence_version.c.id == func.coalesce(enrolment.c.version_id, campaign.c.version_id))
    .outerjoin(account, account.c.id == enrolment.c.account_id)
)


_ROWS = select(
    delivery.c.enrolment_id,
    delivery.c.step_key,
    delivery.c.kind,
    delivery.c.state,
    delivery.c.ended_ms,
    delivery.c.next_look_ms,
    delivery.c.reason,
    approval.c.state.label("request"),
).outerjoin(approval, and_(approval.c.delivery_id == delivery.c.id, IS_STANDING))


def _enrolled(row: Row[Any], rows: Listed[Any]) -> Enrolled:
    open_row = next((r for r in rows if r.state in OPEN_STATES), None)
    return Enrolled(
        enrolment_id=row.id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        account_id=row.account_id,
        campaign_state=row.campaign_state,
        is_started=row.started_ms is not None,
        facts=_facts(row, rows, open_row),
        sequence=sequence_of(row.steps),
        hours=_hours(row),
        has_open_row=open_row is not None,
        version_id=row.version_id,
        next_version_id=row.next_version_id,
        next_at=maybe_from_ms(row.next_ms),
    )


def _hours(row: Row[Any]) -> WorkingHours | None:
    if row.c_zone:
        return hours_of(row.c_zone, row.c_days, row.c_start, row.c_end)
    if row.a_zone:
        return hours_of(row.a_zone, row.a_days, row.a_start, row.a_end)
    return None


def _facts(row: Row[Any], rows: Any, open_row: Any) -> Facts:
    ended = {
        r.step_key: StepEnd(how=DeliveryState(r.state), at=from_ms(r.ended_ms), kind=DeliveryKind(r.kind))
        for r in rows
        if r.state in ENDED_STATES
    }
    waiting = None
    if open_row is not None:
        waiting = OpenRow(
            kind=DeliveryKind(open_row.kind),
            state=DeliveryState(open_row.state),
            next_look_at=maybe_from_ms(open_row.next_look_ms),
            reason=open_row.reason,
        )
    return Facts(
        started_at=from_ms(row.started_ms if row.started_ms is not None else row.enrolled_ms),
        invited_at=maybe_from_ms(row.invited_ms),
        invited_by_hand=bool(row.invited_by_hand),
        is_unconfirmed=bool(row.is_unconfirmed),
        connected_at=maybe_from_ms(row.connected_ms),
        was_connected=bool(row.was_connected),
        withdrawn_at=maybe_from_ms(row.withdrawn_ms),
        withdrawn_why=row.withdrawn_why,
        replied_at=maybe_from_ms(row.replied_ms),
        hand_wrote_at=maybe_from_ms(row.hand_wrote_ms),
        excluded_at=maybe_from_ms(row.excluded_ms),
        excluded_why=row.excluded_why,
        attention_why=row.attention_why,
        ended=ended,
        open_row=waiting,
        passed={key: from_ms(ms) for key, ms in json.loads(row.passed_steps).items()},
        chosen_step=row.chosen_step,
        chosen_at=maybe_from_ms(row.chosen_ms),
        continue_at=maybe_from_ms(row.continue_ms),
        moved_at=maybe_from_ms(row.moved_ms),
        requests={r.step_key: ApprovalState(r.request) for r in rows if r.request},
    )


def set_facts(uow: UnitOfWork, enrolment_id: int, **columns: Any) -> None:
    """Write facts; call `replan` in the same transaction."""
    uow.connection.execute(update(enrolment).where(enrolment.c.id == enrolment_id).values(**columns))


def stop_if_listed(uow: UnitOfWork, enrolment_id: int, lead_id: int, now: datetime) -> bool:
    """Exclude an enrolment whose person is on the do-not-contact list, or was forgotten. Returns whether they are."""
    words = _why_never(uow, lead_id)
    if not words:
        return False
    set_facts(uow, enrolment_id, excluded_ms=to_ms(now), excluded_why=words, attention_why="")
    campaign_id = uow.connection.execute(select(enrolment.c.campaign_id).where(enrolment.c.id == enrolment_id)).scalar()
    activity.note(
        uow,
        now,
        "excluded",
        f"Excluded: {words}.",
        campaign_id=campaign_id,
        enrolment_id=enrolment_id,
        lead_id=lead_id,
    )
    return True


def _why_never(uow: UnitOfWork, lead_id: int) -> str:
    is_forgotten = select(lead.c.id).where(lead.c.id == lead_id, lead.c.forgotten_ms.is_not(None))
    if uow.connection.execute(is_forgotten).first() is not None:
        return FORGOTTEN
    entry = barred.entries_of_leads(uow.connection, [lead_id]).get(lead_id)
    return "" if entry is None else entry.words


def set_passed(uow: UnitOfWork, enrolment_id: int, passed: Mapping[str, datetime]) -> None:
    """Write which steps count as ended; call `replan` in the same transaction."""
    set_facts(uow, enrolment_id, passed_steps=passed_text(passed))


def passed_text(passed: Mapping[str, datetime]) -> str:
    """Return passed steps as their column holds them."""
    return json.dumps({key: to_ms(at) for key, at in passed.items()})
