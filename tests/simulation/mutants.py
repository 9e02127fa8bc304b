"""Safeguards taken out one at a time, by a patch of the running program: each must be noticed in a short scene.

A mutant is a name, how to put it in, and the scene that shows it. What the program is without the safeguard is the
point: none of these lines is ever written into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from sqlalchemy import text

from engine.domain.ledger import DeliveryState
from engine.domain.working_hours import WorkingHours
from engine.errors import Cause
from engine.provider.base import Verdict, WriteResult
from engine.provider.refusals import ROWS, Row
from engine.services.sending.reconciling import Finding
from tests.simulation.faults import Fault, FaultMix
from tests.simulation.plan import Plan
from tests.simulation.scenes import AGAIN, FRIEND, HELLO, INVITE, MONDAY, NEVER, SOON, often, scene

NOT_SENT = Row(Verdict.NOT_SENT, Cause.PROVIDER)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A program without one of its safeguards."""

    name: str
    put_in: Callable[[], Any]
    plan: Plan


def _patched(name: str, value: Any) -> Callable[[], Any]:
    return lambda: patch(name, value)


def _nothing(*_: Any, **__: Any) -> None:
    return None


@contextmanager
def _boot_plans_what_was_being_sent() -> Iterator[None]:
    from storage.repositories import state

    def settle(uow: Any, now: Any, first_look: Any) -> tuple[list[int], list[int]]:
        claimed = state._move_open(uow, DeliveryState.CLAIMED, state=DeliveryState.PLANNED)
        return [*claimed, *state._move_open(uow, DeliveryState.SENDING, state=DeliveryState.PLANNED)], []

    with patch("storage.repositories.state.settle_open_rows", settle):
        yield


@contextmanager
def _faults_mean_not_sent() -> Iterator[None]:
    with patch.dict(ROWS, {(status, None, None): NOT_SENT for status in (500, 502, 503, 504)}):
        yield


@contextmanager
def _garbage_means_not_sent() -> Iterator[None]:
    from engine.provider import unipile

    real = unipile.write_result

    def write_result(route: Any, outcome: Any, **more: Any) -> WriteResult:
        found = real(route, outcome, **more)
        is_garbage = found.verdict is Verdict.UNKNOWN and (found.http_status or 0) // 100 == 2
        return replace(found, verdict=Verdict.NOT_SENT) if is_garbage else found

    with patch.object(unipile, "write_result", write_result):
        yield


@contextmanager
def _writes_are_tried_again() -> Iterator[None]:
    from engine.provider.client import HttpClient
    from engine.provider.translate import Failure

    real = HttpClient.exchange

    async def exchange(self: Any, call: Any) -> Any:
        outcome = await real(self, call)
        return await real(self, call) if outcome is Failure.BROKEN else outcome

    with patch.object(HttpClient, "exchange", exchange):
        yield


@contextmanager
def _hours_by_a_fixed_offset() -> Iterator[None]:
    def is_open(self: WorkingHours, at: Any) -> bool:
        winter = MONDAY.astimezone(ZoneInfo(self.time_zone)).utcoffset() or timedelta()
        local = at.replace(tzinfo=None) + winter
        return bool(self.start <= local.time() < self.end and local.weekday() in self.days)

    with patch.object(WorkingHours, "is_open", is_open):
        yield


@contextmanager
def _budgets_by_the_calendar_day() -> Iterator[None]:
    from engine.domain import limits

    with patch.object(limits, "_window_full", _nothing):
        yield


@contextmanager
def _look_at_no_conversation() -> Iterator[None]:
    async def conversation(*_: Any, **__: Any) -> tuple[tuple[()], bool]:
        return (), False

    with patch("engine.workers.looks.conversation", conversation):
        yield


@contextmanager
def _incomplete_is_complete() -> Iterator[None]:
    from engine.workers import looks

    real = looks._pages

    async def pages(*args: Any, **more: Any) -> tuple[tuple[Any, ...], bool]:
        try:
            return await real(*args, **more)
        except looks.Stale:
            return (), True

    with patch.object(looks, "_pages", pages):
        yield


@contextmanager
def _messages_are_sent_again_by_themselves() -> Iterator[None]:
    from engine.services.sending import reconciling

    real = reconciling.judge_message

    def judge(*args: Any, **more: Any) -> tuple[Finding, str | None]:
        finding, message_id = real(*args, **more)
        return (Finding.NOT_SENT if finding is Finding.ASK else finding), message_id

    with patch.object(reconciling, "judge_message", judge):
        yield


@contextmanager
def _pause_is_only_remembered() -> Iterator[None]:
    with patch("engine.services.pausing.state.set_paused", _nothing):
        yield


@contextmanager
def _outcome_without_the_next_row() -> Iterator[None]:
    from engine.services.sending import recording

    class Without:
        def __getattr__(self, name: str) -> Any:
            return _nothing if name == "replan" else getattr(real, name)

    real = recording.enrolments
    with patch.object(recording, "enrolments", Without()):
        yield


@contextmanager
def _no_quiet_period() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(patch("engine.services.sending.reconciling.QUIET_PERIOD", timedelta()))
        yield


@contextmanager
def without(statement: str) -> Iterator[None]:
    from engine.app import Engine

    real = Engine.start

    async def start(self: Engine) -> None:
        await real(self)
        self.ctx.db.write_here(lambda u: u.connection.execute(text(statement)))

    with patch.object(Engine, "start", start):
        yield


