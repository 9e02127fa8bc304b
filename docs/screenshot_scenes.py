"""What the pictures show: for each state of a data folder the screens, and how the window comes to what is on them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QMimeData
from PySide6.QtWidgets import QDialog
from screenshot_stage import EMPTY, ERRORS, MANY, PRACTICE, TRUST, Stage
from screenshot_trust import TRUST_SCENES

from engine.domain.step_choice import StepChoice
from engine.errors import Topic, UserError
from engine.services.connecting import LogIn
from gui.error_text import ErrorText, error_text
from gui.sheets.account_sheets import KeySheet
from gui.sheets.change_sheet import ChangeSheet
from gui.sheets.connect_sheet import ConnectSheet
from gui.sheets.do_not_contact_sheet import DoNotContactSheet
from gui.sheets.lead_sheets import ForgetSheet, GoOnSheet, GoToSheet, NeverSheet
from gui.sheets.new_campaign_sheet import NewCampaignSheet
from gui.sheets.restore_sheet import RestoreSheet
from gui.sheets.start_sheet import StartSheet
from gui.sheets.use_for_real_sheet import UseForRealSheet
from gui.widgets.lead_future_card import FutureCard

DRAFT = "Agencies, second round"
COPY_AGAIN = "Copy the access token again from Unipile's dashboard."
LIST = """First Name;Last Name;Profile URL;Company;Role sought
Ana;Pérez;linkedin.com/in/ana-perez;Acme;head of sales
Chloé;Lefèvre;linkedin.com/in/chloe-lefevre;Näköala Oy;engineer
Bruno;Eriksson;linkedin.com/company/eriksson;Eriksson AB;engineer
李;娜;linkedin.com/in/li-na-88;株式会社テスト;designer
Jean-Luc;Großmann;fr.linkedin.com/in/jl-grossmann?trk=x;O’Brien & Sons;partner
Goran;Ünal;;Ünal GmbH;engineer
Hana;Tanaka;linkedin.com/in/hana-tanaka;Café 24/7;cook
Mia;Wong;linkedin.com/in/mia-wong;Globex;engineer
Siobhán;O’Neil;linkedin.com/in/siobhan-oneil;Quoted GmbH;head of sales
Tomás;Quinn;linkedin.com/in/tomas-quinn;Globex;engineer
Tomás;Quinn;https://www.linkedin.com/in/Tomas-Quinn/?x=y;Globex;engineer
Elif;Şahin;not a url;Initech;engineer
"""


SetUp = Callable[[Stage], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A picture's name, and how the window comes to it."""

    name: str
    set_up: SetUp


def _screen(name: str) -> SetUp:
    return lambda stage: stage.show(name)


def _tab(name: str, campaign: str, step: str = "") -> SetUp:
    return lambda stage: stage.tab(name, campaign, step)


async def _no_leads(stage: Stage) -> None:
    await stage.engine.services.drafts.create("Agencies, spring", "invite-then-three-messages")
    await stage.tab("sequence", "Agencies, spring")


async def _lead(stage: Stage) -> None:
    page, snapshot = await stage.show("leads"), stage.desk.readings.newest
    page.show_board(is_board=False)
    await stage.until(lambda: page.model.rowCount() and page.model.lead_id(0) is not None)
    assert snapshot is not None
    wanted = snapshot.answers[0].lead_id if snapshot.answers else page.model.lead_id(0)
    rows = [row for row in range(min(60, page.model.rowCount())) if page.model.lead_id(row) == wanted] or [1]
    page.view.selectRow(rows[0])
    page.show_lead(page.model.lead_id(rows[0]))
    await stage.until(page.panel.isVisible)
    await asyncio.sleep(0.4)


async def _board(stage: Stage) -> None:
    page = await stage.show("leads")
    page.beside.close()
    page.show_board()
    await asyncio.sleep(0.8)


async def _table(stage: Stage) -> None:
    page = await stage.show("leads")
    page.beside.close()
    page.show_board(is_board=False)
    await stage.until(lambda: "…" not in page.amount.text())


