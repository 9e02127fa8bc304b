"""What the program holds after a simulated year of work under faults: its memory, files and threads are as before.

A simulated line, clock and LinkedIn (`tests/simulation`), the real engine and a real file. Prints the growth of memory
between the third month and the twelfth, and its ratio to the limit of 5 % (the same as for a day's soak of the window).
"""

from __future__ import annotations

import gc
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from tests.simulation.afterwards import Held
from tests.simulation.faults import even_mix
from tests.simulation.plan import Plan, Planned, draw_plan
from tests.simulation.simulation import DAY_S, Simulation, seeded_ids

PEOPLE = 400
DAYS, MONTH_S = 365.0, 365 / 12 * DAY_S
FIRST_MONTH = 3
LIMIT = 0.05
STATUS = Path("/proc/self/status")


class Year(Simulation):
    """A simulation that looks at itself once a month."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        super().__init__(plan, folder)
        self.months: list[tuple[int, Held]] = []

    async def _do(self, who: str, act: str) -> None:
        if self.witness.elapsed_s() >= (len(self.months) + 1) * MONTH_S:
            gc.collect()
            self.months.append((memory_kb(), Held.now()))
        await super()._do(who, act)


def memory_kb() -> int:
    """Return how much memory this process has, in KB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def year(seed: int) -> Plan:
    """Return a year of two invitations a day, with an edit, a pause or a kill now and then."""
    dice = Random(f"year {seed}")
    acts = [
        Planned(at_s=dice.uniform(1, DAYS - 5) * DAY_S, who=who, act=act)
        for who, act in (("user", "edit"), ("user", "pause_campaign"), ("machine", "kill"), ("world", "write_by_hand"))
        for _ in range(12)
    ]
    plan = draw_plan(seed)
    settings: dict[str, Any] = {**plan.settings, "invites_per_day": "2", "invites_per_week": "10"}
    return replace(
        plan,
        days=DAYS,
        people=PEOPLE,
        late_people=0,
        mix=even_mix("flaky", writes=0.08, reads=0.05),
        settings=settings,
        campaigns=plan.campaigns[:1],
        acts=tuple(sorted(acts, key=lambda a: a.at_s)),
    )


def main() -> int:
    """Measure, print the ratio to the limit, and return 1 when it is missed."""
    if not STATUS.exists():
        print("A year's memory is measured on Linux only.")
        return 0
    with tempfile.TemporaryDirectory() as folder, seeded_ids(1):
        simulation = Year(year(1), Path(folder))
        try:
            simulation.play()
        finally:
            simulation.close()
    first, last = simulation.months[FIRST_MONTH - 1], simulation.months[-1]
    growth = last[0] / first[0] - 1
    is_same = last[1].threads <= first[1].threads and last[1].files <= first[1].files
    print(
        f"A year with {PEOPLE} leads, {len(simulation.witness.posts)} sends: {first[0] / 1024:.0f} MB after month "
        f"{FIRST_MONTH}, {last[0] / 1024:.0f} MB after month {len(simulation.months)}: {growth:+.1%}, "
        f"ratio {growth / LIMIT:.2f} to the limit of {LIMIT:.0%} (aim <= 1); {last[1]}; "
        f"breaches: {sum(simulation.findings.counts.values())}"
    )
    return int(growth > LIMIT or not is_same or bool(simulation.findings.counts))


if __name__ == "__main__":
    sys.exit(main())
