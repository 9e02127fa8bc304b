"""What an import asks of the database: who is known, busy, connected or forgotten; and the rows kept for mending."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, func, select, text

from storage.repositories.imports import as_json
from storage.tables import engine_state, forgotten, import_batch, import_problem

_BUSY = """SELECT e.lead_id, c.name FROM enrolment AS e JOIN campaign AS c ON c.id = e.campaign_id
    WHERE e.lead_id IN (SELECT value FROM json_each(:ids)) AND e.is_active = 1
    AND c.state IN ('running', 'paused') AND c.id <> :campaign ORDER BY e.id DESC"""
_ENROLLED = """SELECT lead_id FROM enrolment
    WHERE campaign_id = :campaign AND lead_id IN (SELECT value FROM json_each(:ids))"""
_CONNECTED = """SELECT DISTINCT r.public_identifier FROM account AS a JOIN relation AS r ON r.account_id = a.id
    WHERE a.removed_ms IS NULL AND r.public_identifier IN (SELECT value FROM json_each(:slugs))"""


@dataclass(frozen=True, kw_only=True)
class OpenProblems:
    """An import some of whose rows wait to be mended."""

    batch_id: int
    file_name: str
    rows: int


def busy_elsewhere(connection: Connection, lead_ids: Iterable[int], campaign_id: int) -> dict[int, str]:
    """Return which leads another running or paused campaign works on, with its name."""
    rows = connection.execute(text(_BUSY), {"ids": as_json(lead_ids), "campaign": campaign_id})
    return {row.lead_id: row.name for row in rows}


def enrolled(connection: Connection, lead_ids: Iterable[int], campaign_id: int) -> set[int]:
    """Return which leads are in a campaign."""
    rows = connection.execute(text(_ENROLLED), {"ids": as_json(lead_ids), "campaign": campaign_id})
    return set(rows.scalars())


def connected(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return which people are relations of an account already, as far as relations were read."""
    return set(connection.execute(text(_CONNECTED), {"slugs": json.dumps(list(slugs))}).scalars())


def forgotten_keys(connection: Connection, keys: Collection[str]) -> set[str]:
    """Return which identities a person asked to forget."""
    if not has_forgotten(connection):
        return set()
    salt = forget_salt(connection)
    hashes = {identity_hash(salt, key): key for key in keys}
    found = connection.execute(select(forgotten.c.identity_hash).where(forgotten.c.identity_hash.in_(list(hashes))))
    return {hashes[value] for value in found.scalars()}


def has_forgotten(connection: Connection) -> bool:
    """Whether anybody was ever forgotten."""
    return connection.execute(select(forgotten.c.identity_hash).limit(1)).first() is not None


def forget_salt(connection: Connection) -> str:
    """Return the salt of this database's hashes of forgotten people."""
    return str(connection.execute(select(engine_state.c.db_uuid)).scalar_one())


def identity_hash(salt: str, key: str) -> str:
    """Return the hash by which a forgotten person is recognised."""
    return hashlib.sha256(f"{salt}\x1f{key}".encode()).hexdigest()


def open_problems(connection: Connection) -> list[OpenProblems]:
    """Return the imports with rows that wait to be mended, the newest first."""
    rows = connection.execute(
        select(import_batch.c.id, import_batch.c.file_name, func.count().label("rows"))
        .join(import_problem, import_problem.c.import_batch_id == import_batch.c.id)
        .where(
            import_problem.c.fixed_batch_id.is_(None),
            import_batch.c.undone_ms.is_(None),
            import_batch.c.finished_ms.is_not(None),
        )
        .group_by(import_batch.c.id)
        .order_by(import_batch.c.id.desc())
    )
    return [OpenProblems(batch_id=r.id, file_name=r.file_name, rows=r.rows) for r in rows]


def problem_rows(connection: Connection, batch_id: int, after_id: int, limit: int) -> list[tuple[int, int, str]]:
    """Return (id, row, cells) of the kept rows of a batch, in order."""
    rows = connection.execute(
        select(import_problem.c.id, import_problem.c.row, import_problem.c.cells)
        .where(
            import_problem.c.import_batch_id == batch_id,
            import_problem.c.fixed_batch_id.is_(None),
            import_problem.c.id > after_id,
        )
        .order_by(import_problem.c.id)
        .limit(limit)
    )
    return [(r.id, r.row, r.cells) for r in rows]
