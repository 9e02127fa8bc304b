"""The do-not-contact list, and which leads are on it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text
from sqlalchemy.dialects.sqlite import insert

from engine.domain.do_not_contact import Entry, EntryKind, Key, keys_of, read_entry
from engine.errors import NotFound, Refused
from storage.column_types import from_ms, row_id_of, to_ms
from storage.repositories import leads
from storage.tables import do_not_contact, lead, lead_alias
from storage.unit_of_work import UnitOfWork

WEB = "www.linkedin.com/in/"
MANY_KEYS = 2000
"""For more keys at once the list is read whole: it is shorter than a lead list is long."""
_SCANNED = """SELECT l.id, l.email, l.website, l.company FROM lead AS l
    WHERE l.id > :after AND (l.email <> '' OR l.website <> '' OR l.company <> '')
    AND EXISTS (SELECT 1 FROM enrolment AS e WHERE e.lead_id = l.id AND e.is_active = 1) ORDER BY l.id LIMIT :limit"""


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An entry as it is kept."""

    id: int
    entry: Entry
    reason: str
    added_at: datetime


def add(uow: UnitOfWork, entry: Entry, reason: str, now: datetime) -> tuple[Listed, bool]:
    """Keep an entry. Returns it, and whether it is new."""
    made = uow.connection.execute(
        insert(do_not_contact)
        .values(kind=entry.kind, entry_key=entry.key, shown=entry.shown, reason=reason, added_ms=to_ms(now))
        .on_conflict_do_nothing()
    ).rowcount
    row = uow.connection.execute(
        select(do_not_contact).where(do_not_contact.c.kind == entry.kind, do_not_contact.c.entry_key == entry.key)
    ).one()
    uow.changed("do_not_contact", row.id)
    return _listed(row), bool(made)


def remove(uow: UnitOfWork, entry_id: int) -> bool:
    """Drop an entry; nobody goes on because of it."""
    gone = uow.connection.execute(do_not_contact.delete().where(do_not_contact.c.id == entry_id)).rowcount
    uow.changed("do_not_contact", entry_id)
    return bool(gone)


def entries(connection: Connection) -> list[Listed]:
    """Return the list, the newest first."""
    return [_listed(r) for r in connection.execute(select(do_not_contact).order_by(do_not_contact.c.id.desc()))]


def find(uow: UnitOfWork, name: str) -> Listed:
    """Return the entry of that number, or that says this. Raises: NotFound, Refused when several do."""
    number = row_id_of(name)
    if number is not None:
        row = uow.connection.execute(select(do_not_contact).where(do_not_contact.c.id == number)).one_or_none()
        if row is not None:
            return _listed(row)
    found = [_listed(r) for r in _matching(uow.connection, _keys_written(name))]
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"Several entries say “{name}”.", "Give the entry's number.")
    raise NotFound(f"“{name}” is not on your do-not-contact list.", "Look at the list for its number.")


def _keys_written(name: str) -> set[Key]:
    keys = set()
    for kind in EntryKind:
        try:
            keys.add((kind, read_entry(kind, name).key))
        except Refused:
            continue
    return keys


def is_empty(connection: Connection) -> bool:
    """Whether nobody is on the list."""
    return connection.execute(select(do_not_contact.c.id).limit(1)).first() is None


def entry_of(connection: Connection, keys: Collection[Key]) -> Entry | None:
    """Return the oldest entry that one of these keys is on, or None."""
    rows = _matching(connection, keys)
    return _listed(rows[0]).entry if rows else None


def entries_of_keys(connection: Connection, keys: Collection[Key]) -> dict[Key, Entry]:
    """Return which of these keys are on the list."""
    rows = _whole(connection) if len(keys) > MANY_KEYS else _matching(connection, keys)
    found = (_listed(row).entry for row in rows)
    return {key: entry for entry in found if (key := (entry.kind, entry.key)) in keys}


def _whole(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(select(do_not_contact)).all())


def entries_of_leads(connection: Connection, lead_ids: Iterable[int]) -> dict[int, Entry]:
    """Return which leads are on the list, and through which entry."""
    if is_empty(connection):
        return {}
    of_lead = lead_keys(connection, lead_ids)
    listed = entries_of_keys(connection, set().union(*of_lead.values()))
    found = {lead_id: next((listed[k] for k in sorted(keys) if k in listed), None) for lead_id, keys in of_lead.items()}
    return {lead_id: entry for lead_id, entry in found.items() if entry is not None}


def people(uow: UnitOfWork, lead_ids: Iterable[int]) -> list[Entry]:
    """Return the entries that bar these leads as persons; none for a forgotten one. Raises: NotFound."""
    lead_ids = list(lead_ids)
    rows = leads.rows(uow, lead_ids)
    found = []
    for lead_id in lead_ids:
        row = rows.get(lead_id) or leads.find(uow, str(lead_id))
        if row.forgotten_ms is None:
            shown = f"{WEB}{row.public_identifier}" if row.public_identifier else row.identity_key.partition(":")[2]
            found.append(Entry(kind=EntryKind.PERSON, key=row.identity_key, shown=shown))
    return found


def lead_keys(connection: Connection, lead_ids: Iterable[int]) -> dict[int, set[Key]]:
    """Return everything of these leads that an entry may name."""
    wanted = json.dumps(sorted(set(lead_ids)))
    aliases: dict[int, list[str]] = {}
    chosen = select(text("value")).select_from(text("json_each(:ids)")).params(ids=wanted)
    for row in connection.execute(select(lead_alias).where(lead_alias.c.lead_id.in_(chosen))):
        aliases.setdefault(row.lead_id, []).append(row.alias)
    columns = (lead.c.id, lead.c.email, lead.c.website, lead.c.company)
    return {
        row.id: keys_of(aliases=aliases.get(row.id, ()), email=row.email, website=row.website, company=row.company)
        for row in connection.execute(select(*columns).where(lead.c.id.in_(chosen)))
    }


def leads_on(connection: Connection, entry: Entry, after_id: int, limit: int) -> tuple[list[int], int | None]:
    """Return which of the next few active leads an entry names, and the last one looked at (None: all were)."""
    if entry.kind is EntryKind.PERSON and not entry.key.startswith("email:"):
        of_alias = select(lead_alias.c.lead_id).where(lead_alias.c.alias == entry.key)
        return list(connection.execute(of_alias).scalars()), None
    rows = connection.execute(text(_SCANNED), {"after": after_id, "limit": limit}).all()
    wanted = (entry.kind, entry.key)
    found = [r.id for r in rows if wanted in keys_of(email=r.email, website=r.website, company=r.company)]
    return found, rows[-1].id if len(rows) == limit else None


def _matching(connection: Connection, keys: Collection[Key]) -> list[Row[Any]]:
    if not keys:
        return []
    wanted = json.dumps([[kind, key] for kind, key in keys])
    ids = connection.execute(
        text(
            "SELECT d.id FROM json_each(:keys) AS k JOIN do_not_contact AS d"
            " ON d.kind = json_extract(k.value, '$[0]') AND d.entry_key = json_extract(k.value, '$[1]')"
        ),
        {"keys": wanted},
    ).scalars()
    chosen = sorted(set(ids))
    return list(
        connection.execute(
            select(do_not_contact).where(do_not_contact.c.id.in_(chosen)).order_by(do_not_contact.c.id)
        ).all()
    ) if chosen else []  # fmt: skip


def _listed(row: Row[Any]) -> Listed:
    entry = Entry(kind=EntryKind(row.kind), key=row.entry_key, shown=row.shown)
    return Listed(id=row.id, entry=entry, reason=row.reason, added_at=from_ms(row.added_ms))
