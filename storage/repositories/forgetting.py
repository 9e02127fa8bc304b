"""Everything that names a person, taken out of every table; what recognises them stays as salted hashes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from engine.domain.do_not_contact import EntryKind, email_key
from engine.domain.ledger import OPEN_STATES
from storage.column_types import to_ms
from storage.queries.import_lists import forget_salt, identity_hash
from storage.repositories import leads, own_texts
from storage.repositories.leads import TEXT_FIELDS
from storage.tables import (
    activity,
    approval,
    attempt,
    chat,
    delivery,
    do_not_contact,
    enrolment,
    forgotten,
    import_change,
    lead_alias,
    message,
    relation,
)
from storage.unit_of_work import UnitOfWork

SHORTEST_NAME = 4
"""Characters: a shorter one would be found inside other words."""


def has_open_row(uow: UnitOfWork, lead_id: int) -> bool:
    """Whether a send to this person isn't settled."""
    rows = select(delivery.c.id).where(delivery.c.lead_id == lead_id, delivery.c.state.in_(sorted(OPEN_STATES)))
    return uow.connection.execute(rows.limit(1)).first() is not None


def erase(uow: UnitOfWork, lead_id: int, reason: str, now: datetime) -> list[int]:
    """Erase a person from every table. Returns their enrolments, which stay without words."""
    c = uow.connection
    row = leads.rows(uow, [lead_id])[lead_id]
    aliases = list(c.execute(select(lead_alias.c.alias).where(lead_alias.c.lead_id == lead_id)).scalars())
    mail = email_key(row.email)
    keys = [*aliases, *([f"email:{mail}"] if mail else [])]
    _keep_hashes(uow, keys)
    listed = do_not_contact.c.kind == EntryKind.PERSON, do_not_contact.c.entry_key.in_(keys)
    c.execute(delete(do_not_contact).where(*listed))
    _erase_elsewhere(uow, row, aliases)
    for table in (lead_alias, message, import_change, activity):
        c.execute(delete(table).where(table.c.lead_id == lead_id))
    own_texts.forget(uow, lead_id)
    c.execute(update(chat).where(chat.c.lead_id == lead_id).values(lead_id=None, provider_id=None))
    of_person = select(delivery.c.id).where(delivery.c.lead_id == lead_id)
    c.execute(update(approval).where(approval.c.delivery_id.in_(of_person)).values(body=None, lead_values="{}"))
    c.execute(update(attempt).where(attempt.c.delivery_id.in_(of_person)).values(detail=""))
    c.execute(update(delivery).where(delivery.c.lead_id == lead_id).values(body=None, evidence="", reason=""))
    c.execute(update(enrolment).where(enrolment.c.lead_id == lead_id).values(attention_why="", next_why=""))
    excluded = enrolment.c.lead_id == lead_id, enrolment.c.excluded_ms.is_not(None)
    c.execute(update(enrolment).where(*excluded).values(excluded_why=reason))
    blank: dict[str, Any] = dict.fromkeys(TEXT_FIELDS, "")
    blank |= {"custom": "{}", "note": "", "public_identifier": None, "provider_id": None}
    leads.write(uow, lead_id, {**blank, "identity_key": f"forgotten:{lead_id}", "forgotten_ms": to_ms(now)})
    return list(c.execute(select(enrolment.c.id).where(enrolment.c.lead_id == lead_id)).scalars())


def _keep_hashes(uow: UnitOfWork, keys: Collection[str]) -> None:
    salt = forget_salt(uow.connection)
    rows = [{"identity_hash": identity_hash(salt, key)} for key in keys]
    if rows:
        uow.connection.execute(insert(forgotten).prefix_with("OR IGNORE"), rows)


def _erase_elsewhere(uow: UnitOfWork, row: Any, aliases: Collection[str]) -> None:
    """Relations, rows of lists that were kept for mending, and lines of the history that name the person."""
    c = uow.connection
    slugs = {a.removeprefix("slug:") for a in aliases if a.startswith("slug:")}
    c.execute(delete(relation).where(relation.c.member_key.in_(slugs)))
    c.execute(update(relation).where(relation.c.public_identifier.in_(slugs)).values(public_identifier=None))
    for word in {*slugs, row.email.strip()}:
        if len(word) >= SHORTEST_NAME:
            marks = {"word": word}
            c.execute(text("DELETE FROM import_problem WHERE instr(lower(cells), lower(:word))"), marks)
            c.execute(text("DELETE FROM activity WHERE lead_id IS NULL AND instr(lower(words), lower(:word))"), marks)
    if row.first_name and row.last_name:
        both = "instr(cells, :first) AND instr(cells, :last)"
        c.execute(text(f"DELETE FROM import_problem WHERE {both}"), {"first": row.first_name, "last": row.last_name})
