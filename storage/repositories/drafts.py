"""Campaigns that are being written: their sequence until it is frozen, their name, and their end without a trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from engine.domain.sequences import Sequence
from engine.errors import NotFound, Refused
from storage.column_types import sequence_json, sequence_of
from storage.repositories import campaigns, own_texts
from storage.repositories.campaigns import CampaignRow
from storage.tables import account, campaign, campaign_share, delivery, enrolment, import_batch, sequence_version
from storage.unit_of_work import UnitOfWork

KEPT = ("account_id", "weight", "time_zone", "days", "start_minute", "end_minute")
"""Columns of a campaign that a copy takes over."""
_NOT_KEPT = ("id", "campaign_id", "version_id", "next_version_id")
ENROLMENT_COLUMNS = tuple(c.name for c in enrolment.c if c.name not in _NOT_KEPT)


@dataclass(frozen=True, kw_only=True)
class DeletedDraft:
    """All that a deleted draft was, so that it can be put back."""

    values: dict[str, Any]
    sequence: Sequence
    enrolments: tuple[tuple[Any, ...], ...]
    """What stands in ENROLMENT_COLUMNS for every lead, in order."""
    batches: tuple[int, ...]
    own_texts: tuple[tuple[int, str, str], ...] = ()
    """Which of the enrolments has a text of its own for which step."""


def by_id(uow: UnitOfWork, campaign_id: int) -> CampaignRow:
    """Return a campaign. Raises: NotFound."""
    name = uow.connection.execute(select(campaign.c.name).where(campaign.c.id == campaign_id)).scalar_one_or_none()
    if name is None:
        raise NotFound("The campaign is gone.", "Go back to the list of campaigns.")
    return campaigns.find(uow, name)


def is_editable(uow: UnitOfWork, row: CampaignRow) -> bool:
    """Whether nobody was started with the newest sequence."""
    frozen = select(sequence_version.c.frozen_ms).where(sequence_version.c.id == row.version_id)
    return row.state != "archived" and uow.connection.execute(frozen).scalar_one() is None


def save_sequence(uow: UnitOfWork, row: CampaignRow, sequence: Sequence) -> None:
    """Replace the newest sequence while nobody was started with it; told to nobody. Raises: Refused."""
    changed = uow.connection.execute(
        update(sequence_version)
        .where(sequence_version.c.id == row.version_id, sequence_version.c.frozen_ms.is_(None))
        .values(steps=sequence_json(sequence))
    )
    if not changed.rowcount or row.state == "archived":
        raise Refused(
            f"“{row.name}” has been started: its sequence can't be changed.", "Duplicate it as a draft and edit that."
        )
    own_texts.keep_only(uow, row.campaign_id, [s.key for s in sequence.steps if s.texts])


def keep_unsaved(uow: UnitOfWork, row: CampaignRow, sequence: Sequence | None) -> None:
    """Keep how a sequence in use is being changed, or forget it with None; told to nobody."""
    steps = None if sequence is None or sequence == row.sequence else sequence_json(sequence)
    uow.connection.execute(update(campaign).where(campaign.c.id == row.campaign_id).values(unsaved_steps=steps))


def unsaved(uow: UnitOfWork, row: CampaignRow) -> Sequence | None:
    """Return how a sequence in use is being changed, if it is."""
    steps = uow.connection.execute(
        select(campaign.c.unsaved_steps).where(campaign.c.id == row.campaign_id)
    ).scalar_one()
    kept = None if steps is None else sequence_of(steps)
    return None if kept == row.sequence else kept


def rename(uow: UnitOfWork, row: CampaignRow, name: str) -> None:
    """Give a campaign another name. Raises: Refused when it is taken."""
    same = select(campaign.c.id).where(
        func.lower(campaign.c.name) == func.lower(name), campaign.c.id != row.campaign_id
    )
    if uow.connection.execute(same).first() is not None:
        raise Refused(f"There is a campaign “{name}” already.", "Choose another name.")
    uow.connection.execute(update(campaign).where(campaign.c.id == row.campaign_id).values(name=name))
    uow.changed("campaign", row.campaign_id)


def free_name(uow: UnitOfWork, wanted: str, most_chars: int) -> str:
    """Return this name, or the first of "name 2", "name 3" … that no campaign has."""
    taken = {n.lower() for n in uow.connection.execute(select(campaign.c.name)).scalars()}
    lowered = {n.lower() for n in uow.connection.execute(select(func.lower(campaign.c.name))).scalars()}
    number, name = 1, wanted[:most_chars]
    while name.lower() in taken | lowered:
        number += 1
        name = f"{wanted[: most_chars - len(str(number)) - 1]} {number}"
    return name


def kept_values(uow: UnitOfWork, campaign_id: int) -> dict[str, Any]:
    """Return what a copy of a campaign takes over besides its sequence; an account that was removed isn't."""
    found = uow.connection.execute(select(campaign).where(campaign.c.id == campaign_id)).one()
    values = {name: getattr(found, name) for name in KEPT}
    if values["account_id"] is not None:
        removed = select(account.c.removed_ms).where(account.c.id == values["account_id"])
        if uow.connection.execute(removed).scalar_one() is not None:
            values["account_id"] = None
    return values


