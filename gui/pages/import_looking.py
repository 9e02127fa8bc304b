"""A list before it is imported: read, shown, filtered, mended and taken otherwise; nothing is written here."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QMenu, QStackedWidget, QWidget

from engine.domain.csv_verdicts import Happens
from gui import formatting as say
from gui.error_text import ErrorText
from gui.models.import_table import ImportTableModel
from gui.pages.frame import MARGINS, BarePage
from gui.session import Session
from gui.state import import_words as words
from gui.widgets.basics import Button, column, row
from gui.widgets.import_head import ImportCounts, ImportHead, ImportProgress
from gui.widgets.import_view import ImportView
from gui.widgets.words import Words

if TYPE_CHECKING:
    from engine.services.import_applying import ImportOutcome
    from engine.services.import_sessions import ImportSession
    from engine.services.imports import Outlook

OPEN_STATES = ("draft", "running", "paused", "finished")


class LookingPage(BarePage):
    """One list at a time."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Import", parent)
        self._session, self._commands, self._imports = session, session.commands, session.engine.services.imports
        self.list: ImportSession | None = None
        self.done: ImportOutcome | None = None
        """What importing the list has done, once it has."""
        self._kind: Happens | None = None
        self._states: dict[int, tuple[str, str]] = {}
        self._outlook: Outlook | None = None
        self._task: asyncio.Task[Any] | None = None
        self._last_campaign: int | None = None
        self._is_reading = self._is_applying = self._is_refused = self._is_first_look = False
        self._build()
        self._connect()

    def _build(self) -> None:
        whole = column(self, gap=12, margins=(MARGINS[0], 12, MARGINS[2], MARGINS[3]))
        self.head, self.counts = ImportHead(), ImportCounts()
        self.model = ImportTableModel(self)
        self.view = ImportView(self.model)
        self.waiting = ImportProgress()
        self.trouble = Words(look="trouble", wraps=True)
        self.trouble.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.stack = QStackedWidget()
        for shown in (self.view, self.trouble):
            self.stack.addWidget(shown)
        foot = row(gap=14)
        self.foot = Words(look="muted", wraps=True)
        self.takes_busy = QCheckBox("Also take people who are in another campaign")
        self.without, self.drop = Button("Import without a campaign", look="link"), Button("Give up", look="link")
        foot.addWidget(self.foot, 1)
        for widget in (self.takes_busy, self.without, self.drop):
            foot.addWidget(widget)
        for part in (self.head, self.counts, self.waiting):
            whole.addWidget(part)
        whole.addWidget(self.stack, 1)
        whole.addLayout(foot)

    def _connect(self) -> None:
        head = self.head
        head.campaign_chosen.connect(self._judge)
        self.counts.kind_chosen.connect(self.show_kind)
        self.counts.format_chosen.connect(self._read_as)
        self.takes_busy.clicked.connect(self._judge)
        self.model.rows_wanted.connect(self._fetch)
        self.model.edit_requested.connect(self._edit)
        self.view.head.choice_requested.connect(self._choose_meaning)

    # opening

    @property
    def is_open(self) -> bool:
        """Whether a list is being looked at."""
        return self.list is not None and self.done is None and not self._is_refused

    def take_file(self, path: Path) -> None:
        """Look at a file."""
        self._open(self._imports.open_file(path), lambda found: found.read(progress=self._on_progress))

    def take_text(self, text: str) -> None:
        """Look at pasted rows. Raises: UserError."""
        self._open(self._imports.open_text(text), lambda found: found.read(progress=self._on_progress))

    def take_kept(self, batch_id: int) -> None:
        """Look at the rows that an import kept for mending."""

        def done(found: tuple[ImportSession, int | None]) -> None:
            self._last_campaign = found[1]
            self._open(found[0], None)

        self._commands.run_command(self._imports.open_kept(batch_id), name="open kept rows", on_done=done)

    def close_list(self) -> None:
        """Look at the list no longer."""
        if self._task is not None:
            self._task.cancel()
        if self.list is not None:
            self.list.close()
        self.list = self.done = self._task = None
        self.model.set_rows(0)

    async def leave(self) -> None:
        """Throw the list away: the window closes."""
        self.close_list()

    def _open(self, found: ImportSession, read: Any) -> None:
        self.close_list()
        self.list, self._kind, self._is_refused = found, None, False
        self._is_first_look = True
        self.head.title.say(f"Import {found.name}" if found.kept_batch_id is None else f"Rows to fix of {found.name}")
        self.counts.show_chips([], None)
        self.counts.show_format(None)
        self.model.set_rows(0)
        self.view.refit()
        self.takes_busy.setChecked(False)
        self.drop.name(f"Leave these rows out of {found.name} for good")
        self._session.show("import")

        async def look() -> None:
            await self._offer_campaigns()
            if read is not None:
                await read(found)
            await self._judged()

        self._read(look(), "look at lead list", "Reading the list…")

    async def _offer_campaigns(self) -> None:
        lines = [x for x in await self._session.engine.services.campaigns.list() if x.state in OPEN_STATES]
        self._states = {x.campaign_id: (x.name, x.state) for x in lines}
        offered = [(f"{x.name} ({say.STATE_WORDS[x.state].lower()})", x.campaign_id) for x in lines]
        known = self._last_campaign if self._last_campaign in self._states else None
        self.head.offer(offered, known if known is not None else lines[0].campaign_id if lines else None)

    # looking

    def _run(self, work: Coroutine[Any, Any, None], name: str, busy: str) -> None:
        """Do something to the whole list; what was under way is left."""
        if self._task is not None:
            self._task.cancel()
        self.waiting.begin(busy)
        self.head.go.setEnabled(False)
        self.head.go.show()
        self._task = self._commands.run_command(
            work, name=name, on_done=lambda _: self._show(), on_failed=self._on_refused
        )

    def _read(self, work: Coroutine[Any, Any, None], name: str, busy: str) -> None:
        """Read the whole list and judge it; whatever is chosen before the judging begins doesn't cut this off."""
        self._run(work, name, busy)
        self._is_reading = True

    def _on_progress(self, done: int, total: int) -> None:
        self.waiting.tell("Reading the list…", done // 1024, total // 1024)

    def _on_judged(self, done: int, total: int) -> None:
        words_now = f"Comparing with the leads you have: {say.number(done)} of {say.number(total)} rows"
        self.waiting.tell(words_now, done, total)

    async def _judged(self) -> None:
        assert self.list is not None
        self._is_reading = False
        campaign_id = self._last_campaign = self.head.chosen
        await self.list.judge(campaign_id, takes_busy=self.takes_busy.isChecked(), progress=self._on_judged)
        self._outlook = None if campaign_id is None else await self._imports.outlook(campaign_id)

    def _judge(self) -> None:
        if self.is_open and not (self._is_reading or self._is_applying):
            self._run(self._judged(), "judge lead list", "Comparing with the leads you have…")

    def _on_refused(self, error: ErrorText) -> None:
        self._is_applying = self._is_reading = False
        self.waiting.hide()
        if self.list is not None and self.list.is_whole and self.list.counts:
            self._session.toast.warn(error.sentence)
            self._judge()
            return
        self._is_refused = True
        self.counts.show_chips([], None)
        self.trouble.say("\n".join((error.sentence, *error.details[:6])))
        self.trouble.setAccessibleName(self.trouble.text())
        self.stack.setCurrentWidget(self.trouble)
        for widget in (self.head.go, self.takes_busy, self.without, self.drop, self.foot):
            widget.hide()
        self.head.campaign.setEnabled(False)
        self.head.cancel.name("Close")
        self.head.cancel.setFocus()

    def _show(self) -> None:
        assert self.list is not None
        self._is_refused = False
        self.waiting.hide()
        self.stack.setCurrentWidget(self.view)
        for widget in (self.head.go, self.foot):
            widget.show()
        self.head.campaign.setEnabled(True)
        self.head.cancel.name("Cancel")
        self.model.set_columns(words.heads(self.list.columns), self.list.columns.address_index)
        self.counts.show_format(self.list.format)
        self._show_counts()
        self.show_kind(self._kind)
        if self._is_first_look:
            self._is_first_look = False
            (self.head.go if self.head.go.isEnabled() else self.view).setFocus()

    def _show_counts(self) -> None:
        assert self.list is not None
        found, now = self.list.counts, self._session.engine.clock.now()
        if self._kind is not None and not found.get(self._kind):
            self.show_kind(None)
        self.counts.show_chips(words.chips(self.list.rows, found), self._kind)
        name, state = self._states.get(self.head.chosen or 0, ("", None))
        self.head.go.name(words.button_words(found, state, self._outlook, now))
        self.head.go.setEnabled(words.importable(found) > 0)
        has_addresses = self.list.columns.address_index is not None
        foot = words.foot_words(found, name, state, self._outlook) if has_addresses else words.NO_ADDRESSES
        self.foot.say(foot)
        self.takes_busy.setVisible(state is not None and (self.takes_busy.isChecked() or Happens.SKIPPED in found))
        self.without.setVisible(state is not None)
        self.drop.setVisible(self.list.kept_batch_id is not None)

    def show_kind(self, kind: Happens | None) -> None:
        """Show only rows with one verdict, or all."""
        found, self._kind = self.list, kind
        if found is None:
            return
        for other, button in self.counts.buttons.items():
            button.setChecked(other == kind)
        if kind is None:
            self.model.set_rows(found.rows)
            return
        self._commands.run_command(
            found.numbers_of(kind),
            name="filter rows",
            on_done=lambda ns: self.model.set_rows(0, ns) if (self._kind, self.list) == (kind, found) else None,
        )

    def _fetch(self, page: int, numbers: list[int]) -> None:
        if self.list is not None:
            put = partial(self.model.put_rows, page, numbers)
            self._commands.run_command(self.list.page(numbers), name="read rows", on_done=put)

    def _edit(self, n: int, place: int, text: str) -> None:
        def done(_: object) -> None:
            self.model.mark_stale()
            self._show_counts()

        if self.list is not None and self.is_open and not (self._is_reading or self._is_applying):
            self._commands.run_command(self.list.edit(n, place, text), name="mend a cell", on_done=done)

    def meanings(self, place: int) -> QMenu:
        """Return the choice of what a column is taken for."""
        assert self.list is not None
        made = QMenu(self)
        for target, text, is_now in words.meanings(self.list.columns, place):
            action = made.addAction(text)
            action.setCheckable(True)
            action.setChecked(is_now)
            action.triggered.connect(lambda _=False, target=target: self._take_for(place, target))
        return made

    def _choose_meaning(self, place: int, at: QPoint) -> None:
        if self.is_open and not self._is_applying and not self.waiting.isVisible():
            made = self.meanings(place)
            made.aboutToHide.connect(made.deleteLater)
            made.popup(at)

    def _take_for(self, place: int, target: str) -> None:
        async def take() -> None:
            assert self.list is not None
            await self.list.set_column(place, target, self._on_judged)
            await self._judged()

        if not self._is_reading:
            self._read(take(), "change a column", "Reading the column again…")

    def _read_as(self, encoding: str, delimiter: str) -> None:
        async def read() -> None:
            assert self.list is not None
            await self.list.read(encoding=encoding, delimiter=delimiter, progress=self._on_progress)
            await self._judged()

        self.view.refit()
        self._read(read(), "read lead list again", "Reading the list again…")
