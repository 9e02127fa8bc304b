"""Choosing the next action with 1,000 and with 1,000,000 enrolments: the cost must not grow with the leads.

Prints the ratio of the medians; the aim is at most 1.3.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from bench.rig import CAMPAIGN, open_bench_engine
from engine.domain.planner import choose
from storage.column_types import to_ms
from storage.queries.lane import lane_account, lane_state
from storage.unit_of_work import UnitOfWork

SMALL, LARGE = 1_000, 1_000_000
AIM = 1.3
ROUNDS = 400
NOW = datetime(2026, 1, 6, 10, 0, tzinfo=UTC)
_SERIES = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)"


def main() -> int:
    """Measure both in turn and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))
    return 0


async def _measure(folder: Path) -> None:
    engines = {count: await _filled(folder / str(count), count) for count in (SMALL, LARGE)}
    times: dict[int, list[float]] = {SMALL: [], LARGE: []}
    for _ in range(ROUNDS):
        for count, engine in engines.items():
            times[count].append(engine.ctx.db.read_here(_timed))
    for engine in engines.values():
        await engine.close()
    small, large = statistics.median(times[SMALL]), statistics.median(times[LARGE])
    ratio = large / small
    print(
        f"next action of {LARGE:,} enrolments: {large * 1e3:.2f} ms, of {SMALL:,}: {small * 1e3:.2f} ms, "
        f"ratio {ratio:.2f} (aim <= {AIM}): {'ok' if ratio <= AIM else 'MISSED'}"
    )


def _timed(connection) -> float:  # type: ignore[no-untyped-def]
    started = time.perf_counter()
    found = lane_account(connection, 1)
    choice = choose(lane_state(connection, found, NOW, timedelta(seconds=1)))
    took = time.perf_counter() - started
    assert hasattr(choice, "delivery_id"), choice
    return took


async def _filled(data: Path, count: int):  # type: ignore[no-untyped-def]
    engine = open_bench_engine(data)
    await engine.services.campaigns.add(CAMPAIGN)
    await engine.ctx.db.write(lambda u: _fill(u, count))
    return engine


def _fill(uow: UnitOfWork, count: int) -> None:
    run = uow.connection.execute
    marks = {"count": count, "due": to_ms(NOW) - 1000}
    run(
        text(
            "INSERT INTO account (id, address, provider_account_id, name, status, time_zone, days, start_minute, "
            "end_minute, created_ms) VALUES (1, 'http://practice.invalid/api/v1', 'a', 'A', 'ok', 'Europe/Paris', "
            "'mon,tue,wed,thu,fri', 540, 1020, 0)"
        )
    )
    run(text("UPDATE campaign SET account_id = 1, state = 'running'"))
    run(
        text(
            f"{_SERIES} INSERT INTO lead (id, identity_key, public_identifier, provider_id, created_ms) "
            "SELECT i, 'slug:lead-' || i, 'lead-' || i, 'ACoA' || i, 0 FROM n"
        ),
        marks,
    )
    run(
        text(
            f"{_SERIES} INSERT INTO enrolment (id, campaign_id, lead_id, account_id, version_id, enrolled_ms, "
            "started_ms) SELECT i, 1, i, 1, 1, 0, 0 FROM n"
        ),
        marks,
    )
    run(
        text(
            f"{_SERIES} INSERT INTO delivery (uuid, account_id, lead_id, enrolment_id, campaign_id, step_key, kind, "
            "state, due_ms) SELECT i, 1, i, i, 1, 'invite', 'invite', 'planned', :due + i FROM n"
        ),
        marks,
    )


if __name__ == "__main__":
    sys.exit(main())
