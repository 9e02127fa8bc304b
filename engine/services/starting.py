"""The transactions of Start: freeze the sequence, hold who can't be written to, plan the rest chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, func, select, text, update
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain.enrolment import Act, Facts, next_action
from engine.domain.sequence_rules import blocking
from engine.errors import Refused, Topic
from engine.services.preflight import HeldLead
from engine.services.sending.texts import held_words
from storage.column_types import to_ms
from storage.repositories import activity, approvals, campaigns, do_not_contact, enrolments
from storage.repositories.campaigns import CampaignRow
from storage.tables import account, campaign, campaign_start, enrolment, import_batch, sequence_version
from storage.unit_of_work import UnitOfWork

UNFINISHED = (import_batch.c.finished_ms.is_(None), import_batch.c.undone_ms.is_(None))
"""An import of which a part was left by a full disk: it is taken back by the next one or at the next start."""


def prepare(
    uow: UnitOfWork, row: CampaignRow, now: datetime, *, first: int | None = None, ask: int | None = None
) -> CampaignRow:
    """Give a campaign its account, freeze its sequence and note that a Start is under way. Raises: Refused.

    Until `begin` takes the note away, a campaign that wasn't running sends nothing, whatever is resumed meanwhile.
    """
    _need_whole_sequence(row)
    account_id = row.account_id if row.account_id is not None else only_account(uow)
    is_begun = row.state in ("running", "paused")
    uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == row.campaign_id)
        .values(
            account_id=account_id,
            state=row.state if is_begun else "running",
            pause="none" if row.state == "finished" else row.pause,
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
    _note_start(uow, row.campaign_id, first, now, is_gate=not is_begun)
    if ask is not None:
        approvals.ask_first(uow, row.campaign_id, ask, now)
    return campaigns.find(uow, row.name)


def _note_start(uow: UnitOfWork, campaign_id: int, first: int | None, now: datetime, *, is_gate: bool) -> None:
    """Note the Start; one that was cut short goes on under the same note."""
    noted = sqlite_insert(campaign_start).values(
        campaign_id=campaign_id, is_gate=int(is_gate), people_left=first, began_ms=to_ms(now)
    )
    uow.connection.execute(
        noted.on_conflict_do_update(
            index_elements=[campaign_start.c.campaign_id], set_={"people_left": noted.excluded.people_left}
        )
    )
    uow.changed("campaign", campaign_id)


def give_up(uow: UnitOfWork, before: CampaignRow) -> None:
    """Make a campaign what it was before `prepare`, unless its Start has reached somebody, then or before a crash."""
    of = before.campaign_id
    ended = uow.connection.execute(
        campaign_start.delete().where(campaign_start.c.campaign_id == of, campaign_start.c.people_done == 0)
    ).rowcount
    if not ended:
        return
    values: dict[str, object] = {"state": before.state, "pause": before.pause, "account_id": before.account_id}
    if before.state == "draft":
        values |= {"ask_left": 0, "ask_first": 0, "ask_since_ms": None, "ask_until_ms": None}
        thawed = update(sequence_version).where(sequence_version.c.id == before.version_id).values(frozen_ms=None)
        uow.connection.execute(thawed)
        mine = update(enrolment).where(enrolment.c.campaign_id == of).values(account_id=before.account_id)
        uow.connection.execute(mine)
    uow.connection.execute(update(campaign).where(campaign.c.id == of).values(**values))
    uow.changed("campaign", of)


def unfinished(connection: Connection) -> list[tuple[str, int | None]]:
    """Return the campaigns whose Start was cut short, and how many people are left of it (None: everybody)."""
    rows = connection.execute(
        select(campaign.c.name, campaign_start.c.people_left)
        .join(campaign_start, campaign_start.c.campaign_id == campaign.c.id)
        .order_by(campaign.c.id)
    ).all()
    return [(row.name, row.people_left) for row in rows]


def _need_whole_sequence(row: CampaignRow) -> None:
    """An edited sequence is kept unfinished too; it can't be sent then."""
    problems = blocking(row.sequence)
    if problems:
        raise Refused(
            f"The sequence of “{row.name}” can't be sent yet: {problems[0].message}",
            "Open the campaign and mend its sequence.",
        )


def only_account(uow: UnitOfWork) -> int:
    """Return the account there is, for a campaign that names none. Raises: Refused."""
    ids = uow.connection.execute(select(account.c.id).where(account.c.removed_ms.is_(None))).scalars().all()
    if len(ids) == 1:
        return int(ids[0])
    if not ids:
        raise Refused("There is no LinkedIn account yet.", "Connect a LinkedIn account first.", topic=Topic.NO_ACCOUNT)
    raise Refused(
        "There are several LinkedIn accounts.",
        "Choose in the campaign which one it uses.",
        topic=Topic.SEVERAL_ACCOUNTS,
    )


