"""A sequence's versions: made, never changed; and enrolments on their way from one to another."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from engine.domain import enrolment as rules
from engine.domain.enrolment import Act
from engine.domain.ledger import DeliveryState
from engine.domain.sequence_change import Effect, change_of
from engine.domain.sequences import Sequence
from storage.column_types import sequence_json, sequence_of, to_ms
from storage.repositories import activity
from storage.repositories.campaigns import CampaignRow
from storage.repositories.enrolment_facts import Enrolled, passed_text, set_facts, set_passed
from storage.tables import campaign, delivery, enrolment, sequence_version
from storage.unit_of_work import UnitOfWork

MAY_GO_ON = or_(enrolment.c.is_active == 1, enrolment.c.stage == rules.Stage.INVITE_SENT)
"""Also of who waits for nothing, an invitation that stays open may still be accepted: then the sequence goes on."""
WORDS = {
    Effect.NEXT_CHANGED: "The sequence was changed: what comes next is different.",
    Effect.NEXT_REMOVED: "The sequence was changed: the step that came next is gone.",
}


def add(uow: UnitOfWork, campaign_id: int, sequence: Sequence, now: datetime) -> tuple[int, int]:
    """Make a version, the campaign's newest, frozen at once. Returns its id and its number."""
    newest = select(func.max(sequence_version.c.n)).where(sequence_version.c.campaign_id == campaign_id)
    n = int(uow.connection.execute(newest).scalar_one()) + 1
    key = uow.connection.execute(
        insert(sequence_version).values(
            campaign_id=campaign_id, n=n, steps=sequence_json(sequence), created_ms=to_ms(now), frozen_ms=to_ms(now)
        )
    ).inserted_primary_key
    assert key is not None
    choose(uow, campaign_id, int(key[0]))
    return int(key[0]), n


def newest(uow: UnitOfWork, row: CampaignRow) -> tuple[int, int]:
    """Return the id and the number of the version that whoever is started follows."""
    n = select(sequence_version.c.n).where(sequence_version.c.id == row.version_id)
    return row.version_id, int(uow.connection.execute(n).scalar_one())


def is_followed_unevenly(connection: Connection, row: CampaignRow) -> bool:
    """Whether somebody under way follows another version than the newest."""
    other = select(enrolment.c.id).where(
        enrolment.c.campaign_id == row.campaign_id,
        MAY_GO_ON,
        func.coalesce(enrolment.c.next_version_id, enrolment.c.version_id) != row.version_id,
    )
    return connection.execute(other.limit(1)).first() is not None


def choose(uow: UnitOfWork, campaign_id: int, version_id: int) -> None:
    """Make a version the one that whoever is started follows."""
    uow.connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(version_id=version_id))
    uow.changed("campaign", campaign_id)


def used_keys(connection: Connection, campaign_id: int) -> set[str]:
    """Return every step's key that there ever was in a campaign."""
    rows = connection.execute(
        select(sequence_version.c.steps).where(sequence_version.c.campaign_id == campaign_id)
    ).scalars()
    keys = {step.key for steps in rows for step in sequence_of(steps).steps}
    planned = select(delivery.c.step_key).where(delivery.c.campaign_id == campaign_id).distinct()
    return keys | set(connection.execute(planned).scalars())


def active(connection: Connection, campaign_id: int) -> list[int]:
    """Return the enrolments that are under way, whoever is due first at the front."""
    rows = connection.execute(
        select(enrolment.c.id)
        .where(enrolment.c.campaign_id == campaign_id, MAY_GO_ON, enrolment.c.started_ms.is_not(None))
        .order_by(enrolment.c.next_ms.is_(None), enrolment.c.next_ms, enrolment.c.id)
    )
    return list(rows.scalars())


def send_all_to(uow: UnitOfWork, campaign_id: int, version_id: int) -> dict[int, int]:
    """Note that everybody under way goes over to a version. Returns which version each followed."""
    mine = (
        enrolment.c.campaign_id == campaign_id,
        MAY_GO_ON,
        enrolment.c.started_ms.is_not(None),
    )
    before = uow.connection.execute(select(enrolment.c.id, enrolment.c.version_id).where(*mine)).all()
    uow.connection.execute(update(enrolment).where(*mine).values(next_version_id=version_id))
    return {row.id: row.version_id for row in before}


def note_other_hours(uow: UnitOfWork, campaign_ids: Listed[int]) -> None:
    """Note that whoever is under way in these campaigns and may wait in working days is planned anew.

    They are sent to the version that they follow: nothing else changes, and nobody is claimed before.
    """
    mine = (
        enrolment.c.campaign_id.in_(campaign_ids),
        MAY_GO_ON,
        enrolment.c.started_ms.is_not(None),
        enrolment.c.next_version_id.is_(None),
    )
    followed = select(sequence_version.c.id, sequence_version.c.steps).where(
        sequence_version.c.campaign_id.in_(campaign_ids)
    )
    counting = [row.id for row in uow.connection.execute(followed) if sequence_of(row.steps).counts_working_days]
    uow.connection.execute(
        update(enrolment)
        .where(*mine, enrolment.c.version_id.in_(counting))
        .values(next_version_id=enrolment.c.version_id)
    )


