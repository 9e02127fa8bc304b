"""Connecting LinkedIn in four steps: what is pasted is checked, nothing is lost, the account appears by itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from engine.provider.address import parse_address
from engine.provider.secret import Secret
from engine.provider.simulated.api import KEY
from engine.provider.unipile import UnipileProvider
from engine.services import connecting
from gui.sheets.connect_sheet import ConnectSheet, open_connect_sheet
from gui.state import connect_words
from tests.fakes.wire import Wire
from tests.gui.conftest import DEADLINE_MS, Opened

Wait = Callable[[Coroutine[Any, Any, Any]], Any]
ADDRESS = "127.0.0.1:5"
NONE_THERE = {"object": "AccountList", "items": [], "cursor": None}


@pytest.fixture
def wire(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> Wire:
    """A LinkedIn behind an address of its own, looked at often."""
    engine: Any = opened.engine
    monkeypatch.setattr(connecting, "LOOK_EVERY_S", 0.01)
    made = Wire(engine._practice.transport(engine.clock), engine.clock)
    connections = engine._engine.ctx.connections

    def make(address: str, key: Secret) -> UnipileProvider:
        return UnipileProvider(parse_address(address), key, clock=engine.clock, transport=made)

    monkeypatch.setattr(connections, "_make", make)
    return made


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was opened in the browser."""
    found: list[str] = []

    def note(url: QUrl) -> bool:
        found.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    return found


@pytest.fixture
def sheet(opened: Opened, wire: Wire, qtbot: QtBot) -> ConnectSheet:
    made = open_connect_sheet(opened.desk.session, opened.window)
    qtbot.waitUntil(made.isVisible, timeout=DEADLINE_MS)
    return made


def paste(field: QLineEdit, text: str) -> None:
    """Put in from the clipboard what replaces the whole field."""
    QGuiApplication.clipboard().setText(text)
    field.selectAll()
    field.paste()


def accounts(opened: Opened, wait_for: Wait) -> list[str]:
    return [line.name for line in wait_for(opened.engine.services.accounts.list())]


def test_pasting_twice_connects_who_is_connected_at_unipile(
    opened: Opened, sheet: ConnectSheet, qtbot: QtBot, wait_for: Wait
) -> None:
    assert sheet.address.hasFocus()
    paste(sheet.address, f"http://{ADDRESS}/api/v1")
    assert sheet.key.hasFocus() and sheet.steps.address_said.text() == f"✓ {ADDRESS}"
    with qtbot.waitSignal(sheet.accepted, timeout=DEADLINE_MS):
        paste(sheet.key, KEY)
    assert opened.window.toast.words.startswith("Connected: ") and len(accounts(opened, wait_for)) == 1


def test_enter_takes_each_step_and_esc_leaves(sheet: ConnectSheet, qtbot: QtBot, wire: Wire) -> None:
    qtbot.keyClicks(sheet.address, ADDRESS)
    assert wire.seen == []
    qtbot.keyClick(sheet.address, Qt.Key.Key_Return)
    assert sheet.key.hasFocus() and sheet.isVisible()
    qtbot.keyClicks(sheet.key, "wrong")
    qtbot.keyClick(sheet.key, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sheet.steps.key_said.text().startswith("The key is wrong."), timeout=DEADLINE_MS)
    assert sheet.key.hasFocus() and "wrong" not in sheet.key.displayText()
    with qtbot.waitSignal(sheet.rejected, timeout=DEADLINE_MS):
        qtbot.keyClick(sheet.key, Qt.Key.Key_Escape)


def test_what_is_half_typed_is_not_scolded_before_it_is_left(sheet: ConnectSheet, qtbot: QtBot) -> None:
    said = sheet.steps.address_said
    qtbot.keyClicks(sheet.address, "leads.example.com")
    assert said.property("look") == "muted" and sheet.own_host.isVisible()
    qtbot.keyClick(sheet.address, Qt.Key.Key_Return)
    assert said.property("look") == "trouble" and sheet.address.hasFocus()
    sheet.own_host.click()
    assert said.text() == "✓ leads.example.com:443"


