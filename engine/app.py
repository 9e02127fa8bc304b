"""The engine as one object: opened by the composition root, started, stopped in order.

It knows no window and no command line; both are handed its services.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import partial
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select

from engine.bus import Bus
from engine.clock import Clock
from engine.domain.takeover import Found
from engine.errors import InUse
from engine.services.connections import Connections
from engine.services.context import Context
from engine.services.hurry import check_speed
from engine.services.moving import finish_moves
from engine.services.use_cases import Services
from storage.database import Database
from storage.journal import SendJournal
from storage.lock import ProcessLock
from storage.machine import machine_id
from storage.migrate import migrate
from storage.paths import Paths
from storage.queries.idleness import is_idle
from storage.queries.wholeness import need_whole_file
from storage.repositories import state
from storage.tables import account
from storage.unit_of_work import Committed, UnitOfWork

if TYPE_CHECKING:
    from engine.workers.supervisor import Supervisor

log = logging.getLogger(__name__)
IDLE_LOOK_S = 0.25
CLAIM_WAIT_S = 2.0
"""A system may free the lock of a process that was killed a moment late."""
LAST_READ_TRIES = 20
NEEDED_SOON = ("engine.workers.supervisor", "engine.provider.unipile", "engine.domain.template_language")


class Engine:
    """Everything that Leadloom does by itself."""

    def __init__(self, ctx: Context, paths: Paths) -> None:
        self.ctx = ctx
        self.paths = paths
        self.services = Services(ctx)
        self.supervisor: Supervisor | None = None
        self._lock: ProcessLock | None = None
        ctx.db.on_commit = self._publish

    @staticmethod
    def open(paths: Paths, clock: Clock, connections: Connections, rng: Random) -> Engine:
        """Open the data folder: migrate, open the database, make the engine's row. Raises: StorageError."""
        if not paths.database.exists():
            from storage import backup

            backup.finish_restore(paths.database, paths.backups)
        migrate(paths.database, paths.backups, clock.wall())
        db = Database(paths.database)
        ctx = Context(db=db, clock=clock, rng=rng, bus=Bus(), connections=connections, paths=paths)
        try:
            if not db.read_here(state.is_made):
                db.write_here(lambda u: state.make(u, machine_id=machine_id(paths.state)))
            found = db.read_here(lambda c: state.load(UnitOfWork(c)))
        except BaseException:
            db.close()
            raise
        ctx.is_paused, ctx.pause_epoch = found.is_paused, found.pause_epoch
        ctx.journal = SendJournal(paths.state, found.lineage, found.db_uuid)
        return Engine(ctx, paths)

    async def warm_up(self) -> None:
        """Import what wasn't needed yet in a thread, so that the loop never waits for it."""
        await asyncio.get_running_loop().run_in_executor(None, self._import_rest)

    async def claim(self) -> None:
        """Keep copies of this data on this computer from sending at the same time. Raises: InUse, StorageError."""
        assert self.ctx.journal is not None
        lock = ProcessLock(self.paths.state / f"data-{self.ctx.journal.data}.lock")
        if not await asyncio.get_running_loop().run_in_executor(None, partial(lock.acquire, wait_s=CLAIM_WAIT_S)):
            raise InUse(
                "A copy of this data is open in another Leadloom on this computer.",
                "Close that one first: neither knows what the other sends.",
            )
        self._lock = lock

    async def start(self) -> None:
        """Take the database over, settle what a crash left open, and start the workers."""
        self.ctx.boot_id, self.ctx.is_stopping = uuid.uuid4().hex, False
        await self.warm_up()
        await self._take_over()
        await self.services.imports.clean_up()
        from engine.workers.supervisor import Supervisor

        self.supervisor = Supervisor(self.ctx)
        services = self.services
        await self.supervisor.start(
            once={
                "starts": services.campaigns.finish_starts,
                "moves": partial(finish_moves, self.ctx),
                "archived": services.archiving.finish,
            }
        )

    async def stop(self) -> None:
        """Stop the workers in order; the database stays open for the last reads."""
        if self.supervisor is not None:
            await self.supervisor.stop()
            self.supervisor = None

    async def break_off(self) -> None:
        """End the workers as a killed process would: none is told. `start` settles what is open."""
        if self.supervisor is not None:
            await self.supervisor.break_off()
            self.supervisor = None

    def report_jump(self, seconds: float) -> None:
        """Say that time jumped, as a sleep of the computer would."""
        if self.supervisor is not None:
            self.supervisor.on_jump(seconds)

    async def close(self) -> None:
        """Stop everything and close the file."""
        try:
            await self.stop()
            await self.ctx.connections.aclose()
            await asyncio.get_running_loop().run_in_executor(None, self.ctx.db.close)
        finally:
            if self._lock is not None:
                self._lock.release()

    async def check_speed(self) -> None:
        """Raise Refused when time is hurried and an account is a real one."""
        lines = await self.ctx.db.read(
            lambda c: c.execute(select(account.c.address).where(account.c.removed_ms.is_(None))).scalars().all()
        )
        check_speed(self.ctx.clock.speed, lines)

    async def until_idle(self) -> None:
        """Return when nothing can happen any more without a person."""
        while True:
            if await self.ctx.db.read(is_idle) and await self._last_reading() and await self.ctx.db.read(is_idle):
                return
            await self.ctx.clock.pause(IDLE_LOOK_S)

    async def _last_reading(self) -> bool:
        """Read replies and relations once more; late replies to a last message are not waited for."""
        assert self.supervisor is not None
        for workers in list(self.supervisor.accounts.values()):
            for _ in range(LAST_READ_TRIES):
                if await workers.replies.check() is None:
                    break
            for _ in range(LAST_READ_TRIES):
                if not (await workers.relations.check()).problem:
                    break
        return True

    def _import_rest(self) -> None:
        for module in NEEDED_SOON:
            import_module(module)
        self.services.import_all()

    async def _take_over(self) -> None:
        from engine.services.sending.taking_over import take_over

        ctx, loop = self.ctx, asyncio.get_running_loop()
        assert ctx.journal is not None
        content = await loop.run_in_executor(None, ctx.journal.read)
        machine = await loop.run_in_executor(None, machine_id, self.paths.state)
        await ctx.db.read(need_whole_file)
        now = ctx.clock.now()
        journal, boot_id = ctx.journal, ctx.boot_id
        taken = await ctx.db.write(
            lambda u: take_over(u, journal, content, boot_id=boot_id, machine_id=machine, now=now)
        )
        ctx.pause_epoch, ctx.journal = taken.pause_epoch, taken.journal
        await loop.run_in_executor(None, ctx.journal.begin)
        await loop.run_in_executor(None, ctx.journal.shorten)
        if taken.under_way:
            log.warning("%d sends were under way when the program ended; LinkedIn is read first", taken.under_way)
        if taken.takeover.found is not Found.AS_LEFT or taken.lost:
            log.warning("the data is not as it was left: %s, %d sends unknown", taken.takeover.found, taken.lost)

    def _publish(self, committed: Committed) -> None:
        self.ctx.bus.publish(committed.changed, committed.news)
        if self.supervisor is not None and not committed.changed.keys().isdisjoint({"campaign", "account", "engine"}):
            self.ctx.wakes.all()