async def _board_with_lead(stage: Stage) -> None:
    await _board(stage)
    page = stage.desk.pages["leads"]
    page.show_lead(1)
    await stage.until(page.panel.isVisible)
    await asyncio.sleep(0.4)


async def _chosen(stage: Stage) -> None:
    await _table(stage)
    view = stage.desk.pages["leads"].view
    view.setFocus()
    view.selectAll()


async def _two_chosen(stage: Stage) -> None:
    await _table(stage)
    view, model = stage.desk.pages["leads"].view, stage.desk.pages["leads"].model
    two = QItemSelection(model.index(1, 0), model.index(2, model.columnCount() - 1))
    view.selectionModel().select(two, QItemSelectionModel.SelectionFlag.ClearAndSelect)


async def _merge(stage: Stage) -> None:
    await _two_chosen(stage)
    (choice := stage.desk.pages["leads"].choice).merge_chosen()
    await stage.until(lambda: choice.sheet is not None)
    stage.sheet(choice.sheet)


async def _list(stage: Stage) -> None:
    file = stage.folder / "founders-lyon.csv"
    file.write_text(LIST, encoding="utf-8")
    stage.desk.offer_files([file])
    page: Any = stage.desk.pages["import"]
    await stage.until(lambda: page.head.go.isVisible() and page.head.go.isEnabled())


async def _no_list(stage: Stage, name: str, data: bytes) -> None:
    page: Any = stage.desk.pages["import"]
    page.cancel()
    file = stage.folder / name
    file.write_bytes(data)
    stage.desk.offer_files([file])
    await stage.until(lambda: page.trouble.isVisible() or page.model.rowCount())


async def _read_through(stage: Stage) -> None:
    lines = await stage.engine.services.campaigns.list()
    campaign_id = next(line.campaign_id for line in lines if line.name == DRAFT)
    page = await stage.show("read_through", campaign_id)
    await stage.until(lambda: page.texts)
    await asyncio.sleep(0.3)


async def _start_sheet(stage: Stage) -> None:
    await stage.tab("sequence", DRAFT)
    sheet = stage.sheet(StartSheet(stage.desk.session, DRAFT, stage.window))
    await stage.until(lambda: sheet.all.isEnabled())


async def _start_refused(stage: Stage) -> None:
    await stage.engine.services.drafts.create("Agencies, spring", "invite-only")
    file = stage.folder / "spring.csv"
    file.write_text(LIST, encoding="utf-8")
    await stage.engine.services.leads.import_file(file, "Agencies, spring")
    await stage.show("campaigns")
    sheet = stage.sheet(StartSheet(stage.desk.session, "Agencies, spring", stage.window))
    await stage.until(lambda: sheet.mend.isVisible())


async def _new_campaign(stage: Stage) -> None:
    await stage.show("campaigns")
    sheet = stage.sheet(NewCampaignSheet(stage.desk.session, stage.window))
    await stage.until(lambda: sheet.radios)


async def _connect(stage: Stage) -> None:
    await stage.show("accounts")
    stage.sheet(ConnectSheet(stage.desk.session, stage.window))


async def _connect_refused(stage: Stage) -> None:
    await stage.show("accounts")
    sheet = stage.sheet(ConnectSheet(stage.desk.session, stage.window))
    sheet.address.setText("api1.unipile.com:13111")
    sheet.key.setText("wrong")
    sheet._on_key_refused(ErrorText(title="The key is wrong.", advice=COPY_AGAIN, topic=Topic.KEY))


async def _connect_address(stage: Stage) -> None:
    await stage.show("accounts")
    sheet = stage.sheet(ConnectSheet(stage.desk.session, stage.window))
    sheet.address.setText("api1.example.com:13111")
    sheet.connect_button.click()


async def _connect_log_in(stage: Stage) -> None:
    await stage.show("accounts")
    sheet = stage.sheet(ConnectSheet(stage.desk.session, stage.window))
    sheet.address.setText("api1.unipile.com:13111")
    sheet.key.setText("token")
    sheet._show_log_in(LogIn(address="http://127.0.0.1:9/api/v1", key="token"))


async def _replace_key(stage: Stage) -> None:
    await stage.show("accounts")
    stage.sheet(KeySheet(stage.desk.session, "Practice account", stage.window))


