"""The table of leads over any number of rows: pages on demand, places kept, quick with a million."""

from __future__ import annotations

import time
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from engine.services.lead_pages import LeadLine
from gui import formatting as say
from gui.models.lead_table import COLUMNS, PAGE_ROWS, PAGES_KEPT, LeadTableModel
from gui.widgets.lead_view import LeadView

NOW = datetime(2026, 1, 6, 13, 20, tzinfo=UTC)
MILLION = 1_000_000


def line(key: int, name: str = "") -> LeadLine:
    return LeadLine(
        key=key,
        lead_id=key + 10,
        name=name or f"Lead {key}",
        company="Acme",
        title="CEO",
        campaign="A",
        stage="pending_invite",
        next_action="invite",
        next_at=datetime(2026, 1, 7, 9, tzinfo=UTC),
        why="it is next in line",
    )


class Source:
    """Brings rows as the page would."""

    def __init__(self, model: LeadTableModel) -> None:
        self.model, self.asked, self.suffix = model, [], ""
        model.source = self  # a connection alone doesn't keep its receiver alive
        model.rows_wanted.connect(self.bring)

    def bring(self, first: int, number: int) -> None:
        self.asked.append(first)
        keys = self.model.keys[first : first + number]
        self.model.put_lines(first, {k: line(k, f"Lead {k}{self.suffix}") for k in keys}, keys, NOW)


@pytest.fixture
def model(qtbot: QtBot) -> LeadTableModel:
    say.set_time_zone("Europe/Paris")
    made = LeadTableModel()
    made.tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    return made


def keys(numbers: Sequence[int]) -> array[int]:
    return array("q", numbers)


def text(model: LeadTableModel, row: int, column: int = 0) -> str:
    return str(model.data(model.index(row, column)))


def test_missing_rows_are_asked_for_once_and_then_shown(qtbot: QtBot, model: LeadTableModel) -> None:
    source = Source(model)
    model.set_keys(keys(range(1, 1001)))
    assert text(model, 500) == "…"
    text(model, 501)
    qtbot.waitUntil(lambda: source.asked != [])
    assert text(model, 500) == "Lead 501"
    assert 400 in source.asked
    assert len(source.asked) == len(set(source.asked))
    assert [text(model, 500, c) for c in range(2, len(COLUMNS))] == [
        "Pending", "A", "Invitation tomorrow 10:00", "it is next in line",
    ]  # fmt: skip


def test_appended_rows_keep_what_is_there(qtbot: QtBot, model: LeadTableModel) -> None:
    model.set_keys(keys(range(1, 11)))
    Source(model)
    text(model, 0)
    qtbot.waitUntil(lambda: text(model, 0) == "Lead 1")
    assert model.set_keys(keys(range(1, 21))) is False
    assert model.rowCount() == 20


def test_changed_rows_show_the_old_text_until_the_new_is_there(qtbot: QtBot, model: LeadTableModel) -> None:
    source = Source(model)
    model.set_keys(keys(range(1, 11)))
    text(model, 0)
    qtbot.waitUntil(lambda: text(model, 0) == "Lead 1")
    source.suffix = " changed"
    model.mark_stale([3])
    assert text(model, 2) == "Lead 3"
    qtbot.waitUntil(lambda: text(model, 2) == "Lead 3 changed")


def test_rows_of_an_order_that_is_gone_are_not_taken(model: LeadTableModel) -> None:
    model.set_keys(keys([1, 2, 3]))
    model.set_keys(keys([3, 2, 1]))
    model.put_lines(0, {k: line(k) for k in (1, 2, 3)}, [1, 2, 3], NOW)
    assert text(model, 0) == "…"


def test_only_the_last_pages_are_kept(qtbot: QtBot) -> None:
    model = LeadTableModel()
    source = Source(model)
    model.set_keys(keys(range(1, PAGE_ROWS * (PAGES_KEPT + 10) + 1)))
    for page in range(PAGES_KEPT + 10):
        text(model, page * PAGE_ROWS)
        qtbot.waitUntil(lambda page=page: page * PAGE_ROWS in source.asked)
    assert len(model._pages) <= PAGES_KEPT
    assert len(model._lead_ids) <= PAGES_KEPT * PAGE_ROWS


def test_leads_in_no_campaign_have_a_lead_too(model: LeadTableModel) -> None:
    model.set_keys(keys([-7]))
    assert model.lead_id(0) == 7


