"""The board's widget: columns, cards of any number, keyboard, what a screen reader hears, what is only text."""

from __future__ import annotations

import time
from array import array
from collections.abc import Mapping

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import theme
from gui.state.board_columns import STAGES
from gui.state.card_words import Card
from gui.widgets.board.board import BESIDE_COLUMNS, Board
from gui.widgets.board.card_list import CardList
from gui.widgets.board.card_paint import Fonts

NAUGHTY = '<b>Bold</b> <img src="file:///etc/passwd"> & {{ first_name }} ﷽ ᚛ᚄᚓᚐᚋ 🏳️‍🌈 ' + "x" * 300


class Source:
    """Brings cards as the page would."""

    def __init__(self, board: Board, name: str = "") -> None:
        self.board, self.name, self.asked = board, name, []
        board.source = self
        board.cards_wanted.connect(self.bring)

    def bring(self, column: str, first: int, number: int) -> None:
        self.asked.append((column, first, number))
        cards = self.board.columns[column].list
        keys = cards.cards.keys[first : first + number]
        cards.put_cards(first, {key: card(key, self.name) for key in keys}, keys)


def card(key: int, name: str = "") -> Card:
    return Card(
        lead_id=key + 1000,
        name=name or f"Lead {key}",
        about=name or "Founder, Acme",
        next=name or "in turn",
        tone="muted",
    )


def stages(**numbers: int) -> Mapping[str, array[int]]:
    found, start = {}, 1
    for stage in STAGES:
        number = numbers.get(stage, 0)
        found[stage] = array("q", range(start, start + number))
        start += number
    return found


@pytest.fixture
def board(qapp: QApplication, qtbot: QtBot) -> Board:
    theme.apply(qapp, theme.LIGHT)
    made = Board()
    qtbot.addWidget(made)
    Source(made)
    made.resize(1060, 620)
    made.show()
    return made


def shown(board: Board) -> list[str]:
    return [name for name, column in board.columns.items() if not column.isHidden()]


def fill(qtbot: QtBot, board: Board, **numbers: int) -> None:
    board.set_keys(stages(**numbers), is_whole=True)
    for column in board.columns.values():
        cards = column.list
        if len(cards.cards):
            qtbot.waitUntil(lambda cards=cards: cards.cards.card(0) is not None)


def test_needs_you_is_there_only_when_somebody_does(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=3)
    assert shown(board) == ["pending", "invited", "connected", "messaged", "replied", "ended"]
    fill(qtbot, board, pending_invite=3, needs_attention=1)
    assert shown(board)[0] == "needs_you"


def test_every_column_says_how_many_there_are_and_how_many_follow(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=1234, completed=40, withdrawn=2, excluded=1)
    pending, ended = board.columns["pending"], board.columns["ended"]
    assert pending.count.text() == "1,234"
    assert pending.foot.text() == f"{1234 - len(pending.list.visible()) + 1:,} more"
    assert ended.count.text() == "43"
    assert ended.foot.text().endswith("40 completed · 2 withdrawn · 1 excluded")
    pending.list.go_to(1233)
    assert pending.foot.text() == ""
    assert board.columns["invited"].list.empty_words == "Nobody"
    assert board.total() == 1277


def test_while_the_rest_is_read_no_wrong_number_is_said(qtbot: QtBot, board: Board) -> None:
    board.set_keys(stages(pending_invite=30), is_whole=False)
    assert board.columns["pending"].count.text() == "…"
    assert board.columns["invited"].list.empty_words == ""
    fill(qtbot, board, pending_invite=30)
    assert board.columns["pending"].count.text() == "30"


def test_nobody_at_all_says_why(board: Board) -> None:
    board.set_keys(stages(), is_whole=True, empty="Nobody matches.")
    assert board.columns["pending"].list.empty_words == "Nobody matches."
    board.grab()


def test_only_what_is_seen_is_read_and_everything_can_be_scrolled_to(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=100_000)
    pending = board.columns["pending"].list
    assert board.source.asked == [("pending", 0, 100)]
    pending.verticalScrollBar().setValue(pending.verticalScrollBar().maximum())
    qtbot.waitUntil(lambda: pending.cards.card(99_999) is not None)
    assert 99_999 in pending.visible()
    assert len(board.source.asked) <= 3


