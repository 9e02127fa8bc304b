"""The import page in the whole window: a list is mended in place, imported, undone and done again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from sqlalchemy import text

from engine.domain.csv_verdicts import Happens
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened

Wait = Callable[..., Any]
HEADER = "First Name,Last Name,Profile URL,Role sought"
ROWS = (
    "Ana,Pérez,linkedin.com/in/ana,sales",
    "Bruno,Eriksson,linkedin.com/company/eriksson,engineer",
    "Ana,P,fr.linkedin.com/in/Ana?x=y,chief",
    "Goran,Ünal,,engineer",
)
NAUGHTY = (
    "<b>bold</b>", "<img src=x onerror=alert(1)>", "&amp;&lt;", "{{ secret }}", "=1+1", "\u202egnp.exe", "Ω≈ç√∫˜µ≤≥÷",
    "社會科學院語學研究所", "الكل في المجمو عة", "👩‍👩‍👧‍👧🏳️‍🌈", "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "ﷺ", "&File", "%s%n",
)  # fmt: skip


@pytest.fixture
def page(prepared: Opened) -> Any:
    made = prepared.desk.pages["import"]
    made.tester = QAbstractItemModelTester(made.model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return made


@pytest.fixture
def count(prepared: Opened, wait_for: Wait) -> Callable[[str], int]:
    db = prepared.engine.services.imports._ctx.db
    return lambda query: wait_for(db.read(lambda c: c.execute(text(query)).scalar_one()))


def write(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def look_at(qtbot: QtBot, opened: Opened, path: Path) -> None:
    opened.desk.offer_files([path])
    settle(qtbot, opened)


def settle(qtbot: QtBot, opened: Opened) -> None:
    page = opened.desk.pages["import"]
    qtbot.waitUntil(lambda: not page.waiting.isVisible() and page.head.title.text() != "Import", timeout=DEADLINE_MS)
    if page.list is not None and page.list.rows:
        qtbot.waitUntil(lambda: page.model.row_at(0) is not None, timeout=DEADLINE_MS)


def what_happens(page: Any) -> list[str]:
    model = page.model
    return [model.index(row, model.verdict_column).data() for row in range(model.rowCount())]


def press(qtbot: QtBot, button: Any) -> None:
    qtbot.waitUntil(button.isEnabled, timeout=DEADLINE_MS)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into_cell(qtbot: QtBot, page: Any, words: str) -> None:
    editor = page.view.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    qtbot.keyClicks(editor, words)
    qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_mended_imported_undone_and_done_again_by_mouse(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, count: Callable[[str], int]
) -> None:
    look_at(qtbot, prepared, write(tmp_path, *ROWS))
    assert prepared.window.shown_screen == "import"
    assert what_happens(page) == [
        "new",
        "a company’s address",
        "the same person as in row 2",
        "no LinkedIn address",
    ]
    assert page.head.go.text() == "Import 1 into the draft"
    assert count("SELECT count(*) FROM lead") == 0
    cell = page.view.visualRect(page.model.index(3, 2)).center()
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    qtbot.mouseDClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    type_into_cell(qtbot, page, "linkedin.com/in/goran")
    qtbot.waitUntil(lambda: what_happens(page)[3] == "new", timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 2 into the draft", timeout=DEADLINE_MS)
    press(qtbot, page.head.go)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "campaign", timeout=DEADLINE_MS)
    assert prepared.window.toast.words.startswith(f"Imported 2 new, 1 known already into “{CAMPAIGN}”. 1 row to fix")
    assert count("SELECT count(*) FROM enrolment") == 2
    press(qtbot, prepared.window.toast.undo)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "import", timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: "2 leads removed" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert count("SELECT count(*) FROM lead") == count("SELECT count(*) FROM import_problem") == 0
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 2 into the draft", timeout=DEADLINE_MS)
    press(qtbot, page.head.go)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "campaign", timeout=DEADLINE_MS)
    assert count("SELECT count(*) FROM enrolment") == 2
    assert count("SELECT count(*) FROM import_problem") == 1


def test_mended_and_imported_by_keyboard(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, count: Callable[[str], int]
) -> None:
    look_at(qtbot, prepared, write(tmp_path, *ROWS))
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(0, 2))
    for _ in range(3):
        qtbot.keyClick(page.view, Qt.Key.Key_Down)
    qtbot.keyClick(page.view, Qt.Key.Key_F2)
    type_into_cell(qtbot, page, "linkedin.com/in/goran")
    qtbot.waitUntil(lambda: what_happens(page)[3] == "new", timeout=DEADLINE_MS)
    page.view.setCurrentIndex(page.model.index(1, 2))
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    type_into_cell(qtbot, page, "linkedin.com/in/bruno")
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 3 into the draft", timeout=DEADLINE_MS)
    qtbot.waitUntil(page.head.go.isEnabled, timeout=DEADLINE_MS)
    qtbot.keyClick(page.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "campaign", timeout=DEADLINE_MS)
    assert count("SELECT count(*) FROM lead") == 3
    prepared.window.toast.undo.setFocus()
    qtbot.keyClick(prepared.window.toast.undo, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "3 leads removed" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert count("SELECT count(*) FROM lead") == 0
    qtbot.waitUntil(page.head.cancel.isEnabled, timeout=DEADLINE_MS)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert prepared.window.shown_screen == "leads"
    assert page.list is None


def test_chips_show_only_their_rows(qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path) -> None:
    look_at(qtbot, prepared, write(tmp_path, *ROWS))
    assert [b.text() for b in page.counts.buttons.values()] == [
        "4 rows",
        "1 new",
        "1 the same person twice",
        "2 to fix",
    ]
    press(qtbot, page.counts.buttons[Happens.TO_FIX])
    qtbot.waitUntil(lambda: page.model.rowCount() == 2, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: page.model.row_at(1) is not None, timeout=DEADLINE_MS)
    what_happens(page)
    assert what_happens(page) == ["a company’s address", "no LinkedIn address"]
    press(qtbot, page.counts.buttons[None])
    assert page.model.rowCount() == 4


def test_another_meaning_of_a_column_judges_every_row(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path
) -> None:
    look_at(qtbot, prepared, write(tmp_path, "Ana,ana-p", "Bo,bo-b", header="First Name,Handle"))
    assert page.counts.buttons[Happens.TO_FIX].text() == "2 to fix"
    assert not page.head.go.isEnabled()
    menu = page.meanings(1)
    next(a for a in menu.actions() if a.text() == "LinkedIn address").trigger()
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 2 into the draft", timeout=DEADLINE_MS)
    assert page.model.heads[1].meaning == "LinkedIn address"


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_files_with_semicolons_in_any_encoding(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, encoding: str
) -> None:
    path = write(tmp_path, "Jürgen;linkedin.com/in/juergen", header="Vorname;Profil", encoding=encoding)
    look_at(qtbot, prepared, path)
    assert "semicolons · header in row 1" in page.counts.format.text()
    assert page.model.index(0, 0).data() == "Jürgen"
    menu = page.counts.menu()
    next(a for a in menu.actions() if a.text() == "commas").trigger()
    qtbot.waitUntil(lambda: page.model.columnCount() == 2, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: "commas" in page.counts.format.text(), timeout=DEADLINE_MS)


def test_many_rows_are_judged_and_read_lazily(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, count: Callable[[str], int]
) -> None:
    rows = 20_000
    look_at(qtbot, prepared, write(tmp_path, *(f"A{n},B,linkedin.com/in/a{n},x" for n in range(rows))))
    assert page.head.go.text() == "Import 20,000 into the draft"
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: page.model.index(rows - 1, 0).data() == f"A{rows - 1}", timeout=DEADLINE_MS)
    assert len(page.model._pages) <= 12
    press(qtbot, page.head.go)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "campaign", timeout=2 * DEADLINE_MS)
    assert count("SELECT count(*) FROM lead") == rows


def test_an_import_that_is_stopped_imports_nothing(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, count: Callable[[str], int]
) -> None:
    look_at(qtbot, prepared, write(tmp_path, *(f"A{n},B,linkedin.com/in/a{n},x" for n in range(9000))))
    page.apply()
    assert page.head.cancel.text() == "Stop"
    press(qtbot, page.head.cancel)
    qtbot.waitUntil(lambda: prepared.window.toast.words.endswith("Nothing was imported."), timeout=DEADLINE_MS)
    assert prepared.window.shown_screen == "import"
    assert count("SELECT count(*) FROM lead") == 0


def test_pasted_addresses_and_kept_rows(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path, count: Callable[[str], int]
) -> None:
    prepared.window.show_screen("leads")
    QGuiApplication.clipboard().setText("linkedin.com/in/ana\nnot an address\n")
    prepared.desk.pages["leads"].setFocus()
    qtbot.keyClick(prepared.window, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "import", timeout=DEADLINE_MS)
    settle(qtbot, prepared)
    assert page.head.title.text() == "Import Pasted rows"
    press(qtbot, page.without)
    qtbot.waitUntil(lambda: page.head.go.text() == "Import 1" and page.head.go.isEnabled(), timeout=DEADLINE_MS)
    press(qtbot, page.head.go)
    qtbot.waitUntil(lambda: prepared.window.shown_screen == "leads", timeout=DEADLINE_MS)
    prepared.desk.choose_file()
    menu_of = lambda: prepared.desk.importing.menu  # noqa: E731
    qtbot.waitUntil(lambda: menu_of() is not None, timeout=DEADLINE_MS)
    kept = next(a for a in menu_of().actions() if a.text() == "1 row to fix of Pasted rows")
    menu_of().close()
    kept.trigger()
    qtbot.waitUntil(lambda: page.head.title.text() == "Rows to fix of Pasted rows", timeout=DEADLINE_MS)
    settle(qtbot, prepared)
    assert what_happens(page) == ["not a LinkedIn address"]
    press(qtbot, page.drop)
    qtbot.waitUntil(lambda: "left out for good" in prepared.window.toast.words, timeout=DEADLINE_MS)
    assert count("SELECT count(*) FROM import_problem") == 0


def test_text_that_is_no_list_is_not_taken(qtbot: QtBot, prepared: Opened) -> None:
    prepared.window.show_screen("leads")
    QGuiApplication.clipboard().setText("see you tomorrow")
    prepared.desk.importing.paste()
    assert "no leads to paste" in prepared.window.toast.words
    assert prepared.window.shown_screen == "leads"


def test_pasting_into_a_field_stays_there(qtbot: QtBot, prepared: Opened) -> None:
    prepared.window.show_screen("leads")
    prepared.window.activateWindow()
    search = prepared.desk.pages["leads"].search
    search.setFocus()
    QGuiApplication.clipboard().setText("linkedin.com/in/ana")
    qtbot.keyClick(search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert search.text() == "linkedin.com/in/ana"
    assert prepared.window.shown_screen == "leads"


def test_naughty_strings_are_shown_as_they_are(qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path) -> None:
    rows = [f'"{words.replace(chr(34), chr(34) * 2)}",x,linkedin.com/in/n{n},y' for n, words in enumerate(NAUGHTY)]
    look_at(qtbot, prepared, write(tmp_path, *rows, name="<b>list<b> &x.csv"))
    assert page.head.title.text() == "Import <b>list<b> &x.csv"
    assert page.head.title.textFormat() is Qt.TextFormat.PlainText
    model = page.model
    assert [model.index(row, 0).data(Qt.ItemDataRole.EditRole) for row in range(len(NAUGHTY))] == list(NAUGHTY)
    tip = model.index(1, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert tip is None
    prepared.window.grab()


def test_a_second_file_waits_for_the_first(qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path) -> None:
    first, second = (write(tmp_path, ROWS[0], name=f"{name}.csv") for name in ("one", "two"))
    prepared.desk.offer_files([first, second])
    settle(qtbot, prepared)
    assert page.head.title.text() == "Import one.csv"
    press(qtbot, page.head.cancel)
    qtbot.waitUntil(lambda: page.head.title.text() == "Import two.csv", timeout=DEADLINE_MS)
    settle(qtbot, prepared)
    press(qtbot, page.head.cancel)
    assert page.list is None


def test_alt_down_opens_the_choice_of_the_column(qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path) -> None:
    look_at(qtbot, prepared, write(tmp_path, *ROWS))
    page.view.setCurrentIndex(page.model.index(0, 3))
    asked: list[int] = []
    page.view.head.choice_requested.connect(lambda place, _at: asked.append(place))
    qtbot.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert asked == [3]
    popup = QApplication.activePopupWidget()
    assert popup is not None
    popup.close()
    header = page.view.head
    at = QPoint(header.sectionViewportPosition(0) + 20, 20)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert asked == [3, 0]
    QApplication.activePopupWidget().close()


def test_a_file_dropped_before_every_screen_is_there_is_not_lost(
    qtbot: QtBot, prepared: Opened, page: Any, tmp_path: Path
) -> None:
    desk = prepared.desk
    made, desk.importing = desk.importing, None
    desk.offer_files([write(tmp_path, ROWS[0])])
    assert page.list is None
    desk._open_next()
    settle(qtbot, prepared)
    assert page.head.title.text() == "Import list.csv"
    assert made is not None
