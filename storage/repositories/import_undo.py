"""What taking an import back removes, and what stays because something has happened to it since."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, text, update

from storage.column_types import to_ms
from storage.repositories import enrolments
from storage.repositories.imports import Change, as_json
from storage.schema import FULL_TEXT_COLUMNS
from storage.tables import enrolment, import_batch, import_change, import_created, import_problem, lead
from storage.unit_of_work import UnitOfWork

_IDS = "(SELECT value FROM json_each(:ids))"
_UNTOUCHED_ENROLMENTS = f"""SELECT e.id, e.lead_id, e.account_id FROM enrolment AS e
    WHERE e.id IN {_IDS} AND e.invited_ms IS NULL AND e.withdrawn_ms IS NULL AND e.replied_ms IS NULL
    AND e.hand_wrote_ms IS NULL AND e.excluded_ms IS NULL
    AND NOT EXISTS (SELECT 1 FROM enrolment_text WHERE enrolment_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.enrolment_id = e.id
        AND (d.state NOT IN ('planned', 'cancelled', 'superseded')
             OR EXISTS (SELECT 1 FROM attempt WHERE delivery_id = d.id)
             OR EXISTS (SELECT 1 FROM approval WHERE delivery_id = d.id AND state = 'approved')))"""
_OF_ENROLMENTS = (
    f"DELETE FROM approval WHERE delivery_id IN (SELECT id FROM delivery WHERE enrolment_id IN {_IDS})",
    f"DELETE FROM delivery WHERE enrolment_id IN {_IDS}",
    f"DELETE FROM lead_claim WHERE enrolment_id IN {_IDS}",
)
_OTHERS = f"""SELECT id FROM enrolment WHERE lead_id IN {_IDS} AND is_active = 1 AND started_ms IS NOT NULL"""
_ACTIVITY = """DELETE FROM activity WHERE enrolment_id IN (SELECT value FROM json_each(:ids))
    AND lead_id IN (SELECT value FROM json_each(:leads))"""
_UNTOUCHED_LEADS = f"""SELECT l.id FROM lead AS l WHERE l.id IN {_IDS} AND l.forgotten_ms IS NULL AND l.note = ''
    AND NOT EXISTS (SELECT 1 FROM enrolment WHERE lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM message WHERE lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM chat WHERE lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM activity WHERE lead_id = l.id)
    AND NOT EXISTS (SELECT 1 FROM import_change WHERE lead_id = l.id AND import_batch_id <> :batch)"""
_TEXT = ", ".join(FULL_TEXT_COLUMNS)
_OF_LEADS = (
    f"INSERT INTO lead_text (lead_text, rowid, {_TEXT}) SELECT 'delete', id, {_TEXT} FROM lead WHERE id IN {_IDS}",
    f"DELETE FROM lead_alias WHERE lead_id IN {_IDS}",
    f"DELETE FROM import_change WHERE lead_id IN {_IDS}",
    f"DELETE FROM lead WHERE id IN {_IDS}",
)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that a batch added or changed, by id; changes the newest first."""

    enrolments: array[int]
    changes: array[int]
    leads: array[int]


def parts(connection: Connection, batch_id: int) -> Parts:
    """Return what a batch added and changed."""
    of_batch = select(enrolment.c.id).where(enrolment.c.batch_id == batch_id)
    changed = select(import_change.c.id).where(import_change.c.import_batch_id == batch_id)
    added = select(lead.c.id).join(
        import_created, lead.c.id.between(import_created.c.first_lead_id, import_created.c.last_lead_id)
    )
    return Parts(
        enrolments=array("q", connection.execute(of_batch).scalars()),
        changes=array("q", connection.execute(changed.order_by(import_change.c.id.desc())).scalars()),
        leads=array("q", connection.execute(added.where(import_created.c.import_batch_id == batch_id)).scalars()),
    )


