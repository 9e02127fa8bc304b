"""What is done to many chosen leads at once, and the rows that taking it back needs."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from storage.repositories import own_texts
from storage.unit_of_work import UnitOfWork

OWN = "own_texts"
MAY_GO_ON = "(is_active = 1 OR stage = 'invite_sent')"
"""Also of who waits for nothing, an invitation that stays open may still be accepted: then the sequence goes on."""

_IDS = "(SELECT value FROM json_each(:ids))"
_UNSTARTED = f"""SELECT e.* FROM enrolment e WHERE e.id IN {_IDS} AND e.started_ms IS NULL
    AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.enrolment_id = e.id) ORDER BY e.id"""


def lead_ids(connection: Connection, keys: Sequence[int]) -> array[int]:
    """Return whose these rows are, each lead once; a key below zero is minus a lead's id."""
    found = dict.fromkeys(-key for key in keys if key < 0)
    rows = connection.execute(
        text(f"SELECT lead_id FROM enrolment WHERE id IN {_IDS}"), {"ids": json.dumps([k for k in keys if k > 0])}
    )
    found.update(dict.fromkeys(rows.scalars()))
    return array("q", found)


def reachable(uow: UnitOfWork, ids: Sequence[int]) -> list[int]:
    """Return which of these leads were not forgotten, in their order."""
    gone = uow.connection.execute(
        text(f"SELECT id FROM lead WHERE id IN {_IDS} AND forgotten_ms IS NOT NULL"), {"ids": _json(ids)}
    )
    forgotten = set(gone.scalars())
    return [lead_id for lead_id in ids if lead_id not in forgotten]


def stoppable(uow: UnitOfWork, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Return the enrolments of these leads that have not come to an end: id and why they are held."""
    return uow.connection.execute(
        text(
            f"""SELECT id, lead_id, attention_why FROM enrolment WHERE lead_id IN {_IDS}
            AND {MAY_GO_ON} AND excluded_ms IS NULL ORDER BY id"""
        ),
        {"ids": _json(ids)},
    ).all()


def excluded_with(uow: UnitOfWork, enrolment_id: int, at_ms: int, why: str) -> Row[Any] | None:
    """Return an enrolment if it is excluded by exactly this exclusion."""
    return uow.connection.execute(
        text(
            "SELECT id, lead_id, campaign_id, attention_why FROM enrolment"
            " WHERE id = :id AND excluded_ms = :at AND excluded_why = :why"
        ),
        {"id": enrolment_id, "at": at_ms, "why": why},
    ).one_or_none()


def excluded_because(uow: UnitOfWork, why: str) -> Sequence[Row[Any]]:
    """Return the enrolments that are excluded for exactly this reason."""
    sql = """SELECT id, lead_id, campaign_id, attention_why FROM enrolment
        WHERE stage = 'excluded' AND excluded_why = :why ORDER BY id"""
    return uow.connection.execute(text(sql), {"why": why}).all()


def enrolled(uow: UnitOfWork, campaign_id: int, ids: Sequence[int]) -> dict[int, int]:
    """Return which of these leads are in a campaign: enrolment by lead."""
    rows = uow.connection.execute(
        text(f"SELECT lead_id, id FROM enrolment WHERE campaign_id = :campaign AND lead_id IN {_IDS}"),
        {"campaign": campaign_id, "ids": _json(ids)},
    )
    return {row.lead_id: row.id for row in rows}


def take_out(uow: UnitOfWork, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Remove enrolments that no Start has reached; returns their rows, whole. All others stay as they are.

    Texts that were written for one of them alone go with it, and are its row's `own_texts`.
    """
    rows = [dict(r) for r in uow.connection.execute(text(_UNSTARTED), {"ids": _json(ids)}).mappings()]
    own = own_texts.of_enrolments(uow.connection, [r["id"] for r in rows])
    for row in rows:
        row[OWN] = own.get(row["id"], {})
    uow.connection.execute(text(f"DELETE FROM enrolment WHERE id IN {_IDS}"), {"ids": _json([r["id"] for r in rows])})
    _tell(uow, rows)
    return rows


def put_back(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> int:
    """Insert enrolments as they were, where their lead is not in the campaign again. Returns how many."""
    done = 0
    for row in rows:
        columns = {name: value for name, value in row.items() if name != OWN}
        sql = f"INSERT INTO enrolment ({', '.join(columns)}) VALUES (:{', :'.join(columns)}) ON CONFLICT DO NOTHING"
        is_back = uow.connection.execute(text(sql), columns).rowcount
        done += is_back
        for step_key, body in row[OWN].items() if is_back else ():
            own_texts.put(uow, row["id"], step_key, body)
    _tell(uow, rows)
    return done


def _tell(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    uow.changed("enrolment", *(row["id"] for row in rows))
    uow.changed("lead", *(row["lead_id"] for row in rows))
    uow.changed("campaign", *(row["campaign_id"] for row in rows))


def _json(ids: Sequence[int]) -> str:
    return json.dumps(list(ids))
