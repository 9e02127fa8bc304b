"""The window's tests: ordinary functions; the asyncio loop counts as running for the whole test, and the loops of
`qtbot` drive it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import main as program
from engine.clock import PracticeClock
from engine.desktop import DesktopEngine
from engine.practice_plug import Plug
from engine.services.practice import FIRST_MORNING, PracticeFiles
from gui import theme
from gui.composition import WindowComposition
from gui.desk import Desk
from gui.formatting import set_time_zone
from gui.main_window import MainWindow
from storage.paths import Paths, open_paths
from tests.fakes.statements import share_statements

DEADLINE_MS = 15_000
CAMPAIGN = "Agencies, second round"
DRAFT_FILE = program.PRACTICE_CAMPAIGNS / "agencies-second-round.toml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the offscreen platform say what it can't: size hints, raising, grabbing the keyboard."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture
def qloop(qapp: QApplication) -> Iterator[asyncio.AbstractEventLoop]:
    """The window's own loop, running."""
    qapp.setQuitOnLastWindowClosed(False)
    loop: Any = program.make_loop(qapp, already_running=True)
    asyncio.set_event_loop(loop)
    errors: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    for _ in range(100):
        if not asyncio.all_tasks(loop):
            break
        qapp.processEvents()
    # Not loop.stop(): it calls QApplication.exit(), after which every nested loop of qtbot returns at once.
    loop._QEventLoop__is_running = False
    asyncio.events._set_running_loop(None)
    qapp.aboutToQuit.disconnect()
    loop.close()
    asyncio.set_event_loop(None)
    assert not errors, errors


@pytest.fixture
def wait_for(qtbot: QtBot, qloop: asyncio.AbstractEventLoop) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Run a coroutine to its end and return its result."""

    def wait(work: Coroutine[Any, Any, Any]) -> Any:
        task = qloop.create_task(work)
        qtbot.waitUntil(task.done, timeout=DEADLINE_MS)
        return task.result()

    return wait


@dataclass
class Opened:
    """A window on an open engine."""

    window: MainWindow
    desk: Desk
    engine: DesktopEngine
    opened_practice: list[bool] = field(default_factory=list)
    taken_over: list[str] = field(default_factory=list)
    """Campaign files that were used for real."""


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("LEADLOOM_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return open_paths(tmp_path / "data")


@pytest.fixture
def engine(paths: Paths, wait_for: Callable[[Coroutine[Any, Any, Any]], Any]) -> Iterator[DesktopEngine]:
    """An engine on an empty data folder whose practice LinkedIn answers; time stands still."""
    clock = PracticeClock(FIRST_MORNING, speed=0.0)
    files = PracticeFiles(paths.data)
    transport = files.transport(clock)
    inner = program.open_engine(paths, clock, transport)
    share_statements(inner.ctx.db)
    opened = DesktopEngine(inner, paths, clock, files, plug=Plug(inner, clock, transport))
    yield opened
    wait_for(opened.close())


@pytest.fixture
def opened(
    qapp: QApplication,
    qtbot: QtBot,
    engine: DesktopEngine,
    wait_for: Callable[[Coroutine[Any, Any, Any]], Any],
) -> Iterator[Opened]:
    """The whole window, shown, with its first reading done; the engine isn't started."""
    theme.apply(qapp, theme.LIGHT)
    set_time_zone("Europe/Paris")
    window = MainWindow(is_practice=True)
    calls: list[bool] = []
    taken: list[str] = []

    def take_over(texts: Sequence[str]) -> tuple[str, ...]:
        taken.extend(texts)
        return tuple("There is a campaign of this name already." for text in texts if "Refused" in text)

    compose = WindowComposition(
        make_loop=program.make_loop,
        open_engine=lambda _: engine,
        open_practice=lambda: calls.append(True),
        is_practice=True,
        use_for_real=take_over,
    )
    desk = Desk(window, engine, compose)
    window.show()
    with qtbot.waitSignal(desk.first_shown, timeout=DEADLINE_MS):
        desk.open()
    yield Opened(window=window, desk=desk, engine=engine, opened_practice=calls, taken_over=taken)
    wait_for(desk.close())
    window.may_close = True
    window.close()
    window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def prepared(opened: Opened, wait_for: Callable[[Coroutine[Any, Any, Any]], Any]) -> Opened:
    """The same with a practice account and a draft campaign."""
    services = opened.engine.services
    wait_for(services.accounts.add("practice", "practice"))
    wait_for(services.campaigns.add(DRAFT_FILE.read_text(encoding="utf-8")))
    return opened
