"""What must hold of a program that has come to its end: what it shows is what there is, its secret is nowhere, and
what it opened is closed."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.findings import Breach, Findings

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

CANARY = "key-that-stands-nowhere-4f1d"
"""The API key of a simulated account."""
OPEN_FILES = Path("/proc/self/fd")


async def counters_are_true(simulation: Simulation) -> None:
    """What lists and Home show is what the tables hold."""
    services, rows = simulation.rig.engine.services, simulation.witness.rows
    shown = {line.name: (line.leads, line.stages) for line in await services.campaigns.list()}
    for campaign in rows("SELECT id, name FROM campaign WHERE state <> 'archived'"):
        held = rows("SELECT stage, count(*) AS n FROM enrolment WHERE campaign_id = ? GROUP BY stage", campaign["id"])
        stages = {row["stage"]: row["n"] for row in held}
        leads, told = shown[campaign["name"]]
        is_true = leads == sum(stages.values()) and {k: v for k, v in told.items() if v} == stages
        words = f"“{campaign['name']}” shows {leads} leads {told}, there are {stages}"
        simulation.findings.need(is_true, Breach.UNTRUE, words)
    view = await services.status.overview()
    leads = rows("SELECT count(*) AS n FROM lead WHERE forgotten_ms IS NULL AND merged_into_id IS NULL")[0]["n"]
    simulation.findings.need(view.leads == leads, Breach.UNTRUE, f"Home shows {view.leads} leads, there are {leads}")
    waiting = sum(1 for item in await services.attention.list() if item.id[0] in "dea")
    words = f"Home counts {view.questions} questions, {waiting} are listed"
    simulation.findings.need(view.questions == waiting, Breach.UNTRUE, words)


async def secret_is_nowhere(simulation: Simulation) -> None:
    """The key stands in no file of the program's, nor in what it exports."""
    services, folder = simulation.rig.engine.services, simulation.rig.folder
    await services.leads.export(folder / "everybody.csv")
    for line in await services.campaigns.list():
        (folder / f"{line.campaign_id}.toml").write_text(await services.campaigns.export(line.name), encoding="utf-8")
    for file in sorted(f for f in folder.rglob("*") if f.is_file()):
        if CANARY.encode() in file.read_bytes():
            simulation.findings.add(Breach.LEAK, f"the key stands in {file.relative_to(folder)}")


class Ear(logging.Handler):
    """Hears what the program logs: a key in it is a leak."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(logging.INFO)
        self._findings = findings
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Judge a line with its traceback."""
        if CANARY in self.format(record):
            self._findings.add(Breach.LEAK, f"the key stands in a line of {record.name}")


@contextmanager
def heard(findings: Findings) -> Iterator[None]:
    """Let an ear hear everything from INFO on, and nobody else: there are thousands of lines about simulated faults."""
    root = logging.getLogger()
    others, level = root.handlers[:], root.level
    root.handlers[:] = [Ear(findings)]
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.handlers[:] = others
        root.setLevel(level)


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a process holds: threads, and open files where the system tells."""

    threads: int
    files: int

    @staticmethod
    def now() -> Held:
        """Count."""
        files = len(list(OPEN_FILES.iterdir())) if OPEN_FILES.is_dir() else 0
        return Held(threads=threading.active_count(), files=files)


def everything_is_let_go(findings: Findings, before: Held) -> None:
    """After the end no more threads and files are there than before the start."""
    after = Held.now()
    is_gone = after.threads <= before.threads and after.files <= before.files
    findings.need(is_gone, Breach.LEAK, f"{before} before, {after} after")


async def no_task_is_left(findings: Findings) -> None:
    """After an ordered end nothing goes on."""
    left = sorted(t.get_name() for t in asyncio.all_tasks() - {asyncio.current_task()})
    findings.need(not left, Breach.LEAK, f"tasks after the end: {left}")