def delete_draft(uow: UnitOfWork, row: CampaignRow) -> DeletedDraft:
    """Delete a draft with its enrolments; leads stay. Raises: Refused unless nothing was ever planned in it."""
    campaigns.need_state(row, ("draft",), "deleted")
    planned = select(delivery.c.id).where(delivery.c.campaign_id == row.campaign_id).limit(1)
    if uow.connection.execute(planned).first() is not None:
        raise Refused(f"“{row.name}” has a history: it can't be deleted.", "Archive it instead.")
    c, of = uow.connection, row.campaign_id
    values = {**kept_values(uow, of), "name": row.name, "pause": row.pause}
    columns = [enrolment.c[name] for name in ENROLMENT_COLUMNS]
    enrolled = c.execute(select(*columns).where(enrolment.c.campaign_id == of).order_by(enrolment.c.id)).all()
    own = own_texts.of_campaign(c, of)
    batches = c.execute(select(import_batch.c.id).where(import_batch.c.campaign_id == of)).scalars().all()
    c.execute(update(import_batch).where(import_batch.c.campaign_id == of).values(campaign_id=None))
    c.execute(delete(campaign_share).where(campaign_share.c.campaign_id == of))
    c.execute(delete(enrolment).where(enrolment.c.campaign_id == of))
    c.execute(delete(sequence_version).where(sequence_version.c.campaign_id == of))
    c.execute(delete(campaign).where(campaign.c.id == of))
    uow.changed("campaign", of)
    uow.changed("enrolment")
    return DeletedDraft(
        values=values,
        sequence=row.sequence,
        enrolments=tuple(tuple(r) for r in enrolled),
        batches=tuple(batches),
        own_texts=own,
    )


def restore_draft(uow: UnitOfWork, deleted: DeletedDraft, now: datetime) -> int:
    """Put a deleted draft back, as a new campaign with the same leads in the same order. Raises: Refused."""
    campaign_id = campaigns.add(uow, deleted.values, deleted.sequence, now)
    named = (dict(zip(ENROLMENT_COLUMNS, enrolled, strict=True)) for enrolled in deleted.enrolments)
    rows = [{"campaign_id": campaign_id, **values} for values in named]
    if rows:
        uow.connection.execute(insert(enrolment), rows)
        own_texts.restore(uow, campaign_id, deleted.own_texts)
    mine = import_batch.c.id.in_(deleted.batches)
    uow.connection.execute(update(import_batch).where(mine).values(campaign_id=campaign_id))
    uow.changed("enrolment")
    return campaign_id
