"""Commands are kept alive, show busy, and say what went wrong; refreshes are never two at once nor too often."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from engine.errors import BadFile, FileProblem, Refused
from gui.commands import Commands
from gui.error_text import ErrorText, error_text
from gui.refresh import Refresh


def test_command_disables_its_button_and_tells_its_result(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    commands, button, results = Commands(), QPushButton("Go"), []
    qtbot.addWidget(button)

    async def work() -> int:
        await asyncio.sleep(0.01)
        gc.collect()
        await asyncio.sleep(0.01)
        return 7

    commands.run_command(work(), name="work", busy=button, on_done=results.append)
    assert not button.isEnabled()
    qtbot.waitUntil(lambda: results == [7])
    assert button.isEnabled()


@pytest.mark.parametrize("moves_on", [False, True])
def test_focus_comes_back_to_a_button_that_was_busy_unless_it_was_moved_meanwhile(
    qtbot: QtBot, qloop: asyncio.AbstractEventLoop, moves_on: bool
) -> None:
    commands, results, whole = Commands(), [], QWidget()
    qtbot.addWidget(whole)
    asked, lines = QWidget(), QVBoxLayout(whole)
    first, second, third = QPushButton("Approve", asked), QPushButton("Next"), QPushButton("Last")
    for part in (asked, second, third):
        lines.addWidget(part)
    with qtbot.waitActive(whole):
        whole.show()
        whole.activateWindow()
    first.setFocus()

    async def work() -> None:
        await asyncio.sleep(0.01)

    commands.run_command(work(), name="work", busy=asked, on_done=results.append)
    assert not first.hasFocus()
    if moves_on:
        third.setFocus()
    qtbot.waitUntil(lambda: results == [None])
    assert (third if moves_on else first).hasFocus()


def test_refusal_is_said_with_its_advice(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    commands = Commands()

    async def work() -> None:
        raise Refused("“A” is paused already.", "Resume it first.")

    with qtbot.waitSignal(commands.failed) as told:
        commands.run_command(work(), name="work")
    assert told.args == [ErrorText(title="“A” is paused already.", advice="Resume it first.")]


def test_unknown_error_is_logged_and_said_without_its_words(
    qtbot: QtBot, qloop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    commands = Commands()

    async def work() -> None:
        raise ZeroDivisionError("secret words")

    with qtbot.waitSignal(commands.failed) as told:
        commands.run_command(work(), name="work")
    assert "secret" not in told.args[0].sentence
    assert "ZeroDivisionError" in caplog.text


def test_button_that_went_away_is_no_trouble(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    commands, button, results = Commands(), QPushButton("Go"), []

    async def work() -> None:
        button.deleteLater()
        await asyncio.sleep(0.02)

    commands.run_command(work(), name="work", busy=button, on_done=results.append)
    qtbot.waitUntil(lambda: results == [None])


def test_closing_ends_what_runs_and_takes_no_more(
    qtbot: QtBot, wait_for: Callable[..., Any], qloop: asyncio.AbstractEventLoop
) -> None:
    commands = Commands()
    task = commands.run_command(asyncio.sleep(60), name="long")
    assert task is not None
    wait_for(commands.close())
    assert task.cancelled()
    assert commands.run_command(asyncio.sleep(0), name="late") is None


def test_file_problems_are_said_with_their_places() -> None:
    error = BadFile("This file can't be used.", problems=(FileProblem(place="line 3", problem="no address"),))
    assert error_text(error).details == ("line 3: no address",)


def test_refresh_is_never_twice_at_once_nor_too_often(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    begun: list[float] = []
    at_once = 0
    shown: list[int] = []

    async def read() -> int:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        begun.append(time.perf_counter())
        await asyncio.sleep(0.005)
        at_once -= 1
        return len(begun)

    refresh = Refresh(read, shown.append, Commands(), name="read", apart_ms=200)
    for _ in range(60):
        refresh.ask()
        qtbot.wait(10)
    asked = refresh.count
    qtbot.wait(300)
    assert 2 <= asked <= 5
    assert shown[-1] == len(begun)
    assert all(later - earlier >= 0.19 for earlier, later in pairwise(begun))


def test_slow_reading_rests_in_proportion(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    begun: list[float] = []

    async def read() -> None:
        begun.append(time.perf_counter())
        await asyncio.sleep(0.08)

    refresh = Refresh(read, lambda _: None, Commands(), name="read", apart_ms=10)
    refresh.ask()
    qtbot.wait(20)
    refresh.ask()
    qtbot.waitUntil(lambda: len(begun) == 2, timeout=2000)
    assert begun[1] - begun[0] >= 0.36


def test_held_refresh_fulfils_the_wish_afterwards(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> None:
    shown: list[Any] = []
    refresh = Refresh(lambda: asyncio.sleep(0, 1), shown.append, Commands(), name="read")
    refresh.hold(True)
    refresh.ask()
    qtbot.wait(30)
    assert shown == []
    refresh.hold(False)
    qtbot.waitUntil(lambda: shown == [1])


def test_urgent_wish_waits_for_nothing_but_the_reading_under_way(
    qtbot: QtBot, qloop: asyncio.AbstractEventLoop
) -> None:
    begun: list[float] = []

    async def read() -> None:
        begun.append(time.perf_counter())
        await asyncio.sleep(0.03)

    refresh = Refresh(read, lambda _: None, Commands(), name="read", apart_ms=5000)
    refresh.ask()
    qtbot.waitUntil(lambda: len(begun) == 1)
    refresh.ask_now()
    qtbot.waitUntil(lambda: len(begun) == 2, timeout=1000)
    qtbot.wait(60)
    refresh.ask_now()
    qtbot.waitUntil(lambda: len(begun) == 3, timeout=1000)