def test_million_rows_open_scroll_and_select_quickly(qtbot: QtBot) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    begun = time.perf_counter()
    view.keep_place(lambda: model.set_keys(keys(range(1, MILLION + 1))), to_top=True)
    qtbot.wait(1)
    opened_s = time.perf_counter() - begun
    begun = time.perf_counter()
    view.selectAll()
    qtbot.wait(1)
    selected_s = time.perf_counter() - begun
    begun = time.perf_counter()
    for row in range(0, MILLION, MILLION // 20):
        view.verticalScrollBar().setValue(row)
        qtbot.wait(1)
    scrolled_s = (time.perf_counter() - begun) / 20
    assert opened_s < 1.0
    assert selected_s < 1.0
    assert scrolled_s < 0.15


def test_place_and_choice_are_kept_when_the_order_changes(qtbot: QtBot) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model)
    qtbot.addWidget(view)
    view.resize(1000, 400)
    view.show()
    view.keep_place(lambda: model.set_keys(keys(range(1, 1001))), to_top=True)
    view.executeDelayedItemsLayout()
    view.verticalScrollBar().setValue(500)
    view.selectRow(505)
    chosen: list[int] = []
    view.lead_chosen.connect(chosen.append)
    view.keep_place(lambda: model.set_keys(keys([0, *range(1, 1001)])), to_top=False)
    assert view.currentIndex().row() == 506
    assert view.rowAt(0) == 501
    assert chosen == []


def test_chosen_row_tells_its_lead(qtbot: QtBot) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    view.keep_place(lambda: model.set_keys(keys(range(1, 101))), to_top=True)
    qtbot.waitUntil(lambda: text(model, 0) == "Lead 1")
    with qtbot.waitSignal(view.lead_chosen) as told:
        view.selectRow(3)
    assert told.args == [14]


def click_row(qtbot: QtBot, view: LeadView, row: int) -> None:
    place = view.visualRect(view.model().index(row, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


@pytest.mark.parametrize("chooses_on_walk", [True, False])
def test_a_click_or_enter_tells_the_lead_of_a_marked_row_too(qtbot: QtBot, chooses_on_walk: bool) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model, chooses_on_walk=chooses_on_walk)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    view.keep_place(lambda: model.set_keys(keys(range(1, 101))), to_top=True)
    qtbot.waitUntil(lambda: text(model, 0) == "Lead 1")
    told: list[int] = []
    view.lead_chosen.connect(told.append)
    click_row(qtbot, view, 3)
    assert set(told) == {14}
    told.clear()
    click_row(qtbot, view, 3)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told == [14, 14]
    told.clear()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert told == ([15] if chooses_on_walk else [])
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert told[-1:] == [15]


def test_the_second_half_of_a_double_click_tells_nothing(qtbot: QtBot) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model)
    qtbot.addWidget(view)
    view.resize(900, 400)
    view.show()
    view.keep_place(lambda: model.set_keys(keys(range(1, 101))), to_top=True)
    qtbot.waitUntil(lambda: text(model, 0) == "Lead 1")
    told: list[int] = []
    click_row(qtbot, view, 3)
    view.lead_chosen.connect(told.append)
    for row in (3, 5):
        place = view.visualRect(model.index(row, 0)).center()
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told == [] and view.currentIndex().row() == 3
    click_row(qtbot, view, 5)
    assert set(told) == {16}


def test_narrow_table_makes_room(qtbot: QtBot) -> None:
    view = LeadView(LeadTableModel())
    qtbot.addWidget(view)
    view.resize(700, 300)
    view.show()
    assert view.isColumnHidden(3)
    view.resize(1200, 300)
    qtbot.waitUntil(lambda: not view.isColumnHidden(3))
    assert view.horizontalScrollBar().maximum() == 0
    assert view.horizontalHeader().defaultAlignment() & Qt.AlignmentFlag.AlignLeft


def test_a_page_that_came_in_part_is_shown_and_still_asked_for(qtbot: QtBot, model: LeadTableModel) -> None:
    model.set_keys(keys(range(1, 51)))
    model.put_lines(0, {1: line(1)}, model.keys, NOW, is_part=True)
    source = Source(model)
    assert (text(model, 0), text(model, 1)) == ("Lead 1", "…")
    qtbot.waitUntil(lambda: text(model, 1) == "Lead 2")
    assert source.asked == [0]


def test_many_rows_are_chosen_by_their_ranges(qtbot: QtBot) -> None:
    model = LeadTableModel()
    Source(model)
    view = LeadView(model)
    qtbot.addWidget(view)
    view.keep_place(lambda: model.set_keys(keys(range(1, MILLION + 1))), to_top=True)
    view.selectAll()
    assert (view.chosen_count(), len(view.chosen_keys())) == (MILLION, MILLION)
    with qtbot.waitSignal(view.choice_changed) as told:
        view.clearSelection()
    assert told.args == [0]


def test_a_page_that_was_read_before_the_list_grew_is_read_again(qtbot: QtBot, model: LeadTableModel) -> None:
    asked: list[tuple[int, int]] = []
    model.rows_wanted.connect(lambda first, count: asked.append((first, count)))
    model.set_keys(keys([1]))
    text(model, 0)
    qtbot.waitUntil(lambda: asked == [(0, 1)])
    model.set_keys(keys([1, 2, 3]))
    model.put_lines(0, {1: line(1)}, [1], NOW)
    text(model, 1)
    qtbot.waitUntil(lambda: asked == [(0, 1), (0, 3)])
