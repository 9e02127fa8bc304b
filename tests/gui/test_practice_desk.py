"""The practice band: time stops and hurries, the plug is really pulled, drafts are taken over for real."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.sheets.use_for_real_sheet import UseForRealSheet
from gui.widgets.practice_band import PracticeBand
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened

Wait = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def band(prepared: Opened, wait_for: Wait) -> PracticeBand:
    wait_for(prepared.engine.start())
    prepared.engine.practice_clock.set_speed(0.0)  # type: ignore[union-attr]
    prepared.desk.begin()
    found = prepared.window.band
    assert found is not None
    return found


def _press(qtbot: QtBot, band: PracticeBand, words: str) -> None:
    button = next(b for b in band._buttons.values() if b.text() == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_time_is_hurried_and_stopped(prepared: Opened, band: PracticeBand, qtbot: QtBot) -> None:
    clock = prepared.engine.practice_clock
    assert clock is not None
    _press(qtbot, band, "Day a second")
    assert clock.speed == 86_400.0 and "a day a second" in band.words
    _press(qtbot, band, "Pause time")
    stood = clock.now()
    assert clock.speed == 0.0 and "time is paused" in band.words and clock.now() == stood


def test_a_pulled_plug_is_told_of_afterwards(prepared: Opened, band: PracticeBand, qtbot: QtBot) -> None:
    clock = prepared.engine.practice_clock
    assert clock is not None
    began = clock.now()
    _press(qtbot, band, "Day a second")
    action = next(a for a in band.plug.menu().actions() if a.text() == "Sleep for three days")
    action.trigger()
    assert not band.plug.isEnabled()
    qtbot.waitUntil(lambda: "Nothing went out twice" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert clock.now() - began > timedelta(days=3) and band.plug.isEnabled()
    clock.set_speed(0.0)


def test_a_draft_is_used_for_real_without_its_account(prepared: Opened, band: PracticeBand, qtbot: QtBot) -> None:
    qtbot.mouseClick(band.real, Qt.MouseButton.LeftButton)
    sheet = prepared.window.findChild(UseForRealSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: CAMPAIGN in sheet.boxes, timeout=DEADLINE_MS)
    assert sheet.boxes[CAMPAIGN].isChecked()
    qtbot.mouseClick(sheet.copy, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(prepared.taken_over), timeout=DEADLINE_MS)
    (text,) = prepared.taken_over
    assert CAMPAIGN in text and "account" not in text
    qtbot.waitUntil(lambda: "in your own Leadloom" in prepared.window.toast.words, timeout=DEADLINE_MS)


def test_what_is_being_copied_is_not_cancelled_halfway(
    prepared: Opened, band: PracticeBand, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns, may_end = prepared.engine.services.campaigns, asyncio.Event()
    real = campaigns.export

    async def slow(name: str, *, with_account: bool = True) -> str:
        await may_end.wait()
        return await real(name, with_account=with_account)

    monkeypatch.setattr(campaigns, "export", slow)
    qtbot.mouseClick(band.real, Qt.MouseButton.LeftButton)
    sheet = prepared.window.findChild(UseForRealSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: CAMPAIGN in sheet.boxes, timeout=DEADLINE_MS)
    qtbot.mouseClick(sheet.copy, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(sheet.leave, Qt.MouseButton.LeftButton)
    assert sheet.isVisible()
    with qtbot.waitSignal(sheet.accepted, timeout=DEADLINE_MS):
        may_end.set()
    assert len(prepared.taken_over) == 1


def test_without_a_choice_nothing_can_be_copied(prepared: Opened, band: PracticeBand, qtbot: QtBot) -> None:
    qtbot.mouseClick(band.real, Qt.MouseButton.LeftButton)
    sheet = prepared.window.findChild(UseForRealSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: CAMPAIGN in sheet.boxes, timeout=DEADLINE_MS)
    sheet.boxes[CAMPAIGN].click()
    assert not sheet.copy.isEnabled() and prepared.taken_over == []
    sheet.reject()
