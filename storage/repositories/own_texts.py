"""Texts written for one person alone: read for sending, kept and dropped with the enrolment and the step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.tables import enrolment, enrolment_text
from storage.unit_of_work import UnitOfWork


def of_step(connection: Connection, enrolment_id: int, step_key: str) -> str | None:
    """Return what was written for this lead and step alone, or None."""
    mine = select(enrolment_text.c.body).where(
        enrolment_text.c.enrolment_id == enrolment_id, enrolment_text.c.step_key == step_key
    )
    return connection.execute(mine).scalar_one_or_none()


def of_enrolments(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return the texts of these enrolments by step; who has none is left out."""
    found: dict[int, dict[str, str]] = {}
    rows = connection.execute(select(enrolment_text).where(enrolment_text.c.enrolment_id.in_(_listed(ids))))
    for row in rows:
        found.setdefault(row.enrolment_id, {})[row.step_key] = row.body
    return found


def put(uow: UnitOfWork, enrolment_id: int, step_key: str, body: str | None) -> str | None:
    """Keep a text for one lead and step alone, or none. Returns the one before."""
    before = of_step(uow.connection, enrolment_id, step_key)
    if body is None:
        uow.connection.execute(
            delete(enrolment_text).where(
                enrolment_text.c.enrolment_id == enrolment_id, enrolment_text.c.step_key == step_key
            )
        )
    else:
        kept = sqlite_insert(enrolment_text).values(enrolment_id=enrolment_id, step_key=step_key, body=body)
        uow.connection.execute(
            kept.on_conflict_do_update(index_elements=["enrolment_id", "step_key"], set_={"body": kept.excluded.body})
        )
    uow.changed("enrolment", enrolment_id)
    return before


def keep_only(uow: UnitOfWork, campaign_id: int, keys: Sequence[str]) -> None:
    """Drop the texts of steps that are gone: a later step may get the key of one."""
    is_mine = exists().where(enrolment.c.id == enrolment_text.c.enrolment_id, enrolment.c.campaign_id == campaign_id)
    uow.connection.execute(delete(enrolment_text).where(is_mine, enrolment_text.c.step_key.not_in(keys)))


def forget(uow: UnitOfWork, lead_id: int) -> None:
    """Drop everything that was written for a person alone."""
    mine = select(enrolment.c.id).where(enrolment.c.lead_id == lead_id)
    uow.connection.execute(delete(enrolment_text).where(enrolment_text.c.enrolment_id.in_(mine)))


def of_campaign(connection: Connection, campaign_id: int) -> tuple[tuple[int, str, str], ...]:
    """Return (place of the enrolment in its campaign, step, text) of all that a campaign has."""
    places = (
        select(enrolment.c.id, (func.row_number().over(order_by=enrolment.c.id) - 1).label("place"))
        .where(enrolment.c.campaign_id == campaign_id)
        .subquery()
    )
    rows = connection.execute(
        select(places.c.place, enrolment_text.c.step_key, enrolment_text.c.body)
        .join(places, places.c.id == enrolment_text.c.enrolment_id)
        .order_by(places.c.place, enrolment_text.c.step_key)
    )
    return tuple((row.place, row.step_key, row.body) for row in rows)


def restore(uow: UnitOfWork, campaign_id: int, texts: Sequence[tuple[int, str, str]]) -> None:
    """Put back what `of_campaign` returned, after its enrolments."""
    if not texts:
        return
    mine = select(enrolment.c.id).where(enrolment.c.campaign_id == campaign_id).order_by(enrolment.c.id)
    ids = uow.connection.execute(mine).scalars().all()
    rows = [{"enrolment_id": ids[place], "step_key": key, "body": body} for place, key, body in texts]
    uow.connection.execute(insert(enrolment_text), rows)


def _listed(ids: Sequence[int]) -> Any:
    return select(func.json_each(json.dumps(list(ids))).table_valued("value").c.value)