async def _use_for_real(stage: Stage) -> None:
    await stage.show("home")
    sheet = stage.sheet(UseForRealSheet(stage.desk.session, lambda _: (), stage.window))
    await stage.until(lambda: sheet.boxes)


async def _settings(stage: Stage) -> None:
    page = await stage.show("settings")
    await stage.engine.services.backups.make(stage.folder / "backups" / "by-hand.db")
    page.read()
    await asyncio.sleep(0.6)


async def _restore(stage: Stage) -> None:
    await _settings(stage)
    look = await stage.engine.services.backups.look(stage.folder / "backups" / "by-hand.db")
    stage.sheet(RestoreSheet(stage.desk.session, look, stage.window))


async def _do_not_contact(stage: Stage) -> None:
    await stage.show("leads")
    listing = stage.engine.services.do_not_contact
    for kind, entry, reason in (
        ("company", "Initech", "a customer of ours"),
        ("domain", "globex.com", ""),
        ("person", "https://www.linkedin.com/in/mia-wong", "asked us to stop"),
    ):
        await listing.add(kind, entry, reason)
    sheet = stage.sheet(DoNotContactSheet(stage.desk.session, stage.window))
    await stage.until(lambda: sheet.removes)


async def _decisions(stage: Stage) -> None:
    """What can be decided about a lead: the menu on the card that says what comes next."""
    await _lead(stage)
    stage.desk.pages["leads"].panel.findChild(FutureCard).more.click()
    await asyncio.sleep(0.2)


async def _go_to(stage: Stage) -> None:
    await _lead(stage)
    page: Any = stage.desk.pages["leads"]
    steps = [
        StepChoice(key="invite", words="Invitation without a note", is_next=False, why_not="it was delivered"),
        StepChoice(key="message_1", words="Message after 1 working day", is_next=True),
        StepChoice(key="message_2", words="Message after 4 days", is_next=False),
    ]
    stage.sheet(GoToSheet(page.panel.name.text(), steps, stage.window))


async def _over_a_lead(stage: Stage, make: Callable[[str], QDialog]) -> None:
    await _lead(stage)
    stage.sheet(make("Chloé Lefèvre"))


async def _changed(stage: Stage) -> None:
    tab = await stage.tab("sequence", "Agencies", "message_1")
    opened = tab.opened
    stage.sheet(ChangeSheet(stage.desk.session, opened.campaign_id, _other_words(tab.draft.sequence), stage.window))
    await asyncio.sleep(0.5)


def _other_words(sequence: Any) -> Any:
    """Return a sequence with other words in its first message."""
    step = sequence.step("message_1")
    said = replace(step, texts=(replace(step.texts[0], text="Hello {{ first_name }}, thanks for connecting."),))
    return replace(sequence, steps=tuple(said if x.key == step.key else x for x in sequence.steps))


async def _add_step(stage: Stage) -> None:
    tab = await stage.tab("sequence", DRAFT, "message_1")
    tab.list.add.click()


async def _wrong_text(stage: Stage) -> None:
    await _with_list(stage)
    tab = await stage.tab("sequence", "Founders, summer", "message_1")
    tab.editor.field.selectAll()
    pasted = QMimeData()
    pasted.setText("Hi {{ first_name }}, I saw {{ compny }} is hiring {{ role_sought }} and {% if")
    tab.editor.field.insertFromMimeData(pasted)
    await asyncio.sleep(0.8)


async def _with_list(stage: Stage) -> None:
    """A draft with people of whom some lack what its texts say."""
    services = stage.engine.services
    if any(line.name == "Founders, summer" for line in await services.campaigns.list()):
        return
    await services.drafts.create("Founders, summer", "invite-then-three-messages")
    file = stage.folder / "summer.csv"
    file.write_text(LIST.replace(";engineer", ";"), encoding="utf-8")
    await services.leads.import_file(file, "Founders, summer")


async def _disconnected(stage: Stage) -> None:
    await stage.show("campaigns")
    error = UserError(
        "LinkedIn can't be reached.", "Nothing was sent. Check the connection; Leadloom tries again by itself."
    )
    stage.window.toast.warn(error_text(error).sentence)


