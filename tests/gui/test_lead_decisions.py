"""Decisions for one lead in the window: from its menus, through sheets, by mouse and keyboard, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.domain.step_choice import Verb
from gui.pages.leads import LeadsPage
from gui.sheets.do_not_contact_sheet import DoNotContactSheet
from gui.sheets.lead_sheets import ForgetSheet, GoOnSheet, GoToSheet, NeverSheet
from gui.widgets.lead_future_card import VERB_WORDS
from gui.widgets.lead_panel import COMING
from tests.gui.conftest import CAMPAIGN, DEADLINE_MS, Opened

Wait = Callable[..., Any]
MOUSE = Qt.MouseButton.LeftButton
ROWS = "Ann,Lee,Acme & Söhne,ann@mail.acme.com,ann\nBo,<b>Ray</b>,,,bo\n"


@pytest.fixture
def page(qtbot: QtBot, prepared: Opened, wait_for: Wait, tmp_path: Any) -> LeadsPage:
    """Two people in a started campaign, the first one's panel open."""
    path = tmp_path / "leads.csv"
    lines = (f"{row.rpartition(',')[0]},https://linkedin.com/in/{row.rpartition(',')[2]}" for row in ROWS.splitlines())
    path.write_text("First Name,Last Name,Company,Email,Profile URL\n" + "\n".join(lines) + "\n", encoding="utf-8")
    services = prepared.engine.services
    wait_for(services.leads.import_file(path, CAMPAIGN))
    wait_for(services.campaigns.start(CAMPAIGN))
    prepared.window.show_screen("leads")
    found: LeadsPage = prepared.desk.pages["leads"]
    open_lead(qtbot, found, 1)
    return found


def open_lead(qtbot: QtBot, page: LeadsPage, lead_id: int) -> None:
    page.show_lead(lead_id)
    qtbot.waitUntil(
        lambda: page.panel._shown is not None and page.panel._shown.lead_id == lead_id and bool(page.panel.futures),
        timeout=DEADLINE_MS,
    )


def learn(page: LeadsPage, wait_for: Wait, **facts: Any) -> None:
    """Let something become known of the first lead."""
    from storage.repositories import enrolments

    ctx = page._session.engine._engine.ctx  # type: ignore[attr-defined]

    def write(uow: Any) -> None:
        enrolments.set_facts(uow, 1, **facts)
        enrolments.replan(uow, 1, ctx.clock.now())

    wait_for(ctx.db.write(write))


def offers(page: LeadsPage) -> list[str]:
    return [action.text() for action in page.panel.futures[0].menu.actions()]


def wait_for_offers(qtbot: QtBot, page: LeadsPage, *verbs: Verb) -> None:
    wanted = [VERB_WORDS[verb] for verb in verbs]
    qtbot.waitUntil(lambda: bool(page.panel.futures) and offers(page) == wanted, timeout=DEADLINE_MS)


def choose(page: LeadsPage, verb: Verb) -> None:
    next(a for a in page.panel.futures[0].menu.actions() if a.text() == VERB_WORDS[verb]).trigger()


def wait_for_sheet(qtbot: QtBot, page: LeadsPage, kind: type) -> Any:
    qtbot.waitUntil(lambda: isinstance(page.beside.decisions.sheet, kind), timeout=DEADLINE_MS)
    return page.beside.decisions.sheet


def told(qtbot: QtBot, opened: Opened, words: str) -> None:
    qtbot.waitUntil(lambda: opened.window.toast.words == words, timeout=DEADLINE_MS)


def take_back(qtbot: QtBot, opened: Opened) -> None:
    qtbot.mouseClick(opened.window.toast.undo, MOUSE)
    told(qtbot, opened, "It was taken back.")


def test_the_menu_opens_by_keyboard_and_offers_what_can_be_decided(qtbot: QtBot, page: LeadsPage) -> None:
    card = page.panel.futures[0]
    assert card.more.accessibleName() == f"More for this person in {CAMPAIGN}"
    wait_for_offers(qtbot, page, Verb.GO_TO, Verb.RESTART)
    card.more.setFocus()
    qtbot.keyClick(card.more, Qt.Key.Key_Space)
    qtbot.waitUntil(card.menu.isVisible, timeout=DEADLINE_MS)
    card.menu.close()


def test_cards_stay_while_somebody_is_at_them(qtbot: QtBot, page: LeadsPage) -> None:
    wait_for_offers(qtbot, page, Verb.GO_TO, Verb.RESTART)
    panel, card, now = page.panel, page.panel.futures[0], page._session.engine.clock.now()
    same, changed = panel._shown, replace(panel._shown, campaigns=(replace(panel._shown.campaigns[0], decisions=()),))

    def shows_later(story: Any, minutes: int) -> bool:
        panel.show_story(story, now + timedelta(minutes=minutes))
        return bool(panel.futures[0] is not card)

    card.more.click()
    assert card.menu.isVisible() and not shows_later(changed, 1)
    card.menu.close()
    qtbot.mousePress(card.show_text, MOUSE)
    assert not shows_later(changed, 2)
    qtbot.mouseRelease(card.show_text, MOUSE)
    assert panel.stack.currentIndex() == COMING
    panel.show_story(same, now)
    card.more.setFocus()
    assert not shows_later(same, 3) and card.more.hasFocus()
    page.view.setFocus()
    assert shows_later(same, 3)
    card = panel.futures[0]
    card.more.setFocus()
    assert shows_later(changed, 3)


