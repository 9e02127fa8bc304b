"""Leads: the persons, known by one identity each and any number of aliases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select, text, update

from engine.errors import NotFound, Topic
from storage.column_types import row_id_of, to_ms
from storage.schema import FULL_TEXT_COLUMNS
from storage.tables import lead, lead_alias
from storage.unit_of_work import UnitOfWork

TEXT_FIELDS = ("first_name", "last_name", "company", "title", "headline", "location", "industry", "email", "website")
"""Columns of a lead that are variables of a text under the same name."""
PURGED_PAGES = 500
_encode = msgspec.json.Encoder().encode
_COLUMNS = ("id", "identity_key", "public_identifier", *TEXT_FIELDS, "custom", "created_ms")
_INSERT_LEAD = f"INSERT INTO lead ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
_INSERT_ALIAS = "INSERT INTO lead_alias (alias, lead_id) VALUES (?, ?)"
_TEXT = ", ".join(FULL_TEXT_COLUMNS)
_TEXT_OUT = f"INSERT INTO lead_text (lead_text, rowid, {_TEXT}) SELECT 'delete', id, {_TEXT} FROM lead WHERE id = ?"
_TEXT_IN = f"INSERT INTO lead_text (rowid, {_TEXT}) SELECT id, {_TEXT} FROM lead WHERE id = ?"
_INSERT_ENROLMENT = (
    "INSERT INTO enrolment (campaign_id, lead_id, account_id, batch_id, enrolled_ms) "
    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, kw_only=True)
class NewLead:
    """A lead to add; `key` is its identity's."""

    key: str
    public_identifier: str | None
    fields: Mapping[str, str]
    custom: Mapping[str, str]


def ids_by_alias(uow: UnitOfWork, keys: Iterable[str]) -> dict[str, int]:
    """Return which of these identities are known, and whose they are."""
    wanted = json.dumps(list(keys))
    rows = uow.connection.execute(
        text("SELECT alias, lead_id FROM lead_alias WHERE alias IN (SELECT value FROM json_each(:keys))"),
        {"keys": wanted},
    )
    return {row.alias: row.lead_id for row in rows}


def add_many(uow: UnitOfWork, found: Sequence[NewLead], now: datetime) -> list[int]:
    """Add leads that aren't there; the full text is filled once instead of row by row. Returns their ids."""
    if not found:
        return []
    connection = uow.connection
    first = connection.execute(select(func.coalesce(func.max(lead.c.id), 0) + 1)).scalar_one()
    ids = list(range(first, first + len(found)))
    created = to_ms(now)
    connection.exec_driver_sql(
        _INSERT_LEAD,
        [
            (i, n.key, n.public_identifier, *[n.fields.get(f, "") for f in TEXT_FIELDS], _custom(n.custom), created)
            for i, n in zip(ids, found, strict=True)
        ],
    )
    connection.exec_driver_sql(_INSERT_ALIAS, [(n.key, i) for i, n in zip(ids, found, strict=True)])
    connection.exec_driver_sql(
        f"INSERT INTO lead_text (rowid, {_TEXT}) SELECT id, {_TEXT} FROM lead WHERE id >= ?", (first,)
    )
    uow.changed("lead", *ids)
    return ids


def custom_of(text: str) -> dict[str, str]:
    """Return the variables that a lead's column holds."""
    return dict(json.loads(text))


def custom_text(values: Mapping[str, str]) -> str:
    """Return variables as a lead's column holds them."""
    return _custom(values)


def _custom(values: Mapping[str, str]) -> str:
    return _encode(values).decode() if values else "{}"


def enrol_many(
    uow: UnitOfWork,
    campaign_id: int,
    account_id: int | None,
    lead_ids: Sequence[int],
    batch_id: int | None,
    now: datetime,
) -> int:
    """Enrol leads that aren't in the campaign yet. Returns how many were not."""
    if not lead_ids:
        return 0
    before = uow.connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    enrolled = to_ms(now)
    uow.connection.exec_driver_sql(
        _INSERT_ENROLMENT, [(campaign_id, i, account_id, batch_id, enrolled) for i in lead_ids]
    )
    uow.changed("campaign", campaign_id)
    return int(uow.connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before)


def rows(uow: UnitOfWork, ids: Iterable[int]) -> dict[int, Row[Any]]:
    """Return leads by id."""
    return {r.id: r for r in uow.connection.execute(select(lead).where(lead.c.id.in_(sorted(set(ids)))))}


def names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return what people are called, by id."""
    wanted = json.dumps(sorted(set(ids)))
    found = connection.execute(
        text(
            "SELECT id, coalesce(nullif(trim(first_name || ' ' || last_name), ''), public_identifier, '') AS name"
            " FROM lead WHERE id IN (SELECT value FROM json_each(:ids))"
        ),
        {"ids": wanted},
    )
    return {row.id: row.name for row in found}


def change(uow: UnitOfWork, lead_id: int, fields: Mapping[str, str], custom: Mapping[str, str] | None) -> None:
    """Write merged values."""
    write(uow, lead_id, {**fields, **({} if custom is None else {"custom": _custom(custom)})})


def write(uow: UnitOfWork, lead_id: int, values: Mapping[str, Any]) -> None:
    """Write columns of a lead; the only place that changes its text, so that the full text stays in step."""
    is_text = not values.keys().isdisjoint(FULL_TEXT_COLUMNS)
    if is_text:
        uow.connection.exec_driver_sql(_TEXT_OUT, (lead_id,))
    uow.connection.execute(update(lead).where(lead.c.id == lead_id).values(**values))
    if is_text:
        uow.connection.exec_driver_sql(_TEXT_IN, (lead_id,))
    uow.changed("lead", lead_id)


def purge_text(uow: UnitOfWork) -> bool:
    """Rewrite part of the full text, until no page holds what was taken out. Returns whether more is left."""
    before = uow.connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    uow.connection.exec_driver_sql(f"INSERT INTO lead_text (lead_text, rank) VALUES ('merge', -{PURGED_PAGES})")
    return bool(uow.connection.exec_driver_sql("SELECT total_changes()").scalar_one() - before >= 2)


def find(uow: UnitOfWork, name: str) -> Row[Any]:
    """Return a lead by id, LinkedIn address, slug or full name. Raises: NotFound."""
    from engine.domain.identifiers import Identity, parse_profile_address

    wanted = name.strip()
    number = row_id_of(wanted)
    by_id = None if number is None else select(lead).where(lead.c.id == number)
    identity = parse_profile_address(wanted, allow_bare=True)
    by_alias = None
    if isinstance(identity, Identity):
        by_alias = (
            select(lead).join(lead_alias, lead_alias.c.lead_id == lead.c.id).where(lead_alias.c.alias == identity.key)
        )
    by_name = select(lead).where(
        func.lower(func.trim(lead.c.first_name + " " + lead.c.last_name)) == func.lower(wanted)
    )
    for query in (by_id, by_alias, by_name):
        found = uow.connection.execute(query.limit(2)).all() if query is not None else []
        if len(found) == 1:
            return found[0] if found[0].merged_into_id is None else rows(uow, [found[0].merged_into_id]).popitem()[1]
        if found:
            raise NotFound(f"Several leads are called “{name}”.", "Use the LinkedIn address.", topic=Topic.LEADS)
    raise NotFound(f"There is no lead “{name}”.", "Check the name or the LinkedIn address.", topic=Topic.LEADS)
