"""Campaigns: find, check their state, and their sequence versions."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from engine.domain.sequences import Sequence
from engine.errors import NotFound, Refused, Topic
from storage.column_types import row_id_of, sequence_json, sequence_of, to_ms
from storage.tables import campaign, sequence_version
from storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    """A campaign and its newest sequence."""

    campaign_id: int
    name: str
    state: str
    pause: str
    account_id: int | None
    version_id: int
    sequence: Sequence
    weight: int
    time_zone: str | None
    days: str | None
    start_minute: int | None
    end_minute: int | None


def find(uow: UnitOfWork, name: str) -> CampaignRow:
    """Return the campaign of that name or id. Raises: NotFound."""
    row = uow.connection.execute(_SELECT.where(func.lower(campaign.c.name) == func.lower(name.strip()))).one_or_none()
    if row is None and (number := row_id_of(name)) is not None:
        row = uow.connection.execute(_SELECT.where(campaign.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no campaign “{name}”.", "Check its name.", topic=Topic.CAMPAIGNS)
    return _as_row(row)


def get(uow: UnitOfWork, campaign_id: int) -> CampaignRow:
    """Return a campaign by its id. Raises: NotFound."""
    row = uow.connection.execute(_SELECT.where(campaign.c.id == campaign_id)).one_or_none()
    if row is None:
        raise NotFound("This campaign is gone.", topic=Topic.CAMPAIGNS)
    return _as_row(row)


_SELECT = select(campaign, sequence_version.c.steps).join(
    sequence_version, sequence_version.c.id == campaign.c.version_id
)


def _as_row(row: Row[Any]) -> CampaignRow:
    return CampaignRow(
        campaign_id=row.id,
        name=row.name,
        state=row.state,
        pause=row.pause,
        account_id=row.account_id,
        version_id=row.version_id,
        sequence=sequence_of(row.steps),
        weight=row.weight,
        time_zone=row.time_zone,
        days=row.days,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
    )


def need_state(row: CampaignRow, states: Listed[str], verb: str) -> None:
    """Raise Refused unless the campaign is in one of the states."""
    if row.state not in states:
        raise Refused(
            f"“{row.name}” is {row.state}: it can't be {verb}.", f"Only a {' or '.join(states)} campaign can."
        )


def add(uow: UnitOfWork, values: dict[str, Any], sequence: Sequence, now: datetime) -> int:
    """Add a draft and its first version. Raises: Refused when the name is taken."""
    taken = uow.connection.execute(
        select(campaign.c.id).where(func.lower(campaign.c.name) == func.lower(values["name"]))
    ).first()
    if taken is not None:
        raise Refused(f"There is a campaign “{values['name']}” already.", "Give this one another name.")
    key = uow.connection.execute(
        insert(campaign).values(state="draft", created_ms=to_ms(now), **values)
    ).inserted_primary_key
    assert key is not None
    campaign_id = int(key[0])
    version = uow.connection.execute(
        insert(sequence_version).values(
            campaign_id=campaign_id, n=1, steps=sequence_json(sequence), created_ms=to_ms(now)
        )
    ).inserted_primary_key
    assert version is not None
    uow.connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(version_id=version[0]))
    uow.changed("campaign", campaign_id)
    return campaign_id
