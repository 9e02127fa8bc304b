"""Every screen, tab and sheet: a screen reader tells each control, the keyboard reaches it. And a new screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules
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

from engine.domain.step_choice import StepChoice
from engine.services.practice import FIRST_MORNING
from engine.services.restoring import RestoreLook
from gui import desk, screens, sheets
from gui.pages.campaign_tabs import TABS, CampaignPlace
from gui.pages.frame import Page
from gui.screens import SCREENS, Screen
from gui.sheets.sheet import Sheet
from storage.backup import BackupInfo
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened

Wait = Callable[..., Any]
CONTROLS = (QAbstractButton, QLineEdit, QTextEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)
COMPOUND = (QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView, QTextEdit)
"""What Qt itself puts into these belongs to them."""
ROWS = "First Name,Company,Profile URL\nAnn,Acme,linkedin.com/in/ann\nBo,,linkedin.com/in/bo\nCy,Cato,nowhere\n"


def every_sheet() -> list[type[Sheet]]:
    """Return the sheets of every file in sheets/: a new one joins by being there."""
    modules = [import_module(f"{sheets.__name__}.{found.name}") for found in iter_modules(sheets.__path__)]
    classes = {x for module in modules for x in vars(module).values() if isinstance(x, type) and issubclass(x, Sheet)}
    return sorted(classes - {Sheet}, key=lambda x: x.__name__)


def asked_of(sheet: type[Sheet], samples: dict[str, Any]) -> list[Any]:
    """Return what a sheet is made with; one that asks for more than there is a sample of has to bring it."""
    wanted = [p for p in signature(sheet).parameters.values() if p.default is p.empty]
    missing = [p.name for p in wanted if p.name not in samples]
    assert not missing, f"add a sample of {missing} for {sheet.__name__}"
    return [samples[p.name] for p in wanted]


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


@pytest.fixture
def samples(filled: Opened, tmp_path: Path, wait_for: Wait) -> dict[str, Any]:
    """What sheets are made with, by the name under which they ask for it."""
    whose: dict[str, Any] = {"lineage": "", "machine_id": "", "send_seq": 0}
    backup = BackupInfo(path=tmp_path / "backup.db", data="", taken_at=FIRST_MORNING, leads=3, campaigns=1, **whose)
    return {
        "session": filled.desk.session,
        "parent": filled.window,
        "campaign": CAMPAIGN,
        "campaigns": [(1, CAMPAIGN, "draft")],
        "campaign_id": 1,
        "sequence": wait_for(filled.engine.services.drafts.open(1)).sequence,
        "steps": [StepChoice(key="invite", words="Invitation", is_next=True)],
        "name": "Practice account",
        "who": "Ann",
        "pair": [(1, "Ann Lee", "Acme"), (2, "Ann M. Lee", "Bolt")],
        "count": 2,
        "company": "Acme",
        "domain": "acme.com",
        "today": FIRST_MORNING.date(),
        "look": RestoreLook(info=backup, sends_since=2),
        "copy": lambda _: (),
    }


@pytest.mark.parametrize("sheet", every_sheet(), ids=lambda sheet: sheet.__name__)
def test_every_control_of_a_sheet_has_a_name_and_is_reached(
    qtbot: QtBot, filled: Opened, samples: dict[str, Any], sheet: type[Sheet]
) -> None:
    made = sheet(*asked_of(sheet, samples))
    made.show()
    qtbot.waitUntil(lambda: not filled.desk.commands._tasks, timeout=DEADLINE_MS)
    assert_reached(made, at_least=2)
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("sheet", every_sheet(), ids=lambda sheet: sheet.__name__)
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape], ids=["enter", "escape"])
def test_neither_enter_nor_escape_carries_anything_out_as_a_sheet_opens(
    qtbot: QtBot, filled: Opened, samples: dict[str, Any], sheet: type[Sheet], key: Qt.Key
) -> None:
    made = sheet(*asked_of(sheet, samples))
    done: list[object] = []
    made.accepted.connect(lambda: done.append(made))
    if hasattr(made, "confirmed"):
        made.confirmed.connect(lambda *_: done.append(made))
    made.show()
    qtbot.waitUntil(lambda: not filled.desk.commands._tasks, timeout=DEADLINE_MS)
    made.activateWindow()
    qtbot.waitUntil(lambda: made.focusWidget() is not None, timeout=DEADLINE_MS)
    qtbot.keyClick(made.focusWidget(), key)
    qtbot.waitUntil(lambda: not filled.desk.commands._tasks, timeout=DEADLINE_MS)
    assert not done
    assert key != Qt.Key.Key_Escape or not made.isVisible()
    made.close()
    made.deleteLater()


def test_enter_presses_the_button_that_has_the_focus_and_no_other(qtbot: QtBot, filled: Opened) -> None:
    filled.desk.show("campaigns")
    page: Any = filled.desk.pages["campaigns"]
    qtbot.waitUntil(lambda: bool(page.rows) and page.rows[0].isVisible(), timeout=DEADLINE_MS)
    start = page.rows[0].start
    wished: list[str] = []
    page.rows[0].start_requested.disconnect()
    page.rows[0].start_requested.connect(wished.append)
    qtbot.keyClick(start, Qt.Key.Key_Return)
    assert wished == [CAMPAIGN] and filled.window.shown_screen == "campaigns"
    qtbot.keyClick(filled.window.side_bar._items["settings"], Qt.Key.Key_Return)
    assert filled.window.shown_screen == "settings"


def test_what_was_just_done_is_taken_back_by_the_keyboard_alone(qtbot: QtBot, filled: Opened) -> None:
    toast, taken_back = filled.window.toast, []
    for undo in (lambda: taken_back.append(1), None):
        toast.tell("One person was excluded.", undo=undo)
        for _ in range(2):  # the second time there is nothing any more
            qtbot.keyClick(filled.window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert taken_back == [1]
    toast.tell("Another was.", undo=lambda: taken_back.append(2))
    toast.undo.setFocus()
    toast._on_time()
    assert toast.isVisible()
    toast.undo.clearFocus()
    toast._on_time()
    assert not toast.isVisible()


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
