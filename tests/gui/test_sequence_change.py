"""A started campaign's sequence is changed in the editor: asked once for whom, saved as a version, taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.domain.sequence_change import Effect
from gui.pages.campaign_sequence import SequenceTab
from gui.pages.campaign_tabs import CampaignPlace
from gui.sheets.change_sheet import effect_words
from tests.gui.conftest import DEADLINE_MS, Opened
from tests.gui.test_campaign_editor import ROWS, keys, open_tab, stored, write

Wait = Callable[..., Any]
MOUSE, KEY, ALT = Qt.MouseButton.LeftButton, Qt.Key, Qt.KeyboardModifier.AltModifier
MESSAGES = ["message_1", "message_2", "message_3"]


@pytest.fixture
def tab(qtbot: QtBot, opened: Opened, wait_for: Wait, tmp_path: Path) -> Any:
    """The Sequence tab of a started campaign with three people in it, the first of them connected."""
    services = opened.engine.services
    wait_for(services.accounts.add("practice", "practice"))
    made = wait_for(services.drafts.create("Agencies", "invite-then-three-messages"))
    lines = (f"{row.rpartition(',')[0]},https://linkedin.com/in/{row.rpartition(',')[2]}" for row in ROWS)
    path = tmp_path / "leads.csv"
    path.write_text("First Name,Last Name,Company,Role,Profile URL\n" + "\n".join(lines) + "\n", encoding="utf-8")
    wait_for(services.leads.import_file(path, "Agencies"))
    wait_for(services.campaigns.start("Agencies"))
    ctx = opened.engine._engine.ctx
    wait_for(ctx.db.write(lambda u: _connect(u, ctx.clock.now())))
    opened.desk.show("campaign", made)
    page = opened.desk.pages["campaign"]
    qtbot.waitUntil(lambda: page.opened is not None and page.opened.campaign_id == made, timeout=DEADLINE_MS)
    page.show_tab("sequence")
    found = open_tab(qtbot, opened, made)
    qtbot.waitUntil(found.notice.isVisible, timeout=DEADLINE_MS)
    return found


def _connect(uow: Any, now: Any) -> None:
    from engine.services.sending import people

    people.connected(uow, account_id=1, lead_id=1, at=now, now=now, was_connected=False)


def save_sheet(qtbot: QtBot, tab: Any) -> Any:
    qtbot.mouseClick(tab.notice.save, MOUSE)
    qtbot.waitUntil(lambda: tab.sheet is not None and tab.sheet.save.isEnabled(), timeout=DEADLINE_MS)
    return tab.sheet


def told(qtbot: QtBot, opened: Opened, words: str) -> None:
    qtbot.waitUntil(lambda: opened.window.toast.words == words, timeout=DEADLINE_MS)


def test_a_change_is_looked_at_saved_for_all_and_taken_back(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    assert tab.editor.field.isReadOnly() and not tab.notice.save.isVisible()
    qtbot.mouseClick(tab.notice.change, MOUSE)
    assert not tab.editor.field.isReadOnly() and not tab.notice.save.isEnabled()
    qtbot.mouseClick(tab.list.card_of("message_1"), MOUSE)
    write(qtbot, tab, "Quite new words")
    assert stored(opened, wait_for).step("message_1").texts[0].text != "Quite new words"
    sheet = save_sheet(qtbot, tab)
    assert [line.text() for line in sheet.lines] == [
        "For 1 person, what comes next is different (Ann Lee).",
        "For 2 people, a later step is different (Ray, نور 你好).",
    ]
    assert sheet.for_all.isChecked() and sheet.focusWidget() is sheet.for_all
    qtbot.keyClick(sheet.save, KEY.Key_Space)
    told(qtbot, opened, "Saved as version 2: it is used for 3 people in it and new leads.")
    assert stored(opened, wait_for).step("message_1").texts[0].text == "Quite new words"
    qtbot.waitUntil(lambda: tab.editor.field.isReadOnly() and tab.draft.text == "Quite new words", timeout=DEADLINE_MS)
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    told(qtbot, opened, "It was taken back.")
    qtbot.waitUntil(lambda: tab.draft.text != "Quite new words", timeout=DEADLINE_MS)


def test_for_new_leads_only_moves_nobody(qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait) -> None:
    qtbot.mouseClick(tab.notice.change, MOUSE)
    qtbot.keyClick(tab.list.card_of("message_3"), KEY.Key_Delete)
    assert keys(tab) == ["invite", *MESSAGES[:2]]
    sheet = save_sheet(qtbot, tab)
    sheet.for_new.setChecked(True)
    qtbot.mouseClick(sheet.save, MOUSE)
    told(qtbot, opened, "Saved as version 2: it is used for new leads.")
    assert [s.key for s in stored(opened, wait_for).steps] == ["invite", *MESSAGES[:2]]


def test_a_step_that_is_added_after_one_was_removed_is_another_one(qtbot: QtBot, tab: Any) -> None:
    qtbot.mouseClick(tab.notice.change, MOUSE)
    qtbot.keyClick(tab.list.card_of("message_3"), KEY.Key_Delete)
    tab._add("message")
    assert keys(tab) == ["invite", *MESSAGES[:2], "message_4"]


def test_changes_wait_while_another_campaign_is_shown_and_are_discarded_with_undo(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    other = wait_for(opened.engine.services.drafts.create("Other", "invite-only"))
    qtbot.mouseClick(tab.notice.change, MOUSE)
    qtbot.keyClick(tab.list.card_of("message_1"), KEY.Key_Down, ALT)
    moved = ["invite", "message_2", "message_1", "message_3"]
    open_tab(qtbot, opened, other)
    assert not tab.notice.isVisible()
    opened.desk.show("campaign", CampaignPlace(campaign_id=1, tab="sequence"))
    qtbot.waitUntil(lambda: keys(tab) == moved and tab.notice.save.isEnabled(), timeout=DEADLINE_MS)
    qtbot.mouseClick(tab.notice.discard, MOUSE)
    assert keys(tab) == ["invite", *MESSAGES] and tab.notice.change.isVisible()
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    assert keys(tab) == moved
    assert [s.key for s in stored(opened, wait_for).steps] == ["invite", *MESSAGES]


@pytest.mark.parametrize(
    ("effect", "count", "names", "words"),
    [
        (Effect.PAST, 1, [], "1 person is past what was changed."),
        (Effect.PAST, 5, [], "5 people are past what was changed."),
        (
            Effect.NEXT_REMOVED,
            5,
            ["A", "B", "C"],
            "For 5 people, the step that comes next is gone (A, B, C and 2 more).",
        ),
    ],
)
def test_effects_in_words(effect: Effect, count: int, names: list[str], words: str) -> None:
    assert effect_words(effect, count, names) == words


def test_a_change_that_was_left_unsaved_is_there_after_the_next_start(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    qtbot.mouseClick(tab.notice.change, MOUSE)
    qtbot.mouseClick(tab.list.card_of("message_1"), MOUSE)
    write(qtbot, tab, "Half a thou")
    qtbot.keyClick(tab.list.card_of("message_3"), KEY.Key_Delete)
    wait_for(tab.leave())
    left = wait_for(opened.engine.services.drafts.open(1)).unsaved
    assert left is not None and left.step("message_1").texts[0].text == "Half a thou"
    again = SequenceTab(opened.desk.session)
    qtbot.addWidget(again)
    again.show_campaign(wait_for(opened.engine.services.drafts.open(1)))
    again.show_place(CampaignPlace(campaign_id=1, step="message_1"))
    assert again.draft.text == "Half a thou" and again.notice.save.isEnabled()
    again._add("message")
    assert keys(again) == ["invite", *MESSAGES[:2], "message_4"]
    qtbot.mouseClick(again.notice.discard, MOUSE)
    qtbot.waitUntil(lambda: again.autosave.is_clean, timeout=DEADLINE_MS)
    wait_for(again.leave())
    assert wait_for(opened.engine.services.drafts.open(1)).unsaved is None


def test_what_was_saved_as_a_version_is_not_left_unsaved(
    qtbot: QtBot, opened: Opened, tab: Any, wait_for: Wait
) -> None:
    qtbot.mouseClick(tab.notice.change, MOUSE)
    qtbot.keyClick(tab.list.card_of("message_3"), KEY.Key_Delete)
    qtbot.mouseClick(save_sheet(qtbot, tab).save, MOUSE)
    told(qtbot, opened, "Saved as version 2: it is used for 3 people in it and new leads.")
    wait_for(tab.leave())
    assert wait_for(opened.engine.services.drafts.open(1)).unsaved is None