def test_a_click_opens_the_lead(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=3)
    pending = board.columns["pending"].list
    at = QPoint(20, pending._box(1).center().y())
    with qtbot.waitSignal(board.lead_chosen) as told:
        qtbot.mouseClick(pending.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert told.args == [1002]
    board.show_open(1002)
    board.grab()


def walk(qtbot: QtBot, board: Board, *keys: Qt.Key) -> CardList:
    for key in keys:
        qtbot.keyClick(QApplication.focusWidget(), key)
    focused = QApplication.focusWidget()
    assert isinstance(focused, CardList)
    return focused


def test_walk_by_keyboard_through_cards_and_columns(qtbot: QtBot, board: Board) -> None:
    board.activateWindow()
    fill(qtbot, board, needs_attention=1, pending_invite=500, messaged=2)
    board.focus_cards()
    key = Qt.Key
    assert walk(qtbot, board, key.Key_Right).title == "Pending"
    pending = board.columns["pending"].list
    assert walk(qtbot, board, key.Key_Down, key.Key_Down).current == 2
    assert walk(qtbot, board, key.Key_End).current == 499
    assert 499 in pending.visible()
    assert walk(qtbot, board, key.Key_PageUp).current < 499
    assert walk(qtbot, board, key.Key_Home, key.Key_Up).current == 0
    assert walk(qtbot, board, key.Key_Right).title == "Messaged"  # columns without a card are passed over
    assert walk(qtbot, board, key.Key_Right).title == "Messaged"
    with qtbot.waitSignal(board.lead_chosen):
        walk(qtbot, board, key.Key_Return)
    assert walk(qtbot, board, key.Key_Left, key.Key_Left).title == "Needs you"


def test_a_screen_reader_hears_the_card_under_the_focus(qtbot: QtBot, board: Board) -> None:
    board.activateWindow()
    fill(qtbot, board, pending_invite=3)
    board.focus_cards()
    pending = walk(qtbot, board, Qt.Key.Key_Down)
    assert pending.accessibleName() == "Pending, 3 leads. 2: Lead 2. Founder, Acme. in turn"


def test_place_and_focus_are_kept_when_the_order_changes(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=1000)
    pending = board.columns["pending"].list
    pending.go_to(500)
    qtbot.waitUntil(lambda: pending.cards.card(500) is not None)
    top = pending.cards.keys[pending.visible().start]
    pending.set_keys(array("q", [5000, *range(1, 1001)]))
    assert pending.cards.keys[pending.current] == 501
    assert pending.cards.keys[pending.visible().start] == top
    pending.set_keys(array("q", [7]))
    assert (pending.current, pending.verticalScrollBar().value()) == (0, 0)


def test_beside_an_open_lead_three_columns_are_seen_and_the_chosen_one_is_among_them(
    qtbot: QtBot, board: Board
) -> None:
    fill(qtbot, board, pending_invite=3, messaged=3)
    board.resize(640, 600)
    messaged = board.columns["messaged"]
    qtbot.mouseClick(messaged.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    board.set_beside(is_beside=True)
    qtbot.waitUntil(lambda: board.horizontalScrollBar().value() > 0)
    left = messaged.mapTo(board, QPoint(0, 0)).x()
    assert left >= 0
    assert left + messaged.width() <= board.width()
    assert messaged.width() * BESIDE_COLUMNS <= board.viewport().width()
    board.set_beside(is_beside=False)


def test_stale_cards_keep_their_text_until_they_are_read_again(qtbot: QtBot, board: Board) -> None:
    fill(qtbot, board, pending_invite=3)
    pending, source = board.columns["pending"].list, board.source
    source.name = "Changed"
    board.mark_stale(frozenset([2]))
    assert pending.cards.card(1).name == "Lead 2"
    qtbot.waitUntil(lambda: pending.cards.card(1).name == "Changed")


def test_texts_from_outside_are_drawn_as_text_on_two_lines_at_most(qtbot: QtBot, board: Board) -> None:
    board.source.name = NAUGHTY
    fill(qtbot, board, pending_invite=3)
    fonts = Fonts(board.font())
    for lines in (1, 2):
        laid = fonts.laid(NAUGHTY, 110, lines)
        assert len(laid) == lines
        assert all(fonts.of_small.horizontalAdvance(line) <= 115 for line in laid)
        assert laid[0].startswith("<b>")
    assert fonts.laid("", 110, 2) == ()
    board.grab()


@pytest.mark.parametrize("scheme", [theme.LIGHT, theme.DARK])
def test_100_000_cards_paint_quickly(qapp: QApplication, qtbot: QtBot, board: Board, scheme: theme.Tokens) -> None:
    theme.apply(qapp, scheme)
    began = time.perf_counter()
    fill(qtbot, board, pending_invite=60_000, invite_sent=20_000, messaged=20_000)
    board.grab()
    assert time.perf_counter() - began < 1.0
    theme.apply(qapp, theme.LIGHT)