async def _not_opened(stage: Stage) -> None:
    error = UserError("The database leadloom.db is damaged.", "Put a copy from the folder “backups” in its place.")
    stage.window.show_opening()
    stage.window.opening.show_trouble(error_text(error), "leadloom-2026-03-01.db")
    stage.window.status_line.set_state("trouble", "Not running")
    stage.window.status_line.set_next("")


EMPTY_SCENES: tuple[tuple[str, SetUp], ...] = (
    ("home", _screen("home")),
    ("leads", _screen("leads")),
    ("board", _board),
    ("campaigns", _screen("campaigns")),
    ("accounts", _screen("accounts")),
    ("connect-sheet", _connect),
    ("connect-log-in", _connect_log_in),
    ("new-campaign-sheet", _new_campaign),
    ("sequence", _no_leads),
    ("overview", _tab("overview", "Agencies, spring")),
    ("campaign-leads", _tab("leads", "Agencies, spring")),
    ("schedule", _tab("schedule", "Agencies, spring")),
    ("activity", _tab("activity", "Agencies, spring")),
)
PRACTICE_SCENES: tuple[tuple[str, SetUp], ...] = (
    ("home", _screen("home")),
    ("leads", _table),
    ("lead", _lead),
    ("board", _board),
    ("board-lead", _board_with_lead),
    ("campaigns", _screen("campaigns")),
    ("overview", _tab("overview", "Agencies")),
    ("sequence", _tab("sequence", DRAFT, "message_1")),
    ("sequence-started", _tab("sequence", "Agencies", "message_1")),
    ("add-step", _add_step),
    ("campaign-leads", _tab("leads", "Agencies")),
    ("schedule", _tab("schedule", "Agencies")),
    ("activity", _tab("activity", "Agencies")),
    ("accounts", _screen("accounts")),
    ("key-sheet", _replace_key),
    ("start-sheet", _start_sheet),
    ("read-through", _read_through),
    ("use-for-real-sheet", _use_for_real),
    ("settings", _settings),
    ("restore-sheet", _restore),
    ("do-not-contact", _do_not_contact),
    ("decisions", _decisions),
    ("go-to-sheet", _go_to),
    ("go-on-sheet", lambda stage: _over_a_lead(stage, lambda who: GoOnSheet(who, date(2026, 3, 2), stage.window))),
    ("never-sheet", lambda stage: _over_a_lead(stage, lambda who: NeverSheet(who, "Acme", "acme.com", stage.window))),
    ("forget-sheet", lambda stage: _over_a_lead(stage, lambda who: ForgetSheet(who, stage.window))),
    ("change-sheet", _changed),
    ("two-chosen", _two_chosen),
    ("merge-sheet", _merge),
    ("import", _list),
)
MANY_SCENES: tuple[tuple[str, SetUp], ...] = (
    ("home", _screen("home")),
    ("leads", _table),
    ("chosen", _chosen),
    ("lead", _lead),
    ("board", _board),
    ("campaigns", _screen("campaigns")),
    ("overview", _tab("overview", "Founders, all of Europe")),
    ("campaign-leads", _tab("leads", "Founders, all of Europe")),
)
ERROR_SCENES: tuple[tuple[str, SetUp], ...] = (
    ("connect", _connect_refused),
    ("connect-address", _connect_address),
    ("import-workbook", lambda stage: _no_list(stage, "leads.xlsx", b"PK\x03\x04" + bytes(200))),
    ("import-no-address", lambda stage: _no_list(stage, "names.csv", b"Name,Company\nAnn,Acme\nBo,Bolt\n")),
    ("sequence", _wrong_text),
    ("start", _start_refused),
    ("notice", _disconnected),
    ("opening", _not_opened),
)


SCENES = {
    kind: [Scene(name=f"{kind}-{name}", set_up=set_up) for name, set_up in scenes]
    for kind, scenes in (
        (EMPTY, EMPTY_SCENES),
        (PRACTICE, PRACTICE_SCENES),
        (TRUST, TRUST_SCENES),
        (MANY, MANY_SCENES),
        (ERRORS, ERROR_SCENES),
    )
}