@pytest.mark.parametrize("place", ["address", "key"])
def test_a_newer_key_is_recognised_and_the_request_is_copied(
    sheet: ConnectSheet, qtbot: QtBot, wire: Wire, place: str
) -> None:
    newer = {"object": "Error", "type": "api/unauthorized", "status": 401, "title": "Unauthorized"}
    wire.on("GET", "/accounts", httpx.Response(401, json=newer))
    assert not sheet.steps.copy_request.isVisible()
    paste(sheet.address, ADDRESS if place == "key" else "https://api.unipile.com/v2")
    if place == "key":
        paste(sheet.key, "a-newer-key")
    qtbot.waitUntil(sheet.steps.copy_request.isVisible, timeout=DEADLINE_MS)
    said = sheet.steps.key_said if place == "key" else sheet.steps.address_said
    assert "new API" in said.text()
    qtbot.mouseClick(sheet.steps.copy_request, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == connect_words.REQUEST
    sheet.reject()


def test_a_log_in_in_the_browser_brings_the_account_by_itself(
    opened: Opened, sheet: ConnectSheet, qtbot: QtBot, wire: Wire, pages: list[str], wait_for: Wait
) -> None:
    none = wire.on("GET", "/accounts", httpx.Response(200, json=NONE_THERE), times=None)
    paste(sheet.address, ADDRESS)
    paste(sheet.key, KEY)
    qtbot.waitUntil(sheet.open_page.isVisible, timeout=DEADLINE_MS)
    qtbot.keyClick(sheet.open_page, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(pages), timeout=DEADLINE_MS)
    assert pages[0].startswith("https://") and "goes on by itself" in sheet.steps.waiting.text()
    qtbot.mouseClick(sheet.steps.copy_link, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == pages[0]
    assert accounts(opened, wait_for) == []
    with qtbot.waitSignal(sheet.accepted, timeout=DEADLINE_MS):
        none.times = 0
    assert len(accounts(opened, wait_for)) == 1


def test_going_back_loses_nothing_and_stops_waiting(
    sheet: ConnectSheet, qtbot: QtBot, wire: Wire, pages: list[str]
) -> None:
    wire.on("GET", "/accounts", httpx.Response(200, json=NONE_THERE), times=None)
    paste(sheet.address, ADDRESS)
    paste(sheet.key, KEY)
    qtbot.waitUntil(sheet.back.isVisible, timeout=DEADLINE_MS)
    assert not sheet.address.isVisible()
    waiting: Any = sheet._waiting
    qtbot.mouseClick(sheet.back, Qt.MouseButton.LeftButton)
    assert (sheet.address.text(), sheet.key.text()) == (ADDRESS, KEY) and sheet.key.hasFocus()
    qtbot.waitUntil(waiting.cancelled, timeout=DEADLINE_MS)
    qtbot.keyClick(sheet.key, Qt.Key.Key_Return)
    qtbot.waitUntil(sheet.open_page.isVisible, timeout=DEADLINE_MS)
    sheet.reject()


def test_reconnect_takes_the_last_step_alone(
    opened: Opened, qtbot: QtBot, wire: Wire, pages: list[str], wait_for: Wait
) -> None:
    connect = opened.engine.services.connecting
    wait_for(connect.try_key(ADDRESS, KEY))
    (name,) = accounts(opened, wait_for)
    monday = wire._inner._api.world.state  # type: ignore[attr-defined]
    monday.account_status = "CREDENTIALS"
    wait_for(opened.engine.services.accounts.add(ADDRESS, KEY))
    opened.window.show_screen("accounts")
    page: Any = opened.desk.pages["accounts"]
    opened.desk.readings.refresh.ask()
    qtbot.waitUntil(page.reconnect.isVisible, timeout=DEADLINE_MS)
    qtbot.mouseClick(page.reconnect, Qt.MouseButton.LeftButton)
    sheet = opened.window.findChild(ConnectSheet)
    assert sheet is not None
    qtbot.waitUntil(sheet.open_page.isVisible, timeout=DEADLINE_MS)
    assert not sheet.back.isVisible() and name in sheet.title.text()
    qtbot.mouseClick(sheet.open_page, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(pages), timeout=DEADLINE_MS)
    with qtbot.waitSignal(sheet.accepted, timeout=DEADLINE_MS):
        monday.account_status = "OK"
    qtbot.waitUntil(lambda: not page.reconnect.isVisible(), timeout=DEADLINE_MS)
