"""Campaigns: each with its state, progress, next action and why, and Start, Pause, Resume that really do it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from engine.errors import LeadloomError, UserError
from gui import formatting as say
from gui.bridge import ChangeSet
from gui.pages.frame import Page
from gui.refresh import Refresh
from gui.session import Session
from gui.sheets.new_campaign_sheet import NewCampaignSheet
from gui.sheets.start_sheet import StartSheet
from gui.state.campaign_words import next_words
from gui.widgets.basics import Button, Scroll, column
from gui.widgets.campaign_row import CampaignRow, CampaignWords
from gui.widgets.words import Words

if TYPE_CHECKING:
    from datetime import datetime

    from engine.services.explanations import Why

EXPLAINED = 8
"""Only so many running campaigns are explained at each reading; an explanation costs some milliseconds."""
STAGES_SHOWN = ("needs_attention", "pending_invite", "invite_sent", "connected", "messaged", "responded")
CAMPAIGN_FILES = "Campaign files (*.toml);;All files (*)"
NONE_YET = (
    "No campaign yet. A campaign says whom to write to when, and with which words. Press “New campaign…” to write one."
)


class CampaignsPage(Page):
    """A row a campaign, the newest first; rows stay where they are while they are refilled."""

    takes = (".toml",)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Campaigns", parent)
        self._session = session
        self.new = Button("New campaign…", is_primary=True)
        self.new.clicked.connect(self._new)
        adding = Button("New campaign from file…")
        adding.clicked.connect(self._choose_file)
        importing = Button("Import leads…", says="Import leads from a file")
        importing.clicked.connect(session.choose_file)
        self.head.addWidget(importing)
        self.head.addWidget(adding)
        self.head.addWidget(self.new)
        self._none = Words(NONE_YET, "muted", wraps=True)
        self.body.addWidget(self._none)
        inner = QWidget()
        self._lines = column(inner, gap=10)
        self._lines.addStretch(1)
        self.body.addWidget(Scroll(inner), 1)
        self.rows: list[CampaignRow] = []
        self._refresh = Refresh(self._read, self._show, session.commands, name="read campaigns", parent=self)
        self._refresh.hold(True)
        session.readings.read.connect(lambda _: self._refresh.ask())

    def on_changed(self, changes: ChangeSet) -> None:
        """Read again when campaigns or their leads changed."""
        if changes.touches("campaign", "enrolment", "account", "engine"):
            self._refresh.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self._refresh.hold(False)
        self._refresh.ask()

    def hideEvent(self, event: Any) -> None:
        """Read no more."""
        super().hideEvent(event)
        self._refresh.hold(True)

    def row_of(self, name: str) -> CampaignRow | None:
        """Return the row that shows a campaign."""
        return next((row for row in self.rows if row.isVisibleTo(self) and row.shows(name)), None)

    async def _read(self) -> list[CampaignWords]:
        engine = self._session.engine
        lines, waiting = await engine.services.campaigns.list(), await engine.services.lead_pages.waiting_for_start()
        running = [line.name for line in lines if line.state in ("running", "paused")][:EXPLAINED]
        whys: dict[str, Why] = {}
        for name in running:
            try:
                whys[name] = (await engine.services.explanations.why(name))[0]
            except LeadloomError:
                continue
        now = engine.clock.now()
        return [_words(line, waiting.get(line.campaign_id, 0), whys.get(line.name), now) for line in lines]

    def _show(self, found: list[CampaignWords]) -> None:
        self._none.setVisible(not found)
        self.subtitle.say(say.count(len(found), "campaign", "campaigns") if found else "")
        while len(self.rows) < len(found):
            made = CampaignRow()
            made.open_requested.connect(lambda campaign_id: self._session.show("campaign", campaign_id))
            made.start_requested.connect(self._start)
            made.pause_requested.connect(self._pause)
            made.resume_requested.connect(self._resume)
            self.rows.append(made)
            self._lines.insertWidget(self._lines.count() - 1, made)
        for position, row in enumerate(self.rows):
            row.setVisible(position < len(found))
            if position < len(found):
                row.show_words(found[position])

    def _new(self) -> None:
        sheet = NewCampaignSheet(self._session, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.made.connect(lambda campaign_id: self._session.show("campaign", campaign_id))
        sheet.open()

    def _start(self, name: str) -> None:
        sheet = StartSheet(self._session, name, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _pause(self, name: str) -> None:
        row = self.row_of(name)
        work = self._session.engine.services.pausing.pause_campaign(name)
        self._change(work, f"“{name}” is paused.", row.pause if row else None)

    def _resume(self, name: str) -> None:
        row = self.row_of(name)
        work = self._session.engine.services.pausing.resume_campaign(name)
        self._change(work, f"“{name}” goes on.", row.resume if row else None)

    def _change(self, work: Coroutine[Any, Any, Any], words: str, button: QWidget | None) -> None:
        def done(_: object) -> None:
            self._session.toast.tell(words)
            self._refresh.ask()

        self._session.commands.run_command(work, name="change campaign", busy=button, on_done=done)

    def _choose_file(self) -> None:
        dialog = QFileDialog(self.window(), "New campaign from file", str(Path.home()), CAMPAIGN_FILES)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.take_file(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_file(self, path: Path) -> None:
        """Add a campaign as a draft; every problem of the file is said at once."""

        async def add() -> str:
            _, name = await self._session.engine.services.campaigns.add(await asyncio.to_thread(_text_of, path))
            return name

        def done(name: str) -> None:
            self._session.toast.tell(f"Added “{name}” as a draft. Import leads into it, then press Start.")
            self._session.readings.refresh.ask()

        self._session.commands.run_command(add(), name="add campaign", on_done=done)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not a text file in UTF-8.", "Save it again as UTF-8.") from error
    except OSError as error:
        raise UserError(
            f"{path.name} can't be read ({error.strerror}).", "Check the file and its permissions."
        ) from error


def _words(line: Any, waiting: int, why: Why | None, now: datetime) -> CampaignWords:
    is_draft = line.state == "draft"
    start = ""
    if is_draft:
        start = "Start…"
    elif waiting and line.state in ("running", "finished"):
        start = f"Start {say.number(waiting)} more…"
    stages = [f"{say.number(n)} {_stage(s, n)}" for s in STAGES_SHOWN if (n := line.stages.get(s))]
    partial = line.state == "running" and line.pause != "none"
    return CampaignWords(
        campaign_id=line.campaign_id,
        name=line.name,
        state=line.state,
        state_words=say.STATE_WORDS[line.state],
        progress=f"{say.number(line.ended)} of {say.count(line.leads, 'lead', 'leads')} ended"
        if line.leads
        else "no leads yet",
        ended=line.ended,
        leads=line.leads,
        stages=" · ".join(stages),
        next_words=next_words(line.state, why, now, line.why),
        start_words=start,
        can_pause=line.state == "running",
        can_resume=line.state == "paused" or partial,
    )


def _stage(name: str, number: int) -> str:
    return "need you" if name == "needs_attention" and number > 1 else say.stage(name).lower()
