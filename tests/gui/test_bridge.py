"""The bridge gathers what the bus tells: at most one signal in 50 ms, nothing lost, order kept."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from itertools import pairwise

from pytestqt.qtbot import QtBot

from engine.bus import Bus
from engine.domain.news import CampaignFinished
from gui.bridge import APART_MS, Bridge, ChangeSet

NOW = datetime(2026, 1, 5, tzinfo=UTC)


def test_many_commits_become_few_signals(qtbot: QtBot) -> None:
    bus, told, moments = Bus(), [], []
    bridge = Bridge(bus)
    bridge.changed.connect(lambda changes: (told.append(changes), moments.append(time.perf_counter())))
    begun = time.perf_counter()
    number = 0
    while time.perf_counter() - begun < 0.4:
        number += 1
        bus.publish({"lead": frozenset({number}), "campaign": frozenset({1})}, ())
        qtbot.wait(1)
    qtbot.waitUntil(lambda: number in told[-1].ids["lead"])
    assert number > 50
    assert len(told) <= 10
    assert all(later - earlier >= APART_MS * 0.9 / 1000 for earlier, later in pairwise(moments))
    assert set().union(*(changes.ids["lead"] for changes in told)) == set(range(1, number + 1))


def test_events_keep_their_order(qtbot: QtBot) -> None:
    bus, told = Bus(), []
    bridge = Bridge(bus, apart_ms=1)
    bridge.happened.connect(told.extend)
    for number in range(20):
        bus.publish({}, (CampaignFinished(at=NOW, campaign_id=number),))
    qtbot.waitUntil(lambda: len(told) == 20)
    assert [news.campaign_id for news in told] == list(range(20))


def test_closed_bridge_is_silent(qtbot: QtBot) -> None:
    bus, told = Bus(), []
    bridge = Bridge(bus, apart_ms=1)
    bridge.changed.connect(told.append)
    bus.publish({"lead": frozenset({1})}, ())
    bridge.close()
    bus.publish({"lead": frozenset({2})}, ())
    qtbot.wait(20)
    assert told == []


def test_change_set_knows_what_it_touches() -> None:
    changes = ChangeSet(ids={"lead": frozenset({1})})
    assert changes.touches("campaign", "lead")
    assert not changes.touches("campaign")
