"""Accounts: settings are saved at once and taken back, refused ones are said, acceptances are read now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from engine.errors import Refused
from engine.services.account_settings import SETTINGS, columns_of, settings_of
from gui.pages.accounts import AccountsPage
from gui.state.account_settings import NUMBERS, changed, said
from tests.gui.conftest import DEADLINE_MS, Opened

Wait = Callable[[Coroutine[Any, Any, Any]], Any]
NAME, OTHER = "Practice account", "Second"


@pytest.fixture
def page(prepared: Opened, qtbot: QtBot) -> AccountsPage:
    prepared.window.show_screen("accounts")
    found = prepared.desk.pages["accounts"]
    assert isinstance(found, AccountsPage)
    qtbot.waitUntil(lambda: bool(found._settings), timeout=DEADLINE_MS)
    return found


@pytest.fixture
def two(prepared: Opened, page: AccountsPage, qtbot: QtBot, wait_for: Wait) -> AccountsPage:
    """The page with a second account in the box."""

    def twin(uow: Any) -> None:
        row = dict(uow.connection.exec_driver_sql("SELECT * FROM account").one()._mapping)
        row |= {"id": 2, "name": OTHER, "provider_account_id": "second"}
        marks = ", ".join(f":{k}" for k in row)
        uow.connection.execute(text(f"INSERT INTO account ({', '.join(row)}) VALUES ({marks})"), row)
        uow.changed("account", 2)

    wait_for(prepared.engine._engine.ctx.db.write(twin))  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: page.choice.findText(OTHER) >= 0, timeout=DEADLINE_MS)
    return page


def _settings(prepared: Opened, wait_for: Wait, name: str = NAME) -> dict[str, str]:
    found: dict[str, str] = wait_for(prepared.engine.services.accounts.settings(name))
    return found


def _choose(page: AccountsPage, name: str) -> None:
    page.choice.setCurrentText(name)
    page.choice.activated.emit(page.choice.currentIndex())


def test_a_limit_is_saved_at_once_and_taken_back(
    prepared: Opened, page: AccountsPage, qtbot: QtBot, wait_for: Wait
) -> None:
    box = page.form.numbers["invites_per_day"]
    before = box.value()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "7")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _settings(prepared, wait_for)["invites_per_day"] == "7", timeout=DEADLINE_MS)
    qtbot.waitUntil(prepared.window.toast.undo.isVisible, timeout=DEADLINE_MS)
    page.setFocus()
    qtbot.mouseClick(prepared.window.toast.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _settings(prepared, wait_for)["invites_per_day"] == str(before), timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: box.value() == before, timeout=DEADLINE_MS)


def test_undo_changes_the_account_that_was_changed(
    prepared: Opened, two: AccountsPage, qtbot: QtBot, wait_for: Wait
) -> None:
    toast, before = prepared.window.toast, _settings(prepared, wait_for)["invites_per_day"]
    two._change({"invites_per_day": "7"})
    qtbot.waitUntil(toast.undo.isVisible, timeout=DEADLINE_MS)
    _choose(two, OTHER)
    wait_for(prepared.engine.services.accounts.set(OTHER, {"invites_per_day": "9"}))
    qtbot.mouseClick(toast.undo, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: toast.words.startswith("Taken back"), timeout=DEADLINE_MS)
    assert NAME in toast.words
    kept = [_settings(prepared, wait_for, name)["invites_per_day"] for name in (NAME, OTHER)]
    assert kept == [before, "9"]


def test_a_reading_and_its_result_stand_under_their_account_only(
    prepared: Opened, two: AccountsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    relations, may_end = prepared.engine.services.relations, asyncio.Event()
    real = relations.check

    async def slow(name: str, *, full: bool = False) -> Any:
        await may_end.wait()
        return await real(name, full=full)

    monkeypatch.setattr(relations, "check", slow)
    qtbot.mouseClick(two.full, Qt.MouseButton.LeftButton)
    assert two.cancel.isVisible()
    _choose(two, OTHER)
    assert two.check.isEnabled() and not two.cancel.isVisible() and not two.result.isVisible()
    _choose(two, NAME)
    assert two.cancel.isVisible() and two.result.isVisible()
    _choose(two, OTHER)
    may_end.set()
    qtbot.waitUntil(
        lambda: not any(t.get_name() == "check acceptances" for t in prepared.desk.commands._tasks),
        timeout=DEADLINE_MS,
    )
    assert not two.result.isVisible() and two.result.text() == ""
    _choose(two, NAME)
    assert two.check.isEnabled() and not two.cancel.isVisible()


def test_what_the_engine_refuses_is_said_and_shown_as_it_was(
    prepared: Opened, page: AccountsPage, qtbot: QtBot, wait_for: Wait
) -> None:
    before = _settings(prepared, wait_for)
    for button in page.form.days.values():
        if button.isChecked():
            button.click()
    qtbot.waitUntil(lambda: "Nothing was changed" in prepared.window.toast.words, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: any(b.isChecked() for b in page.form.days.values()), timeout=DEADLINE_MS)
    assert _settings(prepared, wait_for)["hours.start"] == before["hours.start"]


def test_acceptances_are_read_now_and_the_result_is_said(page: AccountsPage, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.check, Qt.MouseButton.LeftButton)
    assert not page.check.isEnabled()
    qtbot.waitUntil(lambda: page.result.text().startswith("Read "), timeout=DEADLINE_MS)
    assert page.check.isEnabled() and "acceptances found" in page.result.text()


def test_a_wrong_key_is_refused_and_never_shown(prepared: Opened, page: AccountsPage, qtbot: QtBot) -> None:
    from gui.sheets.account_sheets import KeySheet

    qtbot.mouseClick(page.key, Qt.MouseButton.LeftButton)
    sheet = prepared.window.findChild(KeySheet)
    assert sheet is not None
    sheet.key.setText("tokenthatiswrong")
    qtbot.mouseClick(sheet.replace, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(sheet.trouble.text()), timeout=DEADLINE_MS)
    assert "tokenthatiswrong" not in sheet.trouble.text() + sheet.key.displayText()
    sheet.reject()


def test_removing_says_what_stays(prepared: Opened, page: AccountsPage, qtbot: QtBot, wait_for: Wait) -> None:
    from gui.sheets.account_sheets import RemoveSheet

    qtbot.mouseClick(page.remove, Qt.MouseButton.LeftButton)
    sheet = prepared.window.findChild(RemoveSheet)
    assert sheet is not None
    qtbot.mouseClick(sheet.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not wait_for(prepared.engine.services.accounts.list()), timeout=DEADLINE_MS)


@pytest.mark.parametrize("verb", ["set_key", "remove"])
@pytest.mark.parametrize("is_refused", [False, True])
def test_a_sheet_stays_while_its_work_runs(
    prepared: Opened, page: AccountsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, verb: str, is_refused: bool
) -> None:
    from gui.sheets.account_sheets import KeySheet, RemoveSheet

    may_end = asyncio.Event()

    async def slow(*_: object) -> str:
        await may_end.wait()
        if is_refused:
            raise Refused("Not now.")
        return ""

    monkeypatch.setattr(prepared.engine.services.accounts, verb, slow)
    qtbot.mouseClick(page.key if verb == "set_key" else page.remove, Qt.MouseButton.LeftButton)
    sheet: Any = prepared.window.findChild(KeySheet if verb == "set_key" else RemoveSheet)
    qtbot.mouseClick(sheet.replace if verb == "set_key" else sheet.remove, Qt.MouseButton.LeftButton)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    with qtbot.waitSignal(sheet.finished, timeout=DEADLINE_MS) as ended:
        may_end.set()
        if is_refused:
            qtbot.waitUntil(lambda: sheet.trouble.text().startswith("Not now."), timeout=DEADLINE_MS)
            qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert ended.args == [QDialog.DialogCode.Rejected if is_refused else QDialog.DialogCode.Accepted]


def test_what_is_said_last_is_about_the_last_change(
    prepared: Opened, page: AccountsPage, qtbot: QtBot, wait_for: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, said_now, first = prepared.engine.services.accounts, list[str](), asyncio.Event()
    real = accounts.set

    async def slow_at_first(name: str, new: dict[str, str]) -> None:
        await real(name, new)
        if new == {"invites_per_day": "7"}:
            await first.wait()

    monkeypatch.setattr(accounts, "set", slow_at_first)
    monkeypatch.setattr(prepared.window.toast, "tell", lambda words, **_: said_now.append(words))
    for number in ("7", "8"):
        page._set(NAME, {"invites_per_day": number}, None)
    qtbot.waitUntil(lambda: _settings(prepared, wait_for)["invites_per_day"] in ("7", "8"), timeout=DEADLINE_MS)
    first.set()
    qtbot.waitUntil(lambda: len(said_now) == 2, timeout=DEADLINE_MS)
    assert [words[-2] for words in said_now] == ["7", "8"]


def test_an_account_that_was_removed_a_moment_ago_has_no_settings(
    prepared: Opened, page: AccountsPage, wait_for: Wait
) -> None:
    wait_for(prepared.engine.services.accounts.remove(NAME))
    assert wait_for(page._read()) == {}


def test_every_setting_comes_back_as_it_is_taken(prepared: Opened, wait_for: Wait) -> None:
    settings = _settings(prepared, wait_for)
    assert settings.keys() == SETTINGS.keys()
    wait_for(prepared.engine.services.accounts.set(NAME, settings))
    assert _settings(prepared, wait_for) == settings
    assert columns_of and settings_of


def test_only_what_differs_is_wished_and_taken_back() -> None:
    assert changed({"a": "1", "b": "2"}, {"a": "1", "b": "3"}) == ({"b": "3"}, {"b": "2"})
    assert said({"invites_per_day": "7", "paid": "on"}) == "Invitations a day: 7, LinkedIn Premium: on"
    assert {field.key for field in NUMBERS} <= SETTINGS.keys()