def test_a_step_is_skipped_and_gone_to_and_each_is_taken_back(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    learn(page, wait_for, connected_ms=1)
    wait_for_offers(qtbot, page, Verb.SKIP, Verb.GO_TO, Verb.RESTART)
    choose(page, Verb.SKIP)
    told(qtbot, prepared, "For Ann Lee you decided: skip “Message 1 of 2”.")
    take_back(qtbot, prepared)
    choose(page, Verb.GO_TO)
    sheet = wait_for_sheet(qtbot, page, GoToSheet)
    buttons = sheet.choices
    assert [b.isEnabled() for b in buttons.values()] == [False, True, True]
    assert buttons["invite"].accessibleDescription() == "they are connected already"
    assert buttons["message_1"].isChecked() and sheet.focusWidget() is buttons["message_1"]
    qtbot.keyClick(buttons["message_1"], Qt.Key.Key_Down)
    qtbot.mouseClick(sheet.go, MOUSE)
    told(qtbot, prepared, "For Ann Lee you decided: go on with “Message 2 of 2”.")
    qtbot.waitUntil(lambda: page.panel.futures[0].head.text().startswith("Message 2 goes"), timeout=DEADLINE_MS)
    take_back(qtbot, prepared)
    qtbot.waitUntil(lambda: page.panel.futures[0].head.text().startswith("Message 1 goes"), timeout=DEADLINE_MS)


def test_not_an_answer_asks_for_a_day(qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait) -> None:
    learn(page, wait_for, connected_ms=1, replied_ms=2)
    wait_for_offers(qtbot, page, Verb.GO_ON, Verb.RESTART)
    choose(page, Verb.GO_ON)
    sheet = wait_for_sheet(qtbot, page, GoOnSheet)
    day = sheet.day.date()
    assert (sheet.day.minimumDate().daysTo(day), sheet.day.accessibleName()) == (7, "Day to go on")
    sheet.day.setDate(QDate(day.year(), day.month(), day.day()).addDays(1))
    qtbot.mouseClick(sheet.go, MOUSE)
    qtbot.waitUntil(lambda: "their last message is no answer" in prepared.window.toast.words, timeout=DEADLINE_MS)
    qtbot.waitUntil(lambda: "as you decided" in page.panel.futures[0].why.text(), timeout=DEADLINE_MS)
    take_back(qtbot, prepared)
    wait_for_offers(qtbot, page, Verb.GO_ON, Verb.RESTART)


def test_never_contact_offers_person_company_and_domain(
    qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait
) -> None:
    page.panel.never.trigger()
    sheet = wait_for_sheet(qtbot, page, NeverSheet)
    assert [button.accessibleName() for button, _, _ in sheet.choices] == [
        "Only Ann Lee", "Everybody at Acme & Söhne", "Everybody with an address at mail.acme.com",
    ]  # fmt: skip
    sheet.choices[1][0].setChecked(True)
    qtbot.keyClicks(sheet.reason, "a customer")
    qtbot.keyClick(sheet.reason, Qt.Key.Key_Return)
    told(qtbot, prepared, "Acme & Söhne is never contacted. 1 person was stopped.")
    (entry,) = wait_for(prepared.engine.services.do_not_contact.list())
    assert (entry.entry.kind, entry.reason) == ("company", "a customer")
    take_back(qtbot, prepared)
    assert wait_for(prepared.engine.services.do_not_contact.list()) == []
    wait_for_offers(qtbot, page, Verb.GO_TO, Verb.RESTART)


def test_a_person_is_forgotten_after_a_warning(qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait) -> None:
    open_lead(qtbot, page, 2)
    page.panel.forget.trigger()
    sheet = wait_for_sheet(qtbot, page, ForgetSheet)
    assert sheet.title.text() == "Forget Bo <b>Ray</b>?"
    assert {label.textFormat() for label in sheet.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    assert sheet.focusWidget() is sheet.leave
    qtbot.mouseClick(sheet.go, MOUSE)
    told(qtbot, prepared, "This person was forgotten.")
    assert page.panel.isHidden()
    story = wait_for(prepared.engine.services.lead_stories.story(2))
    assert (story.is_forgotten, story.name, story.campaigns[0].decisions) == (True, "", ())


def test_the_list_is_kept_from_the_leads_page(qtbot: QtBot, page: LeadsPage, prepared: Opened, wait_for: Wait) -> None:
    page.menu.actions()[0].trigger()
    sheet = page.sheet
    assert isinstance(sheet, DoNotContactSheet) and sheet.focusWidget() is sheet.entry and not sheet.add.isEnabled()
    qtbot.keyClicks(sheet.entry, "nobody in particular")
    qtbot.keyClick(sheet.entry, Qt.Key.Key_Return)
    qtbot.waitUntil(sheet.trouble.isVisible, timeout=DEADLINE_MS)
    sheet.kind.setCurrentIndex(2)
    assert sheet.entry.accessibleName() == "Such as acme.com; its sub-domains too"
    sheet.entry.setText("acme.com")
    qtbot.mouseClick(sheet.add, MOUSE)
    qtbot.waitUntil(lambda: len(sheet.removes) == 1, timeout=DEADLINE_MS)
    assert (sheet.said.text(), sheet.trouble.isVisible()) == ("acme.com is on the list. 1 person was stopped.", False)
    (gone,) = sheet.removes.values()
    assert gone.accessibleName() == "Remove acme.com from the list"
    qtbot.mouseClick(gone, MOUSE)
    qtbot.waitUntil(lambda: sheet.removes == {}, timeout=DEADLINE_MS)
    qtbot.mouseClick(sheet.undo, MOUSE)
    qtbot.waitUntil(lambda: len(sheet.removes) == 1, timeout=DEADLINE_MS)
    assert not sheet.undo.isVisible()
    qtbot.mouseClick(sheet.leave, MOUSE)
    rows = wait_for(prepared.engine.services.leads.list())
    assert [row.stage for row in rows] == ["excluded", "pending_invite"]
