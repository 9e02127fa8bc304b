"""A list is read to its end, whatever is chosen meanwhile; one that can't be is not offered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.errors import BadFile
from engine.services import import_reading, import_sessions
from engine.services.import_reading import Reader
from gui.sheets.new_campaign_sheet import NewCampaignSheet
from tests.gui.conftest import DEADLINE_MS, Opened
from tests.gui.test_import_page import look_at, settle, what_happens, write

LINES = tuple(f"A{n},B,linkedin.com/in/a{n},b{n}" for n in range(5))


class Gate:
    """Holds the thread of a list before its second chunk until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def hold(self, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
        real, calls = getattr(place, name), 0

        def held(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == 2:
                self.reached.set()
                assert self.opened.wait(DEADLINE_MS / 1000)
            return real(*arguments)

        monkeypatch.setattr(place, name, held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr(import_sessions, "READ_ROWS", 2)
    monkeypatch.setattr(import_sessions, "JUDGED_ROWS", 2)
    made = Gate()
    yield made
    made.opened.set()


@pytest.fixture
def page(prepared: Opened) -> Any:
    return prepared.desk.pages["import"]


def choose_none(page: Any) -> None:
    page.head.campaign.setCurrentIndex(page.head.campaign.count() - 2)
    assert page.head.chosen is None


def make_campaign(qtbot: QtBot, opened: Opened, page: Any) -> None:
    page.head.new_campaign_requested.emit()
    sheet = opened.window.findChild(NewCampaignSheet)
    assert sheet is not None
    qtbot.waitUntil(lambda: bool(sheet.radios), timeout=DEADLINE_MS)
    sheet.name.setText("Second")
    sheet.make.click()
    qtbot.waitUntil(lambda: page.head.campaign.currentText() == "Second (draft)", timeout=DEADLINE_MS)


def keys(page: Any) -> list[str]:
    return [row.key for row in page.list._stage.keyed_after(0, 9)]


def people(page: Any) -> list[str]:
    letter = {2: "a", 3: "b"}[page.list.columns.address_index]
    return [f"slug:{letter}{n}" for n in range(5)]


BEGINNINGS: dict[str, tuple[Any, str, Callable[[Opened, Path], None]]] = {
    "read": (Reader, "read_some", lambda prepared, path: prepared.desk.offer_files([path])),
    "read again": (
        Reader,
        "read_some",
        lambda prepared, _: prepared.desk.pages["import"].counts.format_chosen.emit("utf-8", ","),
    ),
    "column taken for the addresses": (
        import_reading,
        "rekey_some",
        lambda prepared, _: prepared.desk.pages["import"]._take_for(3, "profile_url"),
    ),
}


@pytest.fixture(params=BEGINNINGS)
def halfway(
    request: pytest.FixtureRequest,
    qtbot: QtBot,
    prepared: Opened,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Opened:
    """A window in which a list is being read, for the first time or in another way."""
    place, name, begin = BEGINNINGS[request.param]
    path = write(tmp_path, *LINES)
    if request.param != "read":
        look_at(qtbot, prepared, path)
    gate.hold(monkeypatch, place, name)
    begin(prepared, path)
    qtbot.waitUntil(gate.reached.is_set, timeout=DEADLINE_MS)
    return prepared


def test_a_campaign_chosen_meanwhile_gets_the_whole_list(qtbot: QtBot, halfway: Opened, page: Any, gate: Gate) -> None:
    choose_none(page)
    gate.opened.set()
    settle(qtbot, halfway)
    assert what_happens(page) == ["new"] * 5
    assert (page.head.go.text(), keys(page)) == ("Import 5", people(page))


def test_a_campaign_made_meanwhile_gets_the_whole_list(qtbot: QtBot, halfway: Opened, page: Any, gate: Gate) -> None:
    make_campaign(qtbot, halfway, page)
    assert page.waiting.isVisible()
    gate.opened.set()
    settle(qtbot, halfway)
    assert what_happens(page) == ["new"] * 5
    assert page.head.campaign.currentText() == "Second (draft)"
    assert (page.head.go.text(), keys(page)) == ("Import 5 into the draft", people(page))


def test_a_campaign_made_while_a_list_is_looked_at_is_judged(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path
) -> None:
    look_at(qtbot, prepared, write(tmp_path, *LINES))
    choose_none(page)
    make_campaign(qtbot, prepared, page)
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 5 into the draft", timeout=DEADLINE_MS)


def test_a_list_that_can_not_be_read_in_another_way_is_offered_again_once_it_was_read(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_at(qtbot, prepared, write(tmp_path, *LINES))

    def broken(*_: Any) -> bool:
        raise BadFile("Row 4 can't be read.", "Check it.")

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "read_some", broken)
        page.counts.format_chosen.emit("utf-8", ",")
        qtbot.waitUntil(lambda: page.stack.currentWidget() is page.trouble, timeout=DEADLINE_MS)
    assert "Row 4 can't be read." in page.trouble.text()
    assert not (page.head.go.isVisible() or page.counts.buttons)
    choose_none(page)
    assert page.stack.currentWidget() is page.trouble
    page.counts.format_chosen.emit("utf-8", ",")
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 5" and page.head.go.isEnabled(), timeout=DEADLINE_MS)
    assert page.stack.currentWidget() is page.view
