"""Read-through: the whole window shows what each person will get, the worst first; it ends at Start."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QProgressBar, QWidget

from gui import formatting as say
from gui.pages.campaign_tabs import CampaignPlace
from gui.pages.frame import MARGINS, BarePage
from gui.refresh import Refresh
from gui.session import Session
from gui.sheets.start_sheet import StartSheet
from gui.state import reading as words_of
from gui.state.reading import Reading
from gui.widgets.basics import Button, Rule, Scroll, clear, column, row
from gui.widgets.read_parts import EndCard, PersonHead, ReadFoot
from gui.widgets.read_text import ReadText
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from engine.services import read_through as engine_side

COLUMN_PX, CRUMB_CHARS = 660, 90
WRITING = "Writing every text for every person…"


class _Progress(QObject):
    told = Signal(int, int)


class ReadThroughPage(BarePage):
    """Space or → next, ← back, E to change only this person's text, X to leave them out."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Read through", parent)
        self._session, self._engine = session, session.engine.services.read_through
        self.campaign_id, self.name = 0, ""
        self.reading: Reading | None = None
        self.person: engine_side.ReadPerson | None = None
        self.texts: list[ReadText] = []
        self._leaving: asyncio.Task[Any] | None = None
        self._told = _Progress(self)
        self._told.told.connect(self._show_progress)
        self._build()
        self._groups = Refresh(self._read, self._begin, session.commands, name="read through", parent=self)
        self._one = Refresh(self._read_person, self._show_person, session.commands, name="read person", parent=self)
        whole = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, work, repeats in (
            ("Right", lambda: self._go(1), True),
            ("Left", lambda: self._go(-1), True),
            ("Space", self._on_space, False),
            ("E", self._edit, False),
            ("X", self._leave_out, False),
            ("Escape", self._close, False),
        ):
            QShortcut(QKeySequence(keys), self, work, context=whole).setAutoRepeat(repeats)

    def _build(self) -> None:
        whole = column(self, gap=10, margins=(MARGINS[0], 12, MARGINS[2], MARGINS[3]))
        self.crumb = Button("Campaign \u203a", look="crumb", says="Back to the campaign")
        self.crumb.clicked.connect(self._close)
        head, self.title, self.count = row(gap=12), Words("Read through", "page"), OneLine(look="muted")
        head.addWidget(self.title)
        head.addWidget(self.count, 1)
        self.to_start = Button("Go to Start")
        self.to_start.clicked.connect(self._skip)
        head.addWidget(self.to_start)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Texts read")
        whole.addWidget(self.crumb)
        whole.addLayout(head)
        whole.addWidget(self.bar)
        middle = QWidget()
        sides = row(middle)
        self._middle = QWidget()
        self._middle.setMaximumWidth(COLUMN_PX)
        self._body = column(self._middle, gap=14, margins=(0, 10, 12, 10))
        sides.addStretch(1)
        sides.addWidget(self._middle, 10)
        sides.addStretch(1)
        self._scroll = Scroll(middle)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._scroll.setAccessibleName("What this person will get")
        whole.addWidget(self._scroll, 1)
        whole.addWidget(Rule())
        self.foot = ReadFoot()
        self.foot.back.clicked.connect(lambda: self._go(-1))
        self.foot.next.clicked.connect(lambda: self._go(1))
        self.foot.edit.clicked.connect(self._edit)
        self.foot.out.clicked.connect(self._leave_out)
        whole.addWidget(self.foot)

    # hooks

    def show_target(self, target: object) -> None:
        """Read a campaign's texts from the top."""
        if isinstance(target, int):
            self.campaign_id, self.reading, self.person = target, None, None
            self._set_buttons(False)
            self._show_lines(Words(WRITING, "muted"))
            self.count.say("")
            self.bar.setRange(0, 0)
            self._groups.ask_now()

    # reading

    async def _read(self) -> tuple[int, str, engine_side.ReadThrough] | None:
        of = self.campaign_id
        if not of:
            return None
        opened = await self._session.engine.services.drafts.open(of)
        return of, opened.name, await self._engine.groups(of, progress=self._told.told.emit)

    def _show_progress(self, done: int, total: int) -> None:
        if self.reading is None:
            self.bar.setRange(0, max(1, total))
            self.bar.setValue(done)
            self.count.say(f"{say.number(done)} of {say.count(total, 'person', 'people')}")

    def _begin(self, found: tuple[int, str, engine_side.ReadThrough] | None) -> None:
        if found is None or found[0] != self.campaign_id:
            return
        self.name = found[1]
        self.crumb.name(f"{self.name[:CRUMB_CHARS]} \u203a", f"Back to {self.name}")
        self.reading = Reading(groups=list(found[2].groups))
        self._show_place()

    async def _read_person(self) -> engine_side.ReadPerson | None:
        wanted = self.reading.person if self.reading is not None else None
        return None if wanted is None else await self._engine.person(self.campaign_id, wanted)

    # showing

    def _show_place(self) -> None:
        reading = self.reading
        if reading is None:
            return
        self._match()
        if reading.is_over:
            self.person = None
            self._show_end(reading)
        else:
            self._one.ask_now()

    def _match(self) -> None:
        reading = self.reading
        if reading is None:
            return
        self.count.say(words_of.progress_words(reading))
        self.bar.setRange(0, max(1, len(reading.groups)))
        self.bar.setValue(reading.read)
        self._set_buttons(not reading.is_over)
        self.foot.back.setEnabled(reading.place > 0)

    def _set_buttons(self, can: bool) -> None:
        self.foot.set_active(can)
        self.to_start.setVisible(can)

    def _show_lines(self, *parts: QWidget) -> None:
        clear(self._body)
        self.texts = []
        for part in parts:
            self._body.addWidget(part)
        self._body.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)

    def _show_person(self, person: engine_side.ReadPerson | None) -> None:
        reading = self.reading
        if person is None or reading is None or reading.person != person.enrolment_id or reading.group is None:
            return
        self.person = person
        reading.mark_read()
        self._match()
        others = words_of.others_words(reading.group)
        who = PersonHead(person.name, person.about, others)
        who.another_requested.connect(self._another)
        texts = [ReadText(words_of.text_words(text, person.first_name)) for text in person.texts]
        self._show_lines(who, *texts)
        self.texts = texts
        for text in texts:
            text.own_written.connect(partial(self._write_own, self.campaign_id, person))
            text.own_dropped.connect(lambda step, of=self.campaign_id: self._write_own(of, person, step, None))
            text.fix_requested.connect(self._fix)
            text.left.connect(self._scroll.setFocus)
        self.foot.edit.setEnabled(any(t.words.can_edit for t in texts))
        self._scroll.setAccessibleDescription(f"{person.name}. {others}")
        self._scroll.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_end(self, reading: Reading) -> None:
        title, words = words_of.end_words(reading)
        self.end = EndCard(title, words, can_start=reading.people > reading.held)
        self.end.start_requested.connect(self._start)
        self.end.leave_requested.connect(self._close)
        self._show_lines(self.end)
        self.end.first.setFocus(Qt.FocusReason.OtherFocusReason)
        self.foot.back.setEnabled(reading.place > 0)

    # wishes

    @property
    def _is_editing(self) -> bool:
        return any(text.is_editing for text in self.texts)

    def _on_space(self) -> None:
        focused = QApplication.focusWidget()
        if isinstance(focused, QAbstractButton) and self.isAncestorOf(focused):
            focused.click()
        else:
            self._go(1)

    def _go(self, by: int) -> None:
        if self.reading is not None and not self._is_editing and self.reading.go(by):
            self._show_place()

    def _skip(self) -> None:
        if self.reading is not None:
            self._go(len(self.reading.groups))

    def _another(self) -> None:
        if self.reading is not None and not self._is_editing:
            self.reading.another()
            self._one.ask_now()

    def _edit(self) -> None:
        editable = [text for text in self.texts if text.words.can_edit]
        if editable and not self._is_editing:
            focused = QApplication.focusWidget()
            chosen = next((t for t in editable if focused is not None and t.isAncestorOf(focused)), None)
            (chosen or next((t for t in editable if t.words.is_held), editable[0])).begin()

    def _write_own(
        self, of: int, person: engine_side.ReadPerson, step: str, body: str | None, *, can_undo: bool = True
    ) -> None:
        async def work() -> tuple[str | None, engine_side.ReadPerson]:
            before = await self._engine.write_own(person.enrolment_id, step, body)
            return before, await self._engine.person(of, person.enrolment_id)

        def done(found: tuple[str | None, engine_side.ReadPerson]) -> None:
            before, now = found
            if (reading := self.reading) is not None:
                reading.part(now.enrolment_id, is_held=any(t.held for t in now.texts))
                self._show_changed(is_seen=reading.person in (now.enrolment_id, None))
            undo = partial(self._write_own, of, person, step, before, can_undo=False) if can_undo else None
            words = "Only {} gets this text." if body is not None else "{} gets the campaign’s text again."
            self._session.toast.tell(words.format(now.first_name), undo=undo)

        self._session.commands.run_command(work(), name="write own text", on_done=done)

    def _show_changed(self, *, is_seen: bool) -> None:
        (self._show_place if is_seen else self._match)()

    def _leave_out(self) -> None:
        person, reading = self.person, self.reading
        is_busy = self._is_editing or (self._leaving is not None and not self._leaving.done())
        if person is None or reading is None or is_busy or reading.person != person.enrolment_id:
            return

        def done(_: object) -> None:
            is_seen = reading.person in (person.enrolment_id, None)
            taken = reading.take_out(person.enrolment_id)
            if reading is self.reading:
                self._show_changed(is_seen=is_seen)
            if taken is not None:
                self._session.toast.tell(f"{person.name} is left out.", undo=lambda: self._take_back(reading, *taken))

        work = self._engine.leave_out(person.enrolment_id)
        self._leaving = self._session.commands.run_command(work, name="leave out", busy=self.foot.out, on_done=done)

    def _take_back(self, reading: Reading, place: int, alone: engine_side.SameTexts) -> None:
        def done(_: object) -> None:
            if reading is self.reading:
                reading.put_back(place, alone)
                self._show_place()

        work = self._engine.take_back(alone.people[0])
        self._session.commands.run_command(work, name="take back", on_done=done)

    def _fix(self, step: str) -> None:
        self._session.show("campaign", CampaignPlace(campaign_id=self.campaign_id, tab="sequence", step=step))

    def _start(self) -> None:
        sheet = StartSheet(self._session, self.name, self.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.accepted.connect(
            lambda: self._session.show("campaign", CampaignPlace(campaign_id=self.campaign_id, tab="overview"))
        )
        sheet.open()

    def _close(self) -> None:
        if not self._is_editing:
            self._session.show("campaign", self.campaign_id)
