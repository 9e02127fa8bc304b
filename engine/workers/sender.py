"""One account's sender: claim, look, arm, journal, one request, record. One send at a time.

The order is the proof: every byte sent implies a durable arming and a durable journal line.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from engine.domain.breaker import read_pause
from engine.domain.ledger import DeliveryKind
from engine.domain.planner import Idle, LaneState, choose, is_open_for, must_be_asked
from engine.errors import Cause, KeyringError, LeadloomBug, ProviderError, StorageError
from engine.provider.base import Provider, Verdict, WriteResult
from engine.services.context import Context
from engine.services.sending import arming, asking, claiming, goals, looking, recording
from engine.services.sending.arming import PutBack
from engine.services.sending.claiming import Claimed
from engine.workers.looks import Stale, look, unreadable
from engine.workers.posting import post
from engine.workers.room import Room
from storage.column_types import to_ms
from storage.database import RuleBroken
from storage.journal import JournalLine, person_hash
from storage.queries.lane import lane_account, lane_state
from storage.repositories import accounts, deliveries
from storage.repositories.deliveries import Armed, body_hash
from storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
LOOK_RETRY_FIRST_S = 60.0
LOOK_RETRY_LONGEST_S = 900.0
"""After a look that failed the account waits 1 minute of engine time, from the second in a row on, doubling to 15.

