"""The judgement of what is left at the end: each thing that must not be is found, and what may be isn't."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from engine.services.campaigns import Campaigns
from tests.simulation.afterwards import CANARY, Held, everything_is_let_go, no_task_is_left
from tests.simulation.findings import Breach, Findings
from tests.simulation.scenes import FRIEND, HELLO, SOON, run, scene

NOTE = '[[steps]]\nkind = "invite"\naccept_within = "40d"\nnote = "Hello {{ first_name | default: \'there\' }}"\n'
SELDOM = 400_000.0
"""Polls come half a day apart: here it is a month that is tested, not the polls."""
ONE = scene(HELLO, FRIEND, days=1)


def test_a_key_in_a_file_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(f"x-api-key: {CANARY}", encoding="utf-8")
    assert run(ONE, tmp_path).findings.counts == {Breach.LEAK: 1}


def test_a_key_in_a_log_line_is_a_leak(tmp_path: Path) -> None:
    real = Campaigns.start

    async def telling(self: Campaigns, *args: Any, **more: Any) -> Any:
        logging.getLogger("engine.anything").info("asked with %s", {"X-API-KEY": CANARY})
        return await real(self, *args, **more)

    with patch.object(Campaigns, "start", telling):
        assert run(ONE, tmp_path).findings.counts == {Breach.LEAK: 1}


def test_a_task_that_goes_on_is_a_leak() -> None:
    async def leave(*, one: bool) -> Findings:
        findings = Findings()
        stray = asyncio.create_task(asyncio.sleep(3600)) if one else None
        await no_task_is_left(findings)
        if stray is not None:
            stray.cancel()
        return findings

    assert asyncio.run(leave(one=False)).counts == {}
    assert asyncio.run(leave(one=True)).counts == {Breach.LEAK: 1}


def test_a_counter_that_is_wrong_is_found(tmp_path: Path) -> None:
    real = Campaigns.list

    async def one_more(self: Campaigns) -> list[Any]:
        return [replace(line, leads=line.leads + 1) for line in await real(self)]

    with patch.object(Campaigns, "list", one_more):
        assert run(ONE, tmp_path).findings.counts == {Breach.UNTRUE: 1}


def test_a_file_that_stays_open_is_a_leak(tmp_path: Path) -> None:
    before, findings = Held.now(), Findings()
    everything_is_let_go(findings, before)
    assert findings.counts == {}
    with (tmp_path / "open").open("w"):
        everything_is_let_go(findings, before)
    assert findings.counts == {Breach.LEAK: 1}


def test_a_free_account_has_three_notes_in_thirty_days(tmp_path: Path) -> None:
    plan = replace(scene(NOTE + HELLO, *[SOON] * 4, days=31, paid="no"), polling_speed=SELDOM)
    ended = run(plan, tmp_path)
    assert ended.findings.first == []
    assert len([p for p in ended.witness.posts if p.kind == "invite" and p.body]) == 4


def test_a_fourth_note_is_found(tmp_path: Path) -> None:
    with patch("engine.domain.limits.FREE_NOTES_PER_MONTH", 99):
        found = run(scene(NOTE + HELLO, *[SOON] * 4, days=2, paid="no"), tmp_path).findings
    assert set(found.counts) == {Breach.OVER_LIMIT}
