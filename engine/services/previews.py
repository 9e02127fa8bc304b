"""What the preview of a text reads: leads with their values, who is the worst case, what is empty how often.

The values and the texts are those of sending, made by the same functions.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select

from engine.domain import templates
from engine.domain.sequences import Step, chosen_variant
from engine.domain.working_hours import WorkingHours
from engine.services.sending.texts import Held, values_of, write
from storage.column_types import hours_of
from storage.repositories import own_texts
from storage.tables import account, campaign, enrolment, lead

CHUNK = 200
NO_ACCOUNT_SENDER = "Alex"
"""Stands for the sender's first name while there is no account."""


@dataclass(frozen=True, kw_only=True)
class PreviewLead:
    """A lead as the preview needs it; `key` chooses the variant."""

    enrolment_id: int
    name: str
    about: str
    key: str
    values: Mapping[str, str]
    own: Mapping[str, str] = field(default_factory=dict)
    """Texts written for this lead alone, by step."""


@dataclass(frozen=True, kw_only=True)
class EmptyCounts:
    """How many leads there are and, for each variable, how many have nothing there."""

    leads: int
    empty: Mapping[str, int]

    @property
    def names(self) -> frozenset[str]:
        """Every variable that a text may use."""
        return frozenset(self.empty)


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """What the campaign's account, or the only one there is, says."""

    first_name: str
    is_paid: bool
    has_account: bool
    hours: WorkingHours | None


@dataclass(kw_only=True)
class Counting:
    """Counts filled values while the leads pass by."""

    leads: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    names: set[str] = field(default_factory=lambda: set(templates.STANDARD_VARIABLES))

    def add(self, values: Mapping[str, str]) -> None:
        """Count one lead."""
        self.leads += 1
        self.names.update(values)
        self.filled.update(name for name, value in values.items() if value and not value.isspace())

    def counted(self) -> EmptyCounts:
        """Return the counts."""
        return EmptyCounts(leads=self.leads, empty={name: self.leads - self.filled[name] for name in self.names})


def account_settings(connection: Connection, campaign_id: int) -> AccountSettings:
    """Return who would send and when: the campaign's account, else the only one; the campaign's own hours first."""
    found = connection.execute(select(campaign).where(campaign.c.id == campaign_id)).one()
    wanted = account.c.removed_ms.is_(None) if found.account_id is None else account.c.id == found.account_id
    known = connection.execute(select(account).where(wanted).limit(2)).all()
    own = known[0] if len(known) == 1 else None
    return AccountSettings(
        first_name=own.first_name if own is not None else NO_ACCOUNT_SENDER,
        is_paid=bool(own is not None and own.is_paid),
        has_account=own is not None,
        hours=_hours(found) or (_hours(own) if own is not None else None),
    )


def sender(connection: Connection, campaign_id: int) -> tuple[str, bool]:
    """Return the sender's first name and whether their account is a paid one."""
    found = account_settings(connection, campaign_id)
    return found.first_name, found.is_paid


def lead_ids(connection: Connection, campaign_id: int) -> tuple[int, ...]:
    """Return the active enrolments in the order of the list."""
    wanted = select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id, enrolment.c.is_active == 1)
    return tuple(connection.execute(wanted.order_by(enrolment.c.id)).scalars())


def page(connection: Connection, ids: Sequence[int], sender: str) -> tuple[PreviewLead, ...]:
    """Return these leads, in this order; those that are gone are left out."""
    found = {row.enrolment_id: row for row in rows(connection, ids)}
    own = own_texts.of_enrolments(connection, ids)
    return tuple(_preview_lead(found[i], sender, own.get(i, {})) for i in ids if i in found)


def chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Return the ids in parts that are read at a time."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def count_chunk(connection: Connection, ids: Sequence[int], sender: str, counting: Counting) -> None:
    """Count the values of these leads."""
    for row in rows(connection, ids):
        counting.add(values_of(row, sender))


def rank_chunk(
    connection: Connection, ids: Sequence[int], sender: str, step: Step, is_paid: bool
) -> list[tuple[tuple[int, int, int], int]]:
    """Return (rank, id) of these leads; the lowest rank is the worst."""
    used = [frozenset(use.name for use in templates.variables(variant.text)) for variant in step.texts]
    ranked = []
    own = own_texts.of_enrolments(connection, ids)
    for row in rows(connection, ids):
        values, key = values_of(row, sender), row.identity_key
        mine = own.get(row.enrolment_id, {}).get(step.key)
        written = write(step, values, lead_key=key, is_paid=is_paid, own=mine)
        if isinstance(written, Held):
            ranked.append(((0, 0, 0), row.enrolment_id))
            continue
        names = used[chosen_variant(step, key)] if used and mine is None else frozenset()
        defaults = sum(1 for name in names if not values.get(name, "").strip())
        ranked.append(((1, -defaults, -len(written.text or "")), row.enrolment_id))
    return ranked


def rows(connection: Connection, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Return enrolments with their leads, in the order of the list."""
    chosen = select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value)
    wanted = select(enrolment.c.id.label("enrolment_id"), lead).join(lead, lead.c.id == enrolment.c.lead_id)
    return connection.execute(wanted.where(enrolment.c.id.in_(chosen)).order_by(enrolment.c.id)).all()


def _preview_lead(row: Row[Any], sender: str, own: Mapping[str, str]) -> PreviewLead:
    name = f"{row.first_name} {row.last_name}".strip() or row.public_identifier or row.identity_key
    at_work = ", ".join(part for part in (row.title, row.company) if part.strip()) or row.headline
    return PreviewLead(
        enrolment_id=row.enrolment_id,
        name=name,
        about=" · ".join(part for part in (at_work, row.location) if part.strip()),
        key=row.identity_key,
        values=values_of(row, sender),
        own=own,
    )


def _hours(row: Row[Any]) -> WorkingHours | None:
    if not row.time_zone or not row.days:
        return None
    return hours_of(row.time_zone, row.days, row.start_minute, row.end_minute)
