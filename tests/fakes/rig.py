"""A whole Leadloom on virtual time: data folder, engine, HTTP client and practice LinkedIn; nothing else is faked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlalchemy import text

from engine.app import Engine
from engine.domain.practice_people import Character, PracticePerson, csv_text, make_people
from engine.provider.address import parse_address
from engine.provider.base import Provider
from engine.provider.secret import Secret
from engine.provider.simulated.api import PracticeApi
from engine.provider.simulated.faults import Faults
from engine.provider.simulated.state import WorldSettings
from engine.provider.simulated.transport import PracticeTransport
from engine.provider.simulated.world import World
from engine.provider.unipile import UnipileProvider
from engine.services.connections import Connections
from storage.credentials import MemoryCredentials
from storage.paths import Paths
from tests.fakes.clock import MONDAY_MORNING, FakeClock, JumpingLoop
from tests.fakes.files import put_database
from tests.fakes.statements import share_statements
from tests.fakes.wire import Wire

T = TypeVar("T")
FAST = 20_000.0
"""Engine seconds a real second in long runs: replies are read about every half hour."""
SETTINGS = {
    "time_zone": "Europe/Paris",
    "invites_per_day": "25",
    "invites_per_week": "120",
    "messages_per_day": "60",
    "profile_reads_per_day": "100",
    "gap_min_s": "90",
    "gap_max_s": "240",
    "warm_up": "off",
    "paid": "yes",
}
CAMPAIGN = """
name = "Founders"
[hours]
time_zone = "Europe/Paris"
days = ["mon", "tue", "wed", "thu", "fri"]
start = "09:00"
end = "17:00"
[[steps]]
kind = "invite"
accept_within = "5d"
[[steps]]
kind = "message"
wait = "1d"
text = "Hi {{ first_name | default: 'there' }}, thanks for connecting."
[[steps]]
kind = "message"
wait = "2d"
text = "{{ first_name | default: 'Hello' }}, did you see my note?"
"""


class Rig:
    """One data folder with its engine, opened on a clock of the test's own."""

    def __init__(
        self,
        folder: Path,
        *,
        people: int = 24,
        seed: int = 1,
        speed: float = 1.0,
        start: datetime = MONDAY_MORNING,
        faults: str = "calm",
        folk: tuple[PracticePerson, ...] | None = None,
        clock: FakeClock | None = None,
        make_wire: Callable[[PracticeTransport, FakeClock], Wire] = Wire,
        **world: Any,
    ) -> None:
        (folder / "data").mkdir()
        (folder / "state").mkdir()
        self.folder = folder
        self.paths = Paths(data=folder / "data", state=folder / "state")
        self.clock = clock or FakeClock(start, speed=speed)
        self.people = folk if folk is not None else make_people(people, seed)
        self.world = World(self.people, self.clock.there_now, WorldSettings(seed=seed, **world))
        self.api = PracticeApi(self.world, faults=Faults(faults, seed), wall=self.clock.there_wall)
        self.plug = PracticeTransport(self.api)
        self.wire = make_wire(self.plug, self.clock)
        self.seed = seed
        self.opened = 0
        self._runner = asyncio.Runner(loop_factory=lambda: JumpingLoop(self.clock))
        self.engine = self._open()

    def _open(self) -> Engine:
        self.opened += 1
        connections = Connections(MemoryCredentials(), self._provider)
        if self.opened == 1:
            put_database(self.paths.database)
        engine = Engine.open(self.paths, self.clock, connections, Random(self.seed * 1000 + self.opened))
        share_statements(engine.ctx.db)
        return engine

    def _provider(self, address: str, key: Secret) -> Provider:
        return UnipileProvider(parse_address(address), key, clock=self.clock, transport=self.wire)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry out something on the jumping loop; the workers go on meanwhile."""
        return self._runner.run(work)

    def crash(self) -> None:
        """End as a killed process would: no task is told, nothing is written; open the folder again."""
        self.run(self.drop())
        self.reopen()

    def reopen(self) -> None:
        """Open the folder again; whatever has it open is left alone."""
        self.engine = self._open()

    async def drop(self) -> None:
        """End every task but this one without a word, and close the files."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if self.engine.supervisor is not None:
            others |= {task for workers in self.engine.supervisor.accounts.values() for task in workers.tasks}
        for task in sorted(others, key=_by_making):
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self.engine.supervisor = None
        await self.engine.ctx.connections.aclose()
        self.engine.ctx.db.close()

    def close(self) -> None:
        """Stop in order and close everything."""
        with contextlib.closing(self._runner):
            self.run(self.engine.close())

    # What a person does

    async def add_account(self, *, key: str = "practice", **settings: str) -> str:
        """Add the practice account with its settings; returns its name."""
        services = self.engine.services
        await services.accounts.add("practice", key)
        name = (await services.accounts.list())[0].name
        await services.accounts.set(name, {**SETTINGS, **settings})
        return name

    async def add_campaign(
        self, toml: str = CAMPAIGN, *, people: tuple[PracticePerson, ...] | None = None, start: bool = True
    ) -> str:
        """Add a campaign, fill it with the practice people, and start it; returns its name."""
        services = self.engine.services
        _, name = await services.campaigns.add(toml)
        await services.leads.import_file(self.lead_list(people), name)
        if start:
            await services.campaigns.start(name)
        return name

    def lead_list(self, people: tuple[PracticePerson, ...] | None = None) -> Path:
        """Write a lead list as an export would have it."""
        path = self.folder / "leads.csv"
        path.write_text(csv_text(self.people if people is None else people), encoding="utf-8")
        return path

    async def to_the_end(self) -> None:
        """Run the engine until nothing can happen without a person."""
        if self.engine.supervisor is None:
            await self.engine.start()
        await self.engine.until_idle()

    async def pass_time(self, **length: float) -> None:
        """Let the engine work for some engine time."""
        await self.clock.pause(timedelta(**length).total_seconds() / self.clock.speed)

    def hurry(self, speed: float) -> None:
        """Change the speed of time; whoever waits looks again."""
        self.clock.speed = speed
        self.engine.ctx.wakes.all()
        for workers in self.engine.supervisor.accounts.values() if self.engine.supervisor else ():
            workers.relations.hurry()

    # What there is to see

    def who(self, character: Character) -> PracticePerson:
        """Return the first person of a character."""
        return next(p for p in self.people if p.character is character)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        """Read the database."""
        return list(self.engine.ctx.db.read_here(lambda c: c.execute(text(sql), values).all()))

    def one(self, sql: str, **values: Any) -> Any:
        """Read one value of the database."""
        (row,) = self.rows(sql, **values)
        return row[0]

    def enrolment(self, person: PracticePerson, campaign: str = "Founders") -> Any:
        """Return the enrolment of a person."""
        (row,) = self.rows(
            """SELECT e.* FROM enrolment e JOIN lead l ON l.id = e.lead_id JOIN campaign c ON c.id = e.campaign_id
            WHERE c.name = :campaign
            AND (l.provider_id = :provider_id OR lower(l.public_identifier) IN (:slug, :old))""",
            campaign=campaign,
            provider_id=person.provider_id,
            slug=person.slug.lower(),
            old=(person.old_slug or "").lower(),
        )
        return row


def _by_making(task: asyncio.Task[Any]) -> tuple[int, str]:
    """Sort tasks as they were made, as far as their names tell."""
    name = task.get_name()
    return len(name), name
