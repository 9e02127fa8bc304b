"""Other working hours: whatever waits in working days is planned anew, also after a kill; nothing else moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any

import pytest

from engine.domain.practice_people import Character
from engine.domain.working_hours import make_hours
from engine.services import moving
from engine.services.campaign_pages import Schedule
from storage.column_types import from_ms
from tests.engine.scenes import HOURS, INVITE, connect, deliver, folk, leave_open
from tests.fakes.rig import Rig

MakeRig = Callable[..., Rig]
FRIEND = Character.ALREADY_CONNECTED
WAITS = """
[[steps]]
kind = "message"
text = "One."
[[steps]]
kind = "message"
wait = "{wait}"
text = "Two."
"""
MON_TUE = {"hours.days": "mon,tue"}
WEDNESDAY = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)
NEXT_MONDAY = datetime(2026, 1, 12, 8, 0, tzinfo=UTC)


def told(make_rig: MakeRig, *, own: str = "", wait: str = "2wd", people: int = 1) -> Rig:
    """Return a rig whose people have got the first of two messages on Monday morning at nine."""
    rig = make_rig(folk=folk(*[FRIEND] * people))
    rig.run(rig.add_account())
    rig.clock.go_to(datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
    rig.run(rig.add_campaign(f'name = "Waiting"\n{own}{WAITS.format(wait=wait)}'))
    everybody = range(1, people + 1)
    connect(rig, *everybody)
    deliver(rig, *everybody)
    return rig


def change(rig: Rig, **settings: str) -> None:
    (account,) = rig.run(rig.engine.services.accounts.list())
    rig.run(rig.engine.services.accounts.set(account.name, settings or MON_TUE))


def due(rig: Rig) -> list[datetime]:
    """Return when everybody's planned row is due, as often as they stand in both tables."""
    sql = """SELECT d.due_ms, e.next_ms, e.next_version_id FROM delivery d JOIN enrolment e ON e.id = d.enrolment_id
        WHERE d.state = 'planned' ORDER BY e.id"""
    rows: list[Any] = rig.rows(sql)
    assert [r.next_ms for r in rows] == [r.due_ms for r in rows]
    assert [r.next_version_id for r in rows] == [None] * len(rows)
    return [from_ms(r.due_ms) for r in rows]


@pytest.mark.parametrize(
    ("settings", "becomes"),
    [
        (MON_TUE, NEXT_MONDAY),
        ({"hours.start": "10:30"}, datetime(2026, 1, 7, 9, 30, tzinfo=UTC)),
        ({"time_zone": "America/New_York"}, datetime(2026, 1, 7, 14, 0, tzinfo=UTC)),
        ({"messages_per_day": "9"}, WEDNESDAY),
    ],
)
def test_waits_in_working_days_follow_the_accounts_hours(
    make_rig: MakeRig, settings: dict[str, str], becomes: datetime
) -> None:
    rig = told(make_rig)
    assert due(rig) == [WEDNESDAY]
    change(rig, **settings)
    assert due(rig) == [becomes]
    change(rig, **{"hours.days": "mon,tue,wed,thu,fri", "hours.start": "09:00", "time_zone": "Europe/Paris"})
    assert due(rig) == [WEDNESDAY]


def test_a_withdrawal_after_working_days_follows_too(make_rig: MakeRig) -> None:
    rig = make_rig(folk=folk(Character.NEVER_ACCEPTS))
    rig.run(rig.add_account())
    rig.clock.go_to(datetime(2026, 1, 5, 8, 0, tzinfo=UTC))
    rig.run(rig.add_campaign(f'name = "Waiting"\n{INVITE.replace("5d", "2wd")}'))
    deliver(rig, 1)
    assert due(rig) == [WEDNESDAY]
    change(rig)
    assert due(rig) == [NEXT_MONDAY]


@pytest.mark.parametrize(("own", "wait"), [(HOURS, "2wd"), ("", "48h")])
def test_own_hours_and_waits_in_hours_stay(make_rig: MakeRig, own: str, wait: str) -> None:
    rig = told(make_rig, own=own, wait=wait)
    change(rig)
    assert due(rig) == [WEDNESDAY]


def test_waits_follow_a_campaigns_own_hours(make_rig: MakeRig) -> None:
    rig = told(make_rig, own=HOURS)
    hours = make_hours(time_zone="Europe/Paris", days=frozenset({0, 1}), start=time(9), end=time(17))
    pages = rig.engine.services.campaign_pages
    before = rig.run(pages.set_schedule(1, Schedule(account_id=1, own_hours=hours, weight=1)))
    assert due(rig) == [NEXT_MONDAY]
    rig.run(pages.set_schedule(1, before))
    assert due(rig) == [WEDNESDAY]


def test_whoever_has_an_open_row_follows_when_it_is_closed(make_rig: MakeRig) -> None:
    rig = told(make_rig)
    delivery_id = leave_open(rig, 1, "human")
    change(rig)
    assert rig.one("SELECT state FROM delivery WHERE id = :id", id=delivery_id) == "human"
    rig.clock.go(minutes=11)
    rig.run(rig.engine.services.attention.resolve(f"d{delivery_id}", "send_again"))
    assert due(rig) == [NEXT_MONDAY]


def test_many_follow_in_parts(make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "MOVED", 2)
    rig = told(make_rig, people=5)
    change(rig)
    assert due(rig) == [NEXT_MONDAY] * 5
    assert [line for line in rig.run(rig.engine.services.status.check()) if not line.ok] == []


def test_what_a_kill_cut_short_is_finished_at_the_next_start(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = told(make_rig, people=2)

    async def killed(_ctx: object) -> None:
        return

    monkeypatch.setattr("engine.services.accounts.finish_moves", killed)
    change(rig)
    rig.crash()
    rig.run(rig.engine.start())
    rig.run(rig.pass_time(minutes=1))
    assert due(rig) == [NEXT_MONDAY] * 2


def test_a_sequence_changed_in_the_same_moment_keeps_no_old_plan(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = told(make_rig)

    async def later(_ctx: object) -> None:
        return

    monkeypatch.setattr("engine.services.accounts.finish_moves", later)
    change(rig)
    text = f'name = "Waiting"\n{WAITS.format(wait="2wd")}[[steps]]\nkind = "message"\nwait = "1d"\ntext = "Three."\n'
    rig.run(rig.engine.services.sequence_changes.edit("Waiting", text))
    assert due(rig) == [NEXT_MONDAY]