def hold(uow: UnitOfWork, row: CampaignRow, held: Sequence[HeldLead], now: datetime) -> tuple[HeldLead, ...]:
    """Hold the leads whose texts can't be written; the others go on. Returns those who are held now.

    Who is held already isn't told of again; who is under way goes on as far as their texts can be written.
    """
    mine = select(enrolment.c.id, enrolment.c.attention_why).where(enrolment.c.campaign_id == row.campaign_id)
    whys: dict[int, str] = {r.id: r.attention_why for r in uow.connection.execute(mine)}
    known = {enrolment_id for enrolment_id, why in whys.items() if why}
    held = [found for found in held if found.enrolment_id in whys]  # they may have been taken out meanwhile
    for found in held:
        if found.enrolment_id in known or not found.is_waiting:
            continue
        reason = held_words(found.step, found.reason)
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
    return tuple(found for found in held if found.is_waiting or found.enrolment_id in known)


def begin(uow: UnitOfWork, row: CampaignRow, held: int, now: datetime) -> int:
    """End the Start; from this commit on its rows may be claimed. Returns how many people it has reached."""
    contacted = uow.connection.execute(
        campaign_start.delete()
        .where(campaign_start.c.campaign_id == row.campaign_id)
        .returning(campaign_start.c.people_done)
    ).scalar_one_or_none()
    if contacted is None:
        return 0
    uow.connection.execute(
        update(campaign)
        .where(campaign.c.id == row.campaign_id)
        .values(started_ms=func.coalesce(campaign.c.started_ms, to_ms(now)))
    )
    words = f"Started with {contacted} {'lead' if contacted == 1 else 'leads'}" + (f"; {held} held." if held else ".")
    activity.note(uow, now, "campaign_started", words, campaign_id=row.campaign_id)
    uow.changed("campaign", row.campaign_id)
    return int(contacted)


def start_chunk(uow: UnitOfWork, campaign_id: int, size: int, now: datetime) -> int:
    """Plan the first step of the next few enrolments, in their order of import. Returns how many.

    How many are left of the Start is counted in the same commit; none are when it was archived meanwhile.
    """
    noted = uow.connection.execute(
        select(campaign_start.c.people_left).where(campaign_start.c.campaign_id == campaign_id)
    ).one_or_none()
    if noted is None:
        return 0
    size = size if noted.people_left is None else min(size, noted.people_left)
    rows = uow.connection.execute(
        select(
            enrolment.c.id,
            enrolment.c.lead_id,
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
            ~exists().where(import_batch.c.id == enrolment.c.batch_id, *UNFINISHED),
        )
        .order_by(enrolment.c.id)
        .limit(size)
    ).all()
    if not rows:
        return 0
    ids = [r.id for r in rows]
    uow.connection.execute(
        update(campaign_start)
        .where(campaign_start.c.campaign_id == campaign_id)
        .values(
            people_done=campaign_start.c.people_done + len(ids), people_left=campaign_start.c.people_left - len(ids)
        )
    )
    uow.connection.execute(
        update(enrolment)
        .where(enrolment.c.id.in_(ids))
        .values(
            started_ms=to_ms(now),
            version_id=select(campaign.c.version_id).where(campaign.c.id == campaign_id).scalar_subquery(),
        )
    )
    listed = do_not_contact.entries_of_leads(uow.connection, (r.lead_id for r in rows))
    plain = [r.id for r in rows if r.lead_id not in listed and _is_plain(r)]
    _plan_alike(uow, plain, now)
    for enrolment_id in set(ids) - set(plain):
        enrolments.replan(uow, enrolment_id, now)
    return len(ids)


def _is_plain(row: Any) -> bool:
    """Whether nothing is known of an enrolment yet."""
    return all(ms is None for ms in (row.invited_ms, row.connected_ms, row.replied_ms, row.excluded_ms))


def _plan_alike(uow: UnitOfWork, ids: Sequence[int], now: datetime) -> None:
    """Plan enrolments without any fact in a few statements: what `replan` would do to each, once for all."""
    if not ids:
        return
    found = enrolments.load(uow, ids[0])
    if found.hours is None:
        raise Refused("The campaign has no account yet.", "Connect a LinkedIn account first.", topic=Topic.NO_ACCOUNT)
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
