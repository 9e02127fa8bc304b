"""What the harness does to a data folder between two runs of the program: fill it, answer it, look at it.

Each job opens the folder as a command does, in a process of its own, without starting the engine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

import main as program
from engine.app import Engine
from engine.clock import SystemClock
from engine.services.attention import CHOICES
from storage.paths import open_paths

SETTINGS = {
    "time_zone": "Etc/UTC",
    "hours.days": "mon,tue,wed,thu,fri,sat,sun",
    "hours.start": "00:00",
    "hours.end": "24:00",
    "invites_per_day": "100",
    "invites_per_week": "200",
    "messages_per_day": "100",
    "profile_reads_per_day": "100",
    "gap_min_s": "90",
    "gap_max_s": "120",
    "warm_up": "off",
    "paid": "yes",
}


def _open(job: dict[str, Any]) -> Engine:
    clock = SystemClock(speed=job["speed"], epoch=datetime.fromtimestamp(job["epoch"], UTC))
    return program.open_engine(open_paths(Path(job["data"])), clock)


async def make(job: dict[str, Any]) -> dict[str, Any]:
    """Add the account to a new folder."""
    engine = _open(job)
    try:
        await engine.services.accounts.add(job["server"], "practice", own_host=True)
        (account,) = await engine.services.accounts.list()
        await engine.services.accounts.set(account.name, SETTINGS)
    finally:
        await engine.close()
    return {}


async def fill(job: dict[str, Any]) -> dict[str, Any]:
    """Add a campaign with its people, and start it."""
    engine = _open(job)
    try:
        _, name = await engine.services.campaigns.add(job["toml"])
        await engine.services.leads.import_file(Path(job["csv"]), name)
        await engine.services.campaigns.start(name)
    finally:
        await engine.close()
    return {}


async def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Answer every question about a send by the truth: `arrived` holds [provider id, kind, text].

    `again` is the answer about what hasn't arrived. When nothing was asked, look as `look` does.
    """
    engine = _open(job)
    arrived = {tuple(entry) for entry in job["arrived"]}
    asked = 0
    again = job["again"]
    try:
        for item in await engine.services.attention.list():
            if item.id[0] != "d" or item.choices != CHOICES:
                continue
            (whose,) = engine.ctx.db.read_here(lambda c, i=item: c.execute(_WHOSE, {"id": i.lead_id}).one())
            has_arrived = (whose, item.kind, item.text) in arrived
            await engine.services.attention.resolve(item.id, "sent" if has_arrived else again)
            asked += 1
        seen = {} if asked else await _seen(engine, job["sql"])
    finally:
        await engine.close()
    return {"asked": asked, **seen}


_WHOSE = text("SELECT provider_id FROM lead WHERE id = :id")


async def look(job: dict[str, Any]) -> dict[str, Any]:
    """Return what the invariants say, and whatever SQL asks for."""
    engine = _open(job)
    try:
        return await _seen(engine, job["sql"])
    finally:
        await engine.close()


async def _seen(engine: Engine, sql: dict[str, str]) -> dict[str, Any]:
    broken = [line.name for line in await engine.services.status.check() if not line.ok]
    rows = {
        name: engine.ctx.db.read_here(lambda c, q=asked: [list(r) for r in c.execute(text(q))])
        for name, asked in sql.items()
    }
    return {"broken": broken, **rows}


JOBS: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "make": make,
    "fill": fill,
    "answer": answer,
    "look": look,
}