def unfinished(connection: Connection) -> list[int]:
    """Return the batches that were cut short, the newest first."""
    return list(
        connection.execute(
            select(import_batch.c.id)
            .where(import_batch.c.finished_ms.is_(None), import_batch.c.undone_ms.is_(None))
            .order_by(import_batch.c.id.desc())
        ).scalars()
    )


def begin(uow: UnitOfWork, batch_id: int) -> None:
    """Note that a batch is being taken back: cut short, the next start or import goes on with it."""
    uow.connection.execute(update(import_batch).where(import_batch.c.id == batch_id).values(finished_ms=None))
    uow.changed("import", batch_id)


def remove_enrolments(uow: UnitOfWork, ids: Sequence[int], now: datetime) -> int:
    """Remove the enrolments that nothing has come of yet. Returns how many; campaigns that waited go on."""
    connection = uow.connection
    found = connection.execute(text(_UNTOUCHED_ENROLMENTS), {"ids": as_json(ids)}).all()
    if not found:
        return 0
    gone, of_leads = as_json(r.id for r in found), as_json({r.lead_id for r in found})
    campaigns = set(
        connection.execute(text(f"SELECT DISTINCT campaign_id FROM enrolment WHERE id IN {_IDS}"), {"ids": gone})
        .scalars()
    )  # fmt: skip
    for statement in _OF_ENROLMENTS:
        connection.execute(text(statement), {"ids": gone})
    connection.execute(text(_ACTIVITY), {"ids": gone, "leads": of_leads})
    connection.execute(text(f"DELETE FROM enrolment WHERE id IN {_IDS}"), {"ids": gone})
    for other in connection.execute(text(_OTHERS), {"ids": of_leads}).scalars().all():
        enrolments.replan(uow, other, now)
    uow.changed("enrolment", *(r.id for r in found))
    uow.changed("campaign", *campaigns)
    return len(found)


def changes(uow: UnitOfWork, ids: Sequence[int]) -> list[Change]:
    """Return changes of values, the newest first."""
    rows = uow.connection.execute(
        select(import_change).where(import_change.c.id.in_(list(ids))).order_by(import_change.c.id.desc())
    )
    return [Change(lead_id=r.lead_id, field=r.field, old=r.old_value, new=r.new_value) for r in rows]


def forget_changes(uow: UnitOfWork, ids: Sequence[int]) -> None:
    """Take changes that were looked at off the record."""
    uow.connection.execute(import_change.delete().where(import_change.c.id.in_(list(ids))))


def remove_leads(uow: UnitOfWork, ids: Sequence[int], batch_id: int) -> int:
    """Remove the leads that nothing has happened to. Returns how many."""
    marks = {"ids": as_json(ids), "batch": batch_id}
    found = list(uow.connection.execute(text(_UNTOUCHED_LEADS), marks).scalars())
    if found:
        for statement in _OF_LEADS:
            uow.connection.execute(text(statement), {"ids": as_json(found)})
        uow.changed("lead", *found)
    return len(found)


def end(uow: UnitOfWork, batch_id: int, now: datetime) -> None:
    """Note that a batch was taken back; rows it mended wait to be mended again, its own no longer."""
    uow.connection.execute(
        update(import_problem).where(import_problem.c.fixed_batch_id == batch_id).values(fixed_batch_id=None)
    )
    uow.connection.execute(
        import_problem.delete().where(
            import_problem.c.import_batch_id == batch_id, import_problem.c.fixed_batch_id.is_(None)
        )
    )
    uow.connection.execute(import_created.delete().where(import_created.c.import_batch_id == batch_id))
    uow.connection.execute(update(import_batch).where(import_batch.c.id == batch_id).values(undone_ms=to_ms(now)))
    uow.changed("import", batch_id)


def settle_campaign(uow: UnitOfWork, campaign_id: int, now: datetime) -> None:
    """A running campaign whose last active leads are gone is finished."""
    enrolments.finish_if_over(uow, campaign_id, now)