@contextmanager
def _commits_without_the_disk() -> Iterator[None]:
    from engine.app import Engine
    from tests.simulation.machine import on_driver

    real = Engine.start

    async def start(self: Engine) -> None:
        await real(self)
        on_driver(self.ctx.db, lambda driver: driver.execute("PRAGMA synchronous = NORMAL"))

    with patch.object(Engine, "start", start):
        yield


@contextmanager
def _no_gap() -> Iterator[None]:
    with (
        patch("engine.domain.pacing.draw_gap", lambda *_: timedelta()),
        patch("engine.services.sending.arming._assert_ceilings", _nothing),
    ):
        yield


LOST_ANSWERS = scene(HELLO, *[FRIEND] * 4, days=2, mix=often(Fault.RESET_AFTER))
KILLED = scene(HELLO, *[FRIEND] * 4, days=3, acts=[(h, "machine", "kill_in_flight") for h in (3.1, 5)])
PLAIN = scene(INVITE + HELLO, SOON, NEVER, FRIEND, days=4)
CLOSED_IN = scene(
    HELLO + AGAIN, *[FRIEND] * 6, days=4, acts=[(h, "world", "reply_near_send") for h in (3.5, 4, 5, 24, 26, 27)]
)
WITHHELD = replace(CLOSED_IN, mix=FaultMix(name="withheld", broken={"/chat_attendees": (3.0, 60.0, Fault.EMPTY_LIST)}))
ONE_OF_TWO = scene(HELLO, *[FRIEND] * 24, days=4, gap_min_s="1800", gap_max_s="1800")
TWO_CAMPAIGNS = replace(
    ONE_OF_TWO,
    campaigns=(
        *ONE_OF_TWO.campaigns,
        'name = "Buyers"\n[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Hello again"\n',
    ),
)

MUTANTS = (
    Mutant(name="commits that don't wait for the disk", put_in=_commits_without_the_disk, plan=PLAIN),
    Mutant(name="a start plans what was being sent", put_in=_boot_plans_what_was_being_sent, plan=KILLED),
    Mutant(
        name="500 means not sent",
        put_in=_faults_mean_not_sent,
        plan=scene(HELLO, *[FRIEND] * 3, mix=often(Fault.ERROR_AFTER)),
    ),
    Mutant(
        name="2xx with garbage means not sent",
        put_in=_garbage_means_not_sent,
        plan=scene(HELLO, *[FRIEND] * 3, mix=often(Fault.GARBAGE_AFTER)),
    ),
    Mutant(
        name="no quiet period",
        put_in=_no_quiet_period,
        plan=scene(INVITE, *[NEVER] * 4, mix=often(Fault.LATE)),
    ),
    Mutant(
        name="an incomplete reading is complete",
        put_in=_incomplete_is_complete,
        plan=WITHHELD,
    ),
    Mutant(
        name="the budget is counted with the outcome",
        put_in=_patched("storage.repositories.deliveries._use_budget", _nothing),
        plan=PLAIN,
    ),
    Mutant(
        name="budgets by the calendar day only",
        put_in=_budgets_by_the_calendar_day,
        plan=scene(
            HELLO,
            *[FRIEND] * 8,
            days=3,
            messages_per_day="3",
            hours_start="00:00",
            hours_end="24:00",
            hours_days="mon,tue,wed,thu,fri,sat,sun",
        ),
    ),
    Mutant(
        name="no gap is committed, nor asserted",
        put_in=_no_gap,
        plan=PLAIN,
    ),
    Mutant(name="a broken write is tried again", put_in=_writes_are_tried_again, plan=LOST_ANSWERS),
    Mutant(
        name="a pause is only remembered",
        put_in=_pause_is_only_remembered,
        plan=scene(
            HELLO,
            *[FRIEND] * 6,
            days=3,
            acts=[(4.0, "user", "pause_all"), (4.02, "machine", "kill")],
            gap_min_s="600",
            gap_max_s="1200",
        ),
    ),
    Mutant(name="replies are only polled for", put_in=_look_at_no_conversation, plan=CLOSED_IN),
    Mutant(name="the outcome and the next row are two commits", put_in=_outcome_without_the_next_row, plan=PLAIN),
    Mutant(
        name="a message is sent again after a reading without it",
        put_in=_messages_are_sent_again_by_themselves,
        plan=scene(HELLO, *[FRIEND] * 3, mix=often(Fault.TIMEOUT_BEFORE)),
    ),
    Mutant(
        name="no line in the journal", put_in=_patched("engine.workers.sender.Sender._journal", _nothing), plan=PLAIN
    ),
    Mutant(
        name="hours by a fixed offset",
        put_in=_hours_by_a_fixed_offset,
        plan=scene(
            HELLO,
            *[FRIEND] * 30,
            days=3,
            start=MONDAY.replace(month=7, day=6),
            time_zone="America/New_York",
            gap_min_s="900",
            gap_max_s="1800",
        ),
    ),
    *(
        Mutant(name=f"without {index}", put_in=lambda i=index: without(f"DROP INDEX {i}"), plan=PLAIN)
        for index in ("uq_delivery_one_open", "uq_delivery_one_invite", "uq_delivery_same_text")
    ),
    Mutant(
        name="campaigns take no turns",
        put_in=_patched("engine.domain.planner.charged_share", lambda *_: 0),
        plan=TWO_CAMPAIGNS,
    ),
    Mutant(name="any move is legal", put_in=lambda: without("DROP TRIGGER delivery_transition"), plan=PLAIN),
)
"""The others of the list are in `tests/matrix/test_mutants.py`, noticed by directed scenes."""
