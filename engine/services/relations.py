"""Relations: a page taken in at a time, matched by provider id, else by slug, never by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from engine.domain.identifiers import canonical_slug
from engine.provider.base import Relation
from engine.services.sending import people
from storage.column_types import to_ms
from storage.queries.import_lists import forgotten_keys
from storage.tables import relation
from storage.unit_of_work import UnitOfWork

FUTURE_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class PageTaken:
    """What a page brought."""

    matched: int
    has_known: bool


def key_of(item: Relation) -> str | None:
    """Return what a relation is known by: the provider's id, else its slug; an empty one matches nobody."""
    return item.provider_id or canonical_slug(item.public_identifier or "") or None


def take_page(uow: UnitOfWork, account_id: int, items: Sequence[Relation], now: datetime) -> PageTaken:
    """Store a page of relations and record who accepted."""
    usable = [(key, item) for item in items if (key := key_of(item))]
    keys = {"account_id": account_id, "keys": json.dumps([k for k, _ in usable])}
    known = set(uow.connection.execute(_KNOWN, keys).scalars())
    fresh = _unnamed(uow, [(key, item) for key, item in usable if key not in known])
    if fresh:
        uow.connection.execute(
            sqlite_insert(relation).on_conflict_do_nothing(), [_columns(account_id, k, i, now) for k, i in fresh]
        )
    matched = 0
    for lead_id, item in _unconnected_leads(uow, account_id, [item for _, item in usable]):
        at = min(item.connected_at or now, now)
        matched += bool(
            people.connected(uow, account_id=account_id, lead_id=lead_id, at=at, now=now, was_connected=True)
        )
    return PageTaken(matched=matched, has_known=bool(known))


_KNOWN = text(
    "SELECT member_key FROM relation WHERE account_id = :account_id"
    " AND member_key IN (SELECT value FROM json_each(:keys))"
)


def _unnamed(uow: UnitOfWork, usable: Sequence[tuple[str, Relation]]) -> list[tuple[str, Relation]]:
    """Leave out the names of forgotten people; a relation that is known by nothing else isn't kept."""
    gone = forgotten_keys(uow.connection, {a for _, item in usable for a in _aliases(item)})
    if not gone:
        return list(usable)
    named = [(key, item, gone.isdisjoint(_aliases(item))) for key, item in usable]
    return [
        (key, item if is_kept else replace(item, public_identifier=None))
        for key, item, is_kept in named
        if is_kept or item.provider_id
    ]


def _columns(account_id: int, key: str, item: Relation, now: datetime) -> dict[str, object]:
    return {
        "account_id": account_id,
        "member_key": key,
        "public_identifier": canonical_slug(item.public_identifier or "") or None,
        "connected_ms": to_ms(min(item.connected_at, now + FUTURE_TOLERANCE)) if item.connected_at else None,
    }


def _unconnected_leads(uow: UnitOfWork, account_id: int, items: Sequence[Relation]) -> list[tuple[int, Relation]]:
    """Pair relations with the leads that they are and that aren't known to be connected everywhere.

    A slug never overrules a known id.
    """
    wanted = json.dumps(sorted({a for item in items for a in _aliases(item)}))
    rows = uow.connection.execute(_LEADS, {"account_id": account_id, "aliases": wanted}).all()
    by_alias = {r.alias: r for r in rows}
    found = []
    for item in items:
        row = next((by_alias[a] for a in _aliases(item) if a in by_alias), None)
        if row is None or not row.awaits:
            continue
        if not (row.provider_id and item.provider_id and row.provider_id != item.provider_id):
            found.append((int(row.id), item))
    return found


_LEADS = text(
    """SELECT a.alias, l.id, l.provider_id, EXISTS (SELECT 1 FROM enrolment e
        WHERE e.lead_id = l.id AND e.account_id = :account_id AND e.connected_ms IS NULL) AS awaits
    FROM lead_alias a JOIN lead l ON l.id = a.lead_id WHERE a.alias IN (SELECT value FROM json_each(:aliases))"""
)


def _aliases(item: Relation) -> list[str]:
    slug = canonical_slug(item.public_identifier or "")
    return [f"member_id:{item.provider_id}"] * bool(item.provider_id) + [f"slug:{slug}"] * bool(slug)
