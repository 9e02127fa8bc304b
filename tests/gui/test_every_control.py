"""Every screen, tab and sheet: a screen reader tells each control, the keyboard reaches it. And a new screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QRadioButton,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui import desk, screens
from gui.pages.campaign_tabs import TABS, CampaignPlace
from gui.pages.frame import Page
from gui.screens import SCREENS, Screen
from gui.sheets.account_sheets import KeySheet, RemoveSheet
from gui.sheets.archive_sheet import ArchiveSheet
from gui.sheets.choice_sheets import AddSheet, ExcludeSheet
from gui.sheets.connect_sheet import ConnectSheet
from gui.sheets.lead_sheets import ForgetSheet, NeverSheet
from gui.sheets.new_campaign_sheet import NewCampaignSheet
from gui.sheets.start_sheet import StartSheet
from gui.sheets.use_for_real_sheet import UseForRealSheet
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened

Wait = Callable[..., Any]
CONTROLS = (QAbstractButton, QLineEdit, QTextEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)
COMPOUND = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QTextEdit)
"""What Qt itself puts into these belongs to them."""
ROWS = "First Name,Company,Profile URL\nAnn,Acme,linkedin.com/in/ann\nBo,,linkedin.com/in/bo\nCy,Cato,nowhere\n"
SHEETS: dict[str, Callable[[Any, QWidget], QWidget]] = {
    "connect": ConnectSheet,
    "new campaign": NewCampaignSheet,
    "start": lambda session, window: StartSheet(session, CAMPAIGN, window),
    "archive": lambda session, window: ArchiveSheet(session, CAMPAIGN, window),
    "key": lambda session, window: KeySheet(session, "Practice account", window),
    "remove": lambda session, window: RemoveSheet(session, "Practice account", window),
    "use for real": lambda session, window: UseForRealSheet(session, lambda _: (), window),
    "exclude": lambda _, window: ExcludeSheet("Ann", window),
    "add": lambda _, window: AddSheet(2, [(1, CAMPAIGN, "draft")], window),
    "never": lambda _, window: NeverSheet("Ann", "Acme", "acme.com", window),
    "forget": lambda _, window: ForgetSheet("Ann", window),
}


def controls(root: QWidget) -> Iterator[QWidget]:
    for widget in root.findChildren(QWidget):
        if isinstance(widget, CONTROLS) and not isinstance(widget, QHeaderView) and widget.isVisibleTo(root):
            parent, is_part = widget.parentWidget(), False
            while parent is not None and not is_part:
                is_part, parent = isinstance(parent, COMPOUND), parent.parentWidget()
            if not is_part:
                yield widget


def is_reached_by_arrows(control: QWidget) -> bool:
    """Whether it is one of several choices: Tab comes to the one that is taken."""
    return isinstance(control, QRadioButton) or bool(
        isinstance(control, QAbstractButton) and control.group() and control.group().exclusive()
    )


def assert_reached(root: QWidget, at_least: int) -> None:
    found = list(controls(root))
    for control in found:
        heard = QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
        assert heard, f"{type(control).__name__} in {type(control.parentWidget()).__name__} has no name"
        reached = control.focusPolicy() & Qt.FocusPolicy.TabFocus or is_reached_by_arrows(control)
        assert reached, f"“{heard}” is not reached by the keyboard"
    assert len(found) >= at_least


@pytest.fixture
def filled(prepared: Opened, wait_for: Wait, tmp_path: Path) -> Opened:
    """A draft with people."""
    file = tmp_path / "list.csv"
    file.write_text(ROWS, encoding="utf-8")
    wait_for(prepared.engine.services.leads.import_file(file, CAMPAIGN))
    return prepared


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_control_of_a_screen_has_a_name_and_is_reached(
    qtbot: QtBot, filled: Opened, tmp_path: Path, screen: Screen
) -> None:
    page: Any = filled.desk.pages[screen.name]
    target = 1 if screen.name in ("campaign", "read_through", "leads") else None
    if screen.name == "import":
        (tmp_path / "more.csv").write_text(ROWS.replace("/in/", "/in/more-"), encoding="utf-8")
        filled.desk.offer_files([tmp_path / "more.csv"])
    filled.desk.show(screen.name, target)
    ready = {
        "home": lambda: page._page.isVisible(),
        "leads": lambda: page.panel.isVisible(),
        "campaigns": lambda: page.rows and page.rows[0].isVisible(),
        "import": lambda: page.head.go.isEnabled(),
        "campaign": lambda: page.opened is not None and page.stack.isVisible(),
        "read_through": lambda: page.texts,
    }
    qtbot.waitUntil(lambda: bool(ready.get(screen.name, page.isVisible)()), timeout=DEADLINE_MS)
    assert_reached(filled.window, at_least=10)


@pytest.mark.parametrize("tab", TABS, ids=lambda tab: tab.name)
def test_every_control_of_a_campaigns_tab_has_a_name_and_is_reached(qtbot: QtBot, filled: Opened, tab: Any) -> None:
    page: Any = filled.desk.pages["campaign"]
    filled.desk.show("campaign", CampaignPlace(campaign_id=1, tab=tab.name))
    qtbot.waitUntil(lambda: tab.name in page.tabs and page.tabs[tab.name].isVisible(), timeout=DEADLINE_MS)
    assert_reached(filled.window, at_least=10)


@pytest.mark.parametrize("name", SHEETS)
def test_every_control_of_a_sheet_has_a_name_and_is_reached(
    qtbot: QtBot, filled: Opened, wait_for: Wait, name: str
) -> None:
    sheet = SHEETS[name](filled.desk.session, filled.window)
    sheet.show()
    qtbot.waitUntil(lambda: not filled.desk.commands._tasks, timeout=DEADLINE_MS)
    assert_reached(sheet, at_least=2)
    sheet.close()
    sheet.deleteLater()


class SamplePage(Page):
    """What a new screen's file holds."""

    def __init__(self, session: Any) -> None:
        super().__init__("Sample")
        self.session = session


@pytest.fixture
def one_more(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """One file in pages/, and one line of registration."""
    module = ModuleType("gui.pages.sample")
    module.SamplePage = SamplePage  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gui.pages.sample", module)
    line = Screen(name="sample", title="Sample", page="sample:SamplePage")
    monkeypatch.setattr(desk, "SCREENS", (*SCREENS, line))
    monkeypatch.setitem(screens.BY_NAME, line.name, line)
    monkeypatch.setitem(screens.IN_BAR, line.name, line.title)
    return line


def test_a_new_screen_needs_a_file_and_a_line(qtbot: QtBot, one_more: Screen, opened: Opened) -> None:
    item = opened.window.side_bar._items[one_more.name]
    qtbot.mouseClick(item, Qt.MouseButton.LeftButton)
    assert opened.window.shown_screen == "sample"
    page = opened.desk.pages["sample"]
    assert page.isVisible() and page.session is opened.desk.session
