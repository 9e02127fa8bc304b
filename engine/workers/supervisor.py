"""Keeps the workers of every account running, restarts what fails, and stops everything in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, select

from engine.domain.health import Beats
from engine.domain.news import News, TimeJumped
from engine.errors import StorageError
from engine.services.context import Context
from engine.workers.health_checker import HealthChecker
from engine.workers.housekeeper import Housekeeper
from engine.workers.read_health import RELATIONS, REPLIES, ReadHealth
from engine.workers.readiness import Readiness
from engine.workers.reconciler import Reconciler
from engine.workers.relation_checker import RelationChecker
from engine.workers.reply_checker import ReplyChecker
from engine.workers.sender import Sender
from engine.workers.wake_watch import WakeWatch
from storage.tables import account

log = logging.getLogger(__name__)
FIRST_RESTART_S = 1.0
LONGEST_RESTART_S = 60.0
STOP_DEADLINE_S = 8.0
"""Real seconds that an ordered end may take; a send under way is recorded first."""


@dataclass
class AccountWorkers:
    """The workers of one account."""

    sender: Sender
    reconciler: Reconciler
    relations: RelationChecker
    replies: ReplyChecker
    health: HealthChecker
    readiness: Readiness
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class Supervisor:
    """Owns every long-running task of the engine."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.accounts: dict[int, AccountWorkers] = {}
        self.restarts: dict[str, int] = {}
        self.watch = WakeWatch(ctx.clock, lambda jump: self.on_jump(jump.seconds))
        ctx.look_at_clocks = self.watch.look
        self.housekeeper = Housekeeper(ctx, self._beats)
        self._tasks: list[asyncio.Task[None]] = []
        self._unsubscribe: Callable[[], None] | None = None
        self._accounts_changed = asyncio.Event()

    async def start(self, *, once: Mapping[str, Callable[[], Awaitable[None]]] | None = None) -> None:
        """Start the workers of every account, now and as accounts come; `once` holds work left over from before."""
        self._unsubscribe = self._ctx.bus.subscribe(self._on_news)
        await self._match_accounts()
        self._tasks = [self._spawn("wake_watch", self.watch.run), self._spawn("accounts", self._follow_accounts)]
        self._tasks.append(self._spawn("housekeeper", self.housekeeper.run))
        self._tasks += [self._spawn(name, run) for name, run in (once or {}).items()]

    async def stop(self) -> None:
        """End in order: no new send, the one under way recorded, then every task."""
        self._ctx.is_stopping = True
        self._ctx.wakes.all()
        deadline = self._ctx.clock.monotonic() + STOP_DEADLINE_S
        while any(w.sender.is_busy for w in self.accounts.values()) and self._ctx.clock.monotonic() < deadline:
            await self._ctx.clock.pause(0.02)
        tasks = [*self._tasks, *(t for w in self.accounts.values() for t in w.tasks)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.housekeeper.note_beats()
        if self._unsubscribe is not None:
            self._unsubscribe()

    async def break_off(self) -> None:
        """End every task at once, without an order."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        tasks = [*self._tasks, *(t for w in self.accounts.values() for t in w.tasks)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _beats(self) -> Beats:
        return Beats(
            beats=self.watch.beats, expected=round(self.watch.expected_beats), restarts=sum(self.restarts.values())
        )

    def _spawn(self, name: str, run: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(self._supervised(name, run), name=name)

    async def _supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        failures, clock = 0, self._ctx.clock
        while not self._ctx.is_stopping:
            began_s = clock.monotonic()
            try:
                await run()
                return
            except Exception:
                failures = 1 if clock.monotonic() - began_s > LONGEST_RESTART_S else failures + 1
                self.restarts[name] = self.restarts.get(name, 0) + 1
                log.exception("%s failed and is started again", name)
                await clock.pause(min(FIRST_RESTART_S * 2 ** min(failures - 1, 10), LONGEST_RESTART_S))

    def _on_news(self, changed: dict[str, frozenset[int]], _news: tuple[News, ...]) -> None:
        if "account" in changed:
            self._accounts_changed.set()

    async def _follow_accounts(self) -> None:
        while True:
            self._accounts_changed.clear()
            await self._match_accounts()
            await self._accounts_changed.wait()

    async def _match_accounts(self) -> None:
        wanted = set(await self._ctx.db.read(_account_ids))
        for account_id in sorted(wanted - self.accounts.keys()):
            self.accounts[account_id] = self._make(account_id)
        for account_id in sorted(self.accounts.keys() - wanted):
            for task in self.accounts.pop(account_id).tasks:
                task.cancel()

    def _make(self, account_id: int) -> AccountWorkers:
        ctx = self._ctx
        sender = Sender(ctx, account_id)
        readiness = Readiness(sender.is_ready, ctx.wakes.all)
        reads = ReadHealth(ctx, account_id, lambda failing: self._hurry(account_id, failing), over=sender.look_again)
        made = AccountWorkers(
            sender=sender,
            reconciler=Reconciler(ctx, account_id),
            relations=RelationChecker(ctx, account_id, readiness, reads),
            replies=ReplyChecker(ctx, account_id, readiness, reads),
            health=HealthChecker(ctx, account_id, reads),
            readiness=readiness,
        )
        loops: dict[str, Callable[[], Awaitable[None]]] = {
            "sender": made.sender.run,
            "reconciler": made.reconciler.run,
            "relations": partial(_reading, reads, made.relations.run),
            "replies": partial(_reading, reads, made.replies.run),
            "health": partial(_reading, reads, made.health.run),
        }
        made.tasks = [self._spawn(f"{name} {account_id}", run) for name, run in loops.items()]
        return made

    def _hurry(self, account_id: int, failing: set[str]) -> None:
        """The provider answers again: read at once what failed, rather than when its back-off ends."""
        workers = self.accounts.get(account_id)
        if workers is not None and RELATIONS in failing:
            workers.relations.hurry()
        if workers is not None and REPLIES in failing:
            workers.replies.hurry()

    def on_jump(self, seconds: float) -> None:
        """Read before anything is sent: the computer slept, or its clock was set, by so many seconds."""
        log.warning("the clocks disagree by %.0f s: reading before sending", seconds)
        for workers in self.accounts.values():
            workers.readiness.close()
            workers.relations.hurry()
            workers.replies.hurry()
        self._ctx.bus.publish({}, (TimeJumped(at=self._ctx.clock.now(), seconds=seconds),))


def _account_ids(connection: Connection) -> list[int]:
    return list(connection.execute(select(account.c.id).where(account.c.removed_ms.is_(None))).scalars())


async def _reading(reads: ReadHealth, run: Callable[[], Awaitable[None]]) -> None:
    """Run a worker that reads; when the database fails it, no outage of the provider is measured."""
    try:
        await run()
    except StorageError:
        reads.forget()
        raise