With jitter; each look costs a reading of a profile.
"""
UNREAD_STEP, LONGEST_UNREAD_PAUSE = timedelta(minutes=2), timedelta(hours=1)
"""Whom alone it may concern waits longer than the account, the more the oftener, so that others come first."""
LOOK_AGE_LIMIT_S = 5.0
SERVER_CLOCK_LIMIT_S = 120.0
SERVER_CLOCK_AGE_S = 600.0
RECORD_RETRY_S, LONGEST_RECORD_RETRY_S = 1.0, 15.0
"""Real seconds between two tries to store an outcome; they double. A disk may stay full for a night."""
WRONG_CLOCK = "this computer's clock differs from the server's: set it right"
READ_FIRST = "replies and relations are read first"
JUMPED = "the computer slept, or its clock was set, just before it was sent"
WRONG_CLOCK_PAUSE = timedelta(minutes=1)
NEVER = datetime.min.replace(tzinfo=UTC)


class Sender:
    """Sends for one account until told to stop."""

    def __init__(self, ctx: Context, account_id: int) -> None:
        self._ctx = ctx
        self._account_id = account_id
        self._wake = ctx.wakes.new()
        self._failures = self._slow_downs = 0
        self._rest: Idle | None = None
        self._asked_until = NEVER
        """Until when LinkedIn asked to slow down."""
        self._provider: Provider | None = None
        self.is_ready = asyncio.Event()
        """Set by the barrier: relations and replies have been read since the start or the last jump of time."""
        self.idle: Idle | None = None
        self._room = Room(ctx)
        self._is_broken_off = False
        """Whether the last send fell over: its row may be claimed or armed still."""
        self.is_busy = False

    async def run(self) -> None:
        """Send what is due, then sleep until the next due moment or until something changes."""
        while not self._ctx.is_stopping:
            self._wake.clear()
            idle = await self.run_once()
            if idle is None:
                continue
            self.idle = idle
            self._ctx.waits[self._account_id] = self._own_wait(idle)
            await self._ctx.clock.wait(idle.until, self._wake)

    def _own_wait(self, idle: Idle) -> str:
        """Return what is waited for where the database doesn't tell it, else ""."""
        if self._room.is_doubtful or idle is self._rest:
            return f"{idle.why[:1].lower()}{idle.why[1:].rstrip('.')}"
        return idle.why if idle.why in (READ_FIRST, WRONG_CLOCK) else ""

    def look_again(self) -> None:
        """LinkedIn is read again after an outage: the account's rest is over, but for what LinkedIn asked for."""
        if self._ctx.clock.now() >= self._asked_until:
            self._failures, self._rest = 0, None
            self._wake.set()

    async def run_once(self) -> Idle | None:
        """Make at most one send; returns what the account waits for, or None when one was tried."""
        if not self._has_read():
            return Idle(until=None, why=READ_FIRST)
        try:
            return await self._room.idle() or await self._next()
        except RuleBroken:
            raise
        except StorageError as error:
            return self._room.refused(error)

    async def _next(self) -> Idle | None:
        clock = self._ctx.clock
        if self._is_broken_off:
            await self._ctx.db.write(lambda u: self._give_up(u))
            self._is_broken_off = False
        lane = await self._ctx.db.read(self._lane)
        if must_be_asked(lane):
            await self._ctx.db.write(lambda u: asking.ask_due(u, self._account_id, clock.now()))
            lane = await self._ctx.db.read(self._lane)
        idle = _idle(lane)
        if idle is not None:
            return idle
        if self._is_clock_wrong():
            return Idle(until=clock.now() + WRONG_CLOCK_PAUSE, why=WRONG_CLOCK)
        if self._rest is not None and self._rest.until is not None and clock.now() < self._rest.until:
            return self._rest
        self.is_busy = True
        try:
            with clock.held():
                self._is_broken_off = True  # also a claim of which it isn't known whether it was stored
                idle = await self._send_one()
            self._is_broken_off = False
            return idle
        finally:
            self.is_busy = False

    def _give_up(self, uow: UnitOfWork) -> None:
        claiming.give_up_open(uow, self._account_id, self._ctx.clock.now(), boot_id=self._ctx.boot_id)

    def _has_read(self) -> bool:
        """Whether replies and relations have been read since the last jump of time, also one of this moment."""
        self._ctx.look_at_clocks()
        return self.is_ready.is_set()

    def _lane(self, connection: Connection) -> LaneState:
        clock = self._ctx.clock
        return lane_state(connection, lane_account(connection, self._account_id), clock.now(), clock.write_allowance())

    async def _send_one(self) -> Idle | None:
        ctx = self._ctx
        claimed = await ctx.db.write(
            lambda u: claiming.claim_next(
                u, self._account_id, now=ctx.clock.now(), allowance=ctx.clock.write_allowance(), boot_id=ctx.boot_id
            )
        )
        if isinstance(claimed, Idle):
            return claimed
        try:
            provider = await ctx.connections.provider(claimed.account.address)
            seen = await look(provider, claimed, ctx.clock)
        except TimeoutError:
            return await self._look_failed(claimed, Stale(why="the sent invitations could not be read in time"))
        except (ProviderError, KeyringError, Stale) as error:
            return await self._look_failed(claimed, error)
        if not self._has_read():
            return await self._look_failed(claimed, Stale(why=JUMPED))
        self._failures = self._slow_downs = 0
        self._rest = None
        armed = await ctx.db.write(lambda u: self._arm(u, claimed, seen, provider))
        if isinstance(armed, PutBack):
            return None
        ticket, ready = armed
        result = await self._fire(provider, ready, ticket)
        await self._record(ready, ticket, result)
        if result.verdict is not Verdict.NOT_SENT:
            self._room.took()
        if result.verdict is Verdict.GOAL_CHECK or result.cause is Cause.LIMIT:
            await self._check_goal(provider, ready)
        return None

    def _arm(
        self, uow: UnitOfWork, claimed: Claimed, seen: looking.Look, provider: Provider
    ) -> tuple[Armed, Claimed] | PutBack:
        ctx, now = self._ctx, self._ctx.clock.now()
        if deliveries.get(uow, claimed.row.delivery_id).lead_id != claimed.row.lead_id:
            return arming.put_back(uow, claimed, PutBack(until=now, why="merged with another lead meanwhile"), now)
        ready = looking.take_in(uow, claimed, seen, now)
        if isinstance(ready, str):
            return PutBack(until=now, why=ready)
        stale = self._staleness(seen, provider)
        if stale:
            return arming.put_back(
                uow, ready, PutBack(until=now + timedelta(seconds=LOOK_RETRY_FIRST_S), why=stale), now
            )
        armed = arming.arm(
            uow, ready, seen, now=now, allowance=ctx.clock.write_allowance(), boot_id=ctx.boot_id, rng=ctx.rng
        )
        return armed if isinstance(armed, PutBack) else (armed, ready)

    def _staleness(self, seen: looking.Look, provider: Provider) -> str | None:
        clock = self._ctx.clock
        if clock.monotonic() - seen.started_s > LOOK_AGE_LIMIT_S:
            return "the look was too old"
        self._provider = provider
        return WRONG_CLOCK if self._is_clock_wrong() else None

    def _is_clock_wrong(self) -> bool:
        """Whether the last answers of the server had another time than this computer: then nothing is claimed either.

        A look costs readings of profiles, so it isn't made in vain.
        """
        server = self._provider.server_clock if self._provider is not None else None
        return (
            server is not None
            and self._ctx.clock.monotonic() - server.measured_at_s <= SERVER_CLOCK_AGE_S
            and abs(server.offset_s) > SERVER_CLOCK_LIMIT_S
        )

    async def _fire(self, provider: Provider, claimed: Claimed, armed: Armed) -> WriteResult:
        """J, P and S: journal, last look, one request."""
        ctx = self._ctx
        try:
            await self._to_journal(claimed, armed)
        except StorageError as error:
            self._room.refused(error)
            return WriteResult(verdict=Verdict.NOT_SENT, cause=Cause.NETWORK, detail=error.title)
        if not self._has_read():
            return WriteResult(verdict=Verdict.NOT_SENT, cause=Cause.NETWORK, detail=JUMPED)
        if ctx.is_stopping or ctx.is_paused or ctx.pause_epoch != claimed.pause_epoch:
            return WriteResult(verdict=Verdict.NOT_SENT, cause=Cause.NETWORK, detail="paused just before it was sent")
        if not is_open_for(claimed.hours, ctx.clock.now(), ctx.clock.write_allowance() / 2):
            return WriteResult(
                verdict=Verdict.NOT_SENT, cause=Cause.NETWORK, detail="the working hours ended just before it was sent"
            )
        return await asyncio.shield(asyncio.ensure_future(post(provider, claimed, armed)))

    async def _to_journal(self, claimed: Claimed, armed: Armed, verdict: str = "") -> None:
        await asyncio.get_running_loop().run_in_executor(None, self._journal, claimed, armed, verdict)

    def _journal(self, claimed: Claimed, armed: Armed, verdict: str) -> None:
        if self._ctx.journal is None:
            raise LeadloomBug("no send journal is open")
        self._ctx.journal.append(
            JournalLine(
                seq=armed.seq,
                uuid=armed.uuid,
                kind=armed.kind,
                body_sha=body_hash(armed.body) if armed.body else "",
                person=person_hash(claimed.lead_provider_id or claimed.identifier),
                at_ms=to_ms(armed.armed_at),
                account=claimed.account.provider_account_id,
                verdict=verdict,
            )
        )

    async def _record(self, claimed: Claimed, armed: Armed, result: WriteResult) -> None:
        """T3, tried until it succeeds: nothing else is sent meanwhile. What a rule refuses is read instead."""
        ctx, is_noted, pause_s = self._ctx, False, RECORD_RETRY_S
        while True:
            try:
                await asyncio.shield(ctx.db.write(lambda u: self._note_outcome(u, claimed, armed, result)))
            except RuleBroken:
                raise
            except StorageError as error:
                if pause_s == RECORD_RETRY_S:
                    log.error("the outcome could not be stored yet: %s", error)
                is_noted = is_noted or await self._note_verdict(claimed, armed, result)
                await ctx.clock.pause(pause_s)
                pause_s = min(2 * pause_s, LONGEST_RECORD_RETRY_S)
            else:
                return

    def _note_outcome(self, uow: UnitOfWork, claimed: Claimed, armed: Armed, result: WriteResult) -> None:
        """Store what came of it, never as before the arming: the clock may have been set back meanwhile."""
        now = max(self._ctx.clock.now(), armed.armed_at)
        recording.record(uow, claimed, armed, result, now=now, rng=self._ctx.rng)

    async def _note_verdict(self, claimed: Claimed, armed: Armed, result: WriteResult) -> bool:
        """Let the journal keep the outcome while the database can't: a start after a kill believes it."""
        try:
            await self._to_journal(claimed, armed, result.verdict)
        except StorageError as error:
            log.info("the outcome could not be noted either: %s", error)
            return False
        return True

    async def _check_goal(self, provider: Provider, claimed: Claimed) -> None:
        if claimed.lead_provider_id is None:
            return
        await self._ctx.db.write(lambda u: deliveries.use_profile_read(u, self._account_id, self._ctx.clock.now()))
        try:
            profile = await provider.profile(claimed.account.provider_account_id, claimed.lead_provider_id)
        except ProviderError as error:
            log.info("the refused invitation's profile could not be read: %s", error.title)
            return
        await self._ctx.db.write(lambda u: goals.settle_refused_invitation(u, claimed, profile, self._ctx.clock.now()))

    async def _look_failed(self, claimed: Claimed, error: ProviderError | KeyringError | Stale) -> Idle | None:
        ctx, now = self._ctx, self._ctx.clock.now()
        why = error.why if isinstance(error, Stale) else error.title
        if isinstance(error, ProviderError) and error.cause is Cause.LEAD:
            await ctx.db.write(lambda u: looking.refuse(u, claimed, "the profile is locked or doesn't exist", now))
            return None
        status = (
            "key"
            if isinstance(error, KeyringError)
            else recording.ACCOUNT_STATUS.get(getattr(error, "cause", Cause.NONE))
        )
        unread = unreadable(claimed, error)
        self._failures += 1
        is_asked = getattr(error, "cause", Cause.NONE) is Cause.RATE
        pause = self._asked_pause(error) if is_asked else self._look_pause()
        may_be_personal = unread is not None or isinstance(error, Stale)
        until = now + (_own_pause(claimed, pause) if may_be_personal else pause)
        if is_asked:
            self._asked_until = now + pause
        is_free = _cost_nothing(claimed, error)
        await ctx.db.write(
            lambda u: arming.note_look_failed(u, claimed, why, until=until, now=now, unread=unread, is_free=is_free)
        )
        if status:
            await ctx.db.write(lambda u: accounts.set_status(u, self._account_id, status, why, now))
            ctx.wakes.all()
        if self._failures > 1 or is_asked:
            self._rest = Idle(until=now + pause, why=f"could not be read: {why}")
        return self._rest

    def _asked_pause(self, error: Exception) -> timedelta:
        self._slow_downs += 1
        return max(read_pause(self._slow_downs - 1), timedelta(seconds=getattr(error, "retry_after_s", None) or 0))

    def _look_pause(self) -> timedelta:
        delay = min(LOOK_RETRY_FIRST_S * 2 ** min(self._failures - 1, 10), LOOK_RETRY_LONGEST_S)
        return timedelta(seconds=self._ctx.rng.uniform(delay / 2, delay))


def _own_pause(claimed: Claimed, pause: timedelta) -> timedelta:
    return max(2 * pause, min(claimed.row.looks * UNREAD_STEP, LONGEST_UNREAD_PAUSE))


def _cost_nothing(claimed: Claimed, error: ProviderError | KeyringError | Stale) -> bool:
    """Whether the look failed before its reading of the profile left this machine."""
    if isinstance(error, Stale):
        return False
    if isinstance(error, KeyringError) or (error.cause is Cause.KEY and error.http_status is None):
        return True
    return error.cause is Cause.NETWORK and claimed.row.kind is DeliveryKind.INVITE  # others read more than a profile


def _idle(state: LaneState) -> Idle | None:
    choice = choose(state)
    return choice if isinstance(choice, Idle) else None
