"""The transactions of Start: freeze the sequence, hold who can't be written to, plan the rest chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import func, select, text, update

from engine.domain.enrolment import Act, Facts, next_action
from engine.errors import Refused
from engine.services.preflight import HeldLead
from storage.column_types import to_ms
from storage.repositories import activity, campaigns, enrolments
from storage.repositories.campaigns import CampaignRow
from storage.tables import account, campaign, enrolment, sequence_version
from storage.unit_of_work import UnitOfWork


def prepare(uow: UnitOfWork, row: CampaignRow, now: datetime) -> CampaignRow:
    """Give a campaign its account and freeze its sequence; what wasn't running stays paused until `begin`.

    Returns the row with the pause that `begin` sets. Raises: Refused.
    """
    account_id = row.account_id if row.account_id is not None else _only_account(uow)
    is_begun = row.state in ("running", "paused")
    uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == row.campaign_id)
        .values(
            account_id=account_id,
            state=row.state if is_begun else "running",
            pause=row.pause if is_begun else "all",
            finished_ms=None,
        )
    )
    uow.connection.execute(
        update(sequence_version)
        .where(sequence_version.c.id == row.version_id, sequence_version.c.frozen_ms.is_(None))
        .values(frozen_ms=to_ms(now))
    )
    uow.connection.execute(
        update(enrolment)
        .where(enrolment.c.campaign_id == row.campaign_id, enrolment.c.account_id.is_(None))
        .values(account_id=account_id)
    )
    return replace(campaigns.find(uow, row.name), pause="none" if row.state == "finished" else row.pause)


def _only_account(uow: UnitOfWork) -> int:
    ids = uow.connection.execute(select(account.c.id).where(account.c.removed_ms.is_(None))).scalars().all()
    if len(ids) == 1:
        return int(ids[0])
    if not ids:
        raise Refused("There is no LinkedIn account yet.", "Add one first: account add.")
    raise Refused("There are several accounts.", "Say in the campaign which one it uses (account = …).")


def hold(uow: UnitOfWork, row: CampaignRow, held: Sequence[HeldLead], now: datetime) -> None:
    """Hold the leads whose texts can't be written; the others go on."""
    for found in held:
        reason = f"the text of step {found.step} can't be written: {found.reason}"
        enrolments.set_facts(
            uow, found.enrolment_id, attention_why=reason, started_ms=to_ms(now), version_id=row.version_id
        )
        activity.note(
            uow,
            now,
            "held",
            f"Held: {reason}.",
            campaign_id=row.campaign_id,
            enrolment_id=found.enrolment_id,
            lead_id=found.lead_id,
        )
        enrolments.replan(uow, found.enrolment_id, now)


def begin(uow: UnitOfWork, row: CampaignRow, contacted: int, held: int, now: datetime) -> None:
    """Set the campaign running; from this commit on its rows may be claimed."""
    uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == row.campaign_id)
        .values(pause=row.pause, started_ms=func.coalesce(campaign.c.started_ms, to_ms(now)))
    )
    words = f"Started with {contacted} {'lead' if contacted == 1 else 'leads'}" + (f"; {held} held." if held else ".")
    activity.note(uow, now, "campaign_started", words, campaign_id=row.campaign_id)
    uow.changed("campaign", row.campaign_id)


def start_chunk(uow: UnitOfWork, campaign_id: int, size: int, now: datetime) -> int:
    """Plan the first step of the next few enrolments, in their order of import. Returns how many."""
    rows = uow.connection.execute(
        select(
            enrolment.c.id,
            enrolment.c.invited_ms,
            enrolment.c.connected_ms,
            enrolment.c.replied_ms,
            enrolment.c.excluded_ms,
        )
        .where(
            enrolment.c.campaign_id == campaign_id,
            enrolment.c.started_ms.is_(None),
            enrolment.c.is_active == 1,
            enrolment.c.attention_why == "",
        )
        .order_by(enrolment.c.id)
        .limit(size)
    ).all()
    if not rows:
        return 0
    ids = [r.id for r in rows]
    uow.connection.execute(
        update(enrolment)
        .where(enrolment.c.id.in_(ids))
        .values(
            started_ms=to_ms(now),
            version_id=select(campaign.c.version_id).where(campaign.c.id == campaign_id).scalar_subquery(),
        )
    )
    plain = [
        r.id
        for r in rows
        if r.invited_ms is None and r.connected_ms is None and r.replied_ms is None and r.excluded_ms is None
    ]
    _plan_alike(uow, plain, now)
    for enrolment_id in set(ids) - set(plain):
        enrolments.replan(uow, enrolment_id, now)
    return len(ids)


def _plan_alike(uow: UnitOfWork, ids: Sequence[int], now: datetime) -> None:
    """Plan enrolments without any fact in a few statements: what `replan` would do to each, once for all."""
    if not ids:
        return
    found = enrolments.load(uow, ids[0])
    if found.hours is None:
        raise Refused("The campaign has no account yet.", "Add one first: account add.")
    action = next_action(Facts(started_at=now), found.sequence, found.hours)
    if not isinstance(action, Act):
        for enrolment_id in ids:
            enrolments.replan(uow, enrolment_id, now)
        return
    marks = {
        "due": to_ms(action.due_at),
        "key": action.step_key,
        "kind": str(action.kind),
        "why": action.why,
        "ids": _json(ids),
    }
    uow.connection.execute(text(_CLAIM_ALL), marks)
    uow.connection.execute(text(_PLAN_ALL), marks)
    uow.connection.execute(text(_SHOW_ALL), marks)
    uow.changed("enrolment", *ids)
    claimed = set(uow.connection.execute(text(_CLAIMED), marks).scalars())
    for enrolment_id in ids:
        if enrolment_id not in claimed:
            enrolments.replan(uow, enrolment_id, now)


def _json(ids: Sequence[int]) -> str:
    return "[" + ",".join(str(i) for i in ids) + "]"


_CHOSEN = "SELECT value FROM json_each(:ids)"
_CLAIM_ALL = f"""INSERT INTO lead_claim (account_id, lead_id, enrolment_id)
    SELECT account_id, lead_id, id FROM enrolment WHERE id IN ({_CHOSEN}) ORDER BY id ON CONFLICT DO NOTHING"""
_CLAIMED = f"SELECT enrolment_id FROM lead_claim WHERE enrolment_id IN ({_CHOSEN})"
_PLAN_ALL = f"""INSERT INTO delivery
    (uuid, account_id, lead_id, enrolment_id, campaign_id, step_key, kind, state, due_ms)
    SELECT lower(hex(randomblob(16))), account_id, lead_id, id, campaign_id, :key, :kind, 'planned', :due
    FROM enrolment WHERE id IN ({_CLAIMED}) ORDER BY id"""
_SHOW_ALL = f"""UPDATE enrolment SET next_action = :kind, next_ms = :due, next_why = :why, wake_ms = NULL
    WHERE id IN ({_CLAIMED})"""