def send_back(uow: UnitOfWork, campaign_id: int, gone_id: int, otherwise_id: int, before: Mapping[int, int]) -> None:
    """Note that whoever follows a version, or is on the way to it, goes back to the one before."""
    rows = uow.connection.execute(
        select(enrolment.c.id, enrolment.c.version_id).where(
            enrolment.c.campaign_id == campaign_id,
            (enrolment.c.version_id == gone_id) | (enrolment.c.next_version_id == gone_id),
        )
    ).all()
    for row in rows:
        target = before.get(row.id, otherwise_id)
        set_facts(uow, row.id, next_version_id=None if row.version_id == target else target)


def waiting(connection: Connection) -> list[int]:
    """Return the enrolments that are on their way to another version."""
    return list(
        connection.execute(
            select(enrolment.c.id).where(enrolment.c.next_version_id.is_not(None)).order_by(enrolment.c.id)
        ).scalars()
    )


def move_alike(uow: UnitOfWork, found: Listed[Enrolled]) -> list[int]:
    """Move, in a few statements, whoever's next step stays as it is. Returns those who must be planned anew."""
    rest, moved, dues = list[int](), list[dict[str, Any]](), list[dict[str, Any]]()
    steps: dict[int, Sequence] = {}
    for each in found:
        target = each.next_version_id
        if target is None or each.has_open_row:
            continue
        if target not in steps:
            steps[target] = _steps(uow, target)
        change = change_of(each.facts, each.sequence, steps[target], each.hours)
        other = _other_due(each)
        if change.effect in WORDS or (other is not None and not _is_planned_plainly(each)):
            rest.append(each.enrolment_id)
            continue
        if other is not None:
            dues.append({"id_": each.enrolment_id, "key_": other.step_key, "due_": to_ms(other.due_at)})
        facts = replace(each.facts, passed=change.passed)
        moved.append(
            {
                "id_": each.enrolment_id,
                "version_": target,
                "passed_": passed_text(change.passed),
                "ended_": rules.steps_ended(facts, steps[target]),
                "sent_": rules.messages_sent(facts, steps[target]),
                "stage_": rules.stage_of(facts, steps[target]),
            }
        )
    if moved:
        uow.connection.execute(_ALIKE, moved)
        uow.changed("enrolment", *(each["id_"] for each in moved))
    if dues:
        for statement in _OTHER_DUE:
            uow.connection.execute(statement, dues)
    return rest


def _other_due(found: Enrolled) -> Act | None:
    """Return what comes next when other hours than today's decided the stored moment of it."""
    if found.hours is None:
        return None
    action = rules.next_action(found.facts, found.sequence, found.hours)
    return action if isinstance(action, Act) and action.due_at != found.next_at else None


def _is_planned_plainly(found: Enrolled) -> bool:
    """Whether the next step has its row, and the reason for its moment doesn't hang on the moment."""
    return found.next_at is not None and found.facts.continue_at is None


_ALIKE = (
    update(enrolment)
    .where(enrolment.c.id == bindparam("id_"))
    .values(
        version_id=bindparam("version_"),
        next_version_id=None,
        passed_steps=bindparam("passed_"),
        steps_ended=bindparam("ended_"),
        messages_sent=bindparam("sent_"),
        stage=bindparam("stage_"),
    )
)
_OTHER_DUE = (
    update(enrolment).where(enrolment.c.id == bindparam("id_")).values(next_ms=bindparam("due_")),
    update(delivery)
    .where(
        delivery.c.enrolment_id == bindparam("id_"),
        delivery.c.step_key == bindparam("key_"),
        delivery.c.state == DeliveryState.PLANNED,
    )
    .values(due_ms=func.max(bindparam("due_"), delivery.c.not_before_ms)),
)


def _steps(uow: UnitOfWork, version_id: int) -> Sequence:
    steps = select(sequence_version.c.steps).where(sequence_version.c.id == version_id)
    return sequence_of(uow.connection.execute(steps).scalar_one())


def move(uow: UnitOfWork, found: Enrolled, now: datetime) -> bool:
    """Let an enrolment follow the version that it was sent to, unless a row is open. Returns whether it moved."""
    if found.next_version_id is None or found.has_open_row:
        return False
    change = change_of(found.facts, found.sequence, _steps(uow, found.next_version_id), found.hours)
    set_facts(uow, found.enrolment_id, version_id=found.next_version_id, next_version_id=None)
    set_passed(uow, found.enrolment_id, change.passed)
    if change.effect in WORDS:
        set_facts(uow, found.enrolment_id, moved_ms=to_ms(now))
        activity.note(
            uow,
            now,
            "sequence_changed",
            WORDS[change.effect],
            campaign_id=found.campaign_id,
            enrolment_id=found.enrolment_id,
            lead_id=found.lead_id,
        )
    return True
