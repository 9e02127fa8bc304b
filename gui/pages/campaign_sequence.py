"""The Sequence tab: steps, text and a real person side by side; everything is kept by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QSplitter, QWidget

from engine.domain.sequences import Delay, DelayUnit, Sequence, StepKind
from gui import formatting as say
from gui.autosave import Autosave
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.campaign_tabs import CampaignPlace, CampaignTab
from gui.preview_leads import PreviewLeads
from gui.session import Session
from gui.sheets.change_sheet import ChangeSheet
from gui.state import preview, text_problems
from gui.state.chip_text import edit_between
from gui.state.sequence_draft import SequenceDraft
from gui.state.sequence_words import cards, titles
from gui.state.step_view import step_view, variable_lines
from gui.widgets.basics import Scroll, column
from gui.widgets.editor.preview_pane import PreviewPane
from gui.widgets.editor.started_notice import StartedNotice
from gui.widgets.editor.step_editor import StepEditor
from gui.widgets.editor.step_list import StepList

if TYPE_CHECKING:
    from engine.domain.step_times import StepTime
    from engine.services.drafts import OpenDraft
    from engine.services.sequence_changes import SavedChange

REST_MS = 120
"""Cards, problems and marks follow when typing rests for so long; the preview follows at once."""
WIDTHS, STRETCH = (264, 430, 340), (0, 3, 2)
LEAST_PX = 780
"""Narrower than this, the three parts scroll sideways."""


class SequenceTab(CampaignTab):
    """Puts the editor's widgets, the edited sequence and the engine together."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.opened: OpenDraft | None = None
        self.draft = SequenceDraft(Sequence(steps=()))
        self.leads = PreviewLeads(session, self)
        self.leads.hold(True)
        drafts = session.engine.services.drafts
        self.autosave = Autosave(lambda kept: drafts.save(*kept), session.commands, self)
        self.autosave.failed.connect(self._on_save_failed)
        self.list, self.editor, self.preview = StepList(), StepEditor(), PreviewPane()
        self._changing: dict[int, SequenceDraft] = {}
        """Sequences in use that are being changed, by campaign, until they are saved or discarded."""
        self.sheet: ChangeSheet | None = None
        self._times: Mapping[str, StepTime] = {}
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._show_slow)
        self._build()
        self._connect()

    def _build(self) -> None:
        whole = column(self, gap=10)
        self.notice = StartedNotice()
        self.notice.duplicate_requested.connect(self._duplicate)
        self.notice.change_requested.connect(self._change)
        self.notice.save_requested.connect(self._save_change)
        self.notice.discard_requested.connect(self._discard)
        whole.addWidget(self.notice)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(16)
        for place, part in enumerate((self.list, self.editor, self.preview)):
            self.parts.addWidget(part)
            self.parts.setStretchFactor(place, STRETCH[place])
        self.parts.setSizes(list(WIDTHS))
        self.parts.setMinimumWidth(LEAST_PX)
        frame = Scroll(self.parts)
        frame.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        whole.addWidget(frame, 1)

    def _connect(self) -> None:
        steps, editor = self.list, self.editor
        steps.chosen.connect(self._choose)
        steps.add_requested.connect(self._add)
        steps.remove_requested.connect(self._remove)
        steps.move_requested.connect(self._move)
        editor.field.edited.connect(self._on_edited)
        editor.field.undo_requested.connect(self.undo)
        editor.field.redo_requested.connect(self.redo)
        editor.variant_chosen.connect(lambda n: self._choose(self.draft.view.key, n))
        editor.variant_added.connect(lambda: self._changed(self.draft.add_variant()))
        editor.variant_removed.connect(lambda: self._changed(self.draft.remove_variant()))
        editor.share_changed.connect(lambda n: self._changed(self.draft.set_share(n)))
        editor.wait_changed.connect(lambda n, u: self._changed(self.draft.set_wait(_delay(n, u))))
        editor.within_changed.connect(lambda n, u: self._changed(self.draft.set_accept_within(_delay(n, u))))
        editor.branch_changed.connect(lambda then, other: self._changed(self.draft.set_branch(then, other)))
        editor.strip.leads_requested.connect(lambda _: self.preview.worst.setChecked(True))
        self.leads.person_changed.connect(self._show_person)
        self.leads.variables_changed.connect(self._on_variables)
        self.preview.step_requested.connect(self.leads.step_by)
        self.preview.worst_toggled.connect(lambda on: self.leads.rank_by(self.draft.step, is_worst_first=on))
        whole = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, work in (
            ("Ctrl+[", lambda: self.leads.step_by(-1)),
            ("Ctrl+]", lambda: self.leads.step_by(1)),
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            QShortcut(QKeySequence(keys), self, work, context=whole)

    # hooks of the page

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign; an edited sequence stays as it is here."""
        before, self.opened = self.opened, opened
        is_same = before is not None and before.campaign_id == opened.campaign_id
        if (changing := self._changing.get(opened.campaign_id)) is not None:
            self.draft = changing
        elif not is_same or not opened.is_editable or (before is not None and not before.is_editable):
            if not is_same:
                self.draft = SequenceDraft(opened.sequence)
            elif opened.sequence != self.draft.sequence:
                self.draft = _at_same_step(self.draft, opened.sequence)
            self.editor.source.setChecked(False)
        self._show_notice()
        self.leads.open(opened.campaign_id)
        self._show_all()
        if not is_same:
            self.list.focus_card(self.draft.view.key)

    def show_place(self, place: CampaignPlace) -> None:
        """Choose a step."""
        if any(s.key == place.step for s in self.draft.sequence.steps):
            self._choose(place.step)
            self.list.focus_card(place.step)

    def on_changed(self, changes: ChangeSet) -> None:
        """Leads of the preview may have changed."""
        if self.opened is not None and changes.touches("lead", "enrolment", "account"):
            self.leads.look_again()

    async def leave(self) -> None:
        """Keep what was typed."""
        await self.autosave.flush()

    def showEvent(self, event: QShowEvent) -> None:
        """Read while shown only."""
        super().showEvent(event)
        self.leads.hold(False)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was typed, and read no more."""
        super().hideEvent(event)
        self.leads.hold(True)
        self.autosave.begin()

    # changes

    def undo(self) -> None:
        """Take the last change back."""
        self._travel(self.draft.undo)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._travel(self.draft.redo)

    def _travel(self, move: object) -> None:
        view, text = self.draft.view, self.draft.text
        if not self._is_editable or not move():  # type: ignore[operator]
            return
        is_same = (view.key, view.variant) == (self.draft.view.key, self.draft.view.variant)
        edit = edit_between(text, self.draft.text) if is_same else None
        self._put()
        self._show_all(caret=edit.start + len(edit.inserted) if edit else len(self.draft.text))

    def _on_edited(self, text: str) -> None:
        if not self._is_editable:
            return
        self.draft.type_text(text, time.monotonic())
        self._put()
        self._show_text()
        self._rest.start()

    def _changed(self, is_changed: bool = True) -> None:
        if is_changed and self._is_editable:
            self._put()
        self._show_all()

    def _choose(self, key: str, variant: int = 0) -> None:
        if (key, variant) != (self.draft.view.key, self.draft.view.variant):
            self.draft.choose(key, variant)
            self._show_all(caret=len(self.draft.text))

    def _add(self, kind: str) -> None:
        key = self.draft.add(StepKind(kind), len(self.draft.sequence.steps))
        self._changed()
        self.list.focus_card(key)
        if self.draft.text == "" and self.draft.step and self.draft.step.texts:
            self.editor.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, key: str) -> None:
        name = titles(self.draft.sequence)[key]
        self.draft.remove(key)
        self._changed()
        self.list.focus_card(self.draft.view.key)
        draft, past = self.draft, self.draft.sequence

        def take_back() -> None:
            if self.draft is draft and draft.sequence == past:
                self.undo()

        self.session.toast.tell(f"{name} is removed.", undo=take_back)

    def _move(self, key: str, place: int) -> None:
        self._changed(self.draft.move(key, place))
        self.list.focus_card(key)

    def _duplicate(self) -> None:
        assert self.opened is not None
        work = self.session.engine.services.drafts.duplicate(self.opened.campaign_id)
        show, button = self.session.show, self.notice.duplicate
        self.session.commands.run_command(
            work, name="duplicate", busy=button, on_done=lambda made: show("campaign", made[0])
        )

    # changing a sequence that is in use

    def _change(self) -> None:
        assert self.opened is not None
        self._begin_changing(_at_same_step(self.draft, self.opened.sequence, is_in_use=True))

    def _begin_changing(self, draft: SequenceDraft) -> None:
        assert self.opened is not None
        self.draft = self._changing[self.opened.campaign_id] = draft
        self._show_notice()
        self._show_all()
        self.list.focus_card(self.draft.view.key)

    def _end_changing(self, campaign_id: int) -> None:
        self._changing.pop(campaign_id, None)
        if self.opened is not None and self.opened.campaign_id == campaign_id:
            self.draft = _at_same_step(self.draft, self.opened.sequence)
            self._show_notice()
            self._show_all()

    def _discard(self) -> None:
        opened, draft = self.opened, self.draft
        assert opened is not None
        self._end_changing(opened.campaign_id)

        def take_back() -> None:
            if self.opened is not None and self.opened.campaign_id == opened.campaign_id:
                self._begin_changing(draft)

        self.session.toast.tell("Your changes were discarded.", undo=take_back)

    def _save_change(self) -> None:
        assert self.opened is not None
        sheet = self.sheet = ChangeSheet(self.session, self.opened.campaign_id, self.draft.sequence, self.window())
        sheet.saved.connect(self._on_change_saved)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _on_change_saved(self, done: SavedChange) -> None:
        self._end_changing(done.campaign_id)
        changes, toast = self.session.engine.services.sequence_changes, self.session.toast

        def take_back() -> None:
            work = changes.take_back(done)
            self.session.commands.run_command(
                work, name="take back a change", on_done=lambda _: toast.tell("It was taken back.")
            )

        whom = f"{say.count(done.moved, 'person', 'people')} in it and new leads" if done.moved else "new leads"
        toast.tell(f"Saved as version {done.n}: it is used for {whom}.", undo=take_back)

    def _show_notice(self) -> None:
        opened = self.opened
        if opened is None:
            return
        self.notice.show_state(
            can_change=opened.can_change,
            is_changing=opened.campaign_id in self._changing,
            has_changes=self.draft.sequence != opened.sequence,
        )
        self.notice.setVisible(not opened.is_editable)

    # keeping

    def _put(self) -> None:
        assert self.opened is not None
        if not self.opened.is_editable:
            self._show_notice()
            return
        self.autosave.put((self.opened.campaign_id, self.draft.sequence))

    def _on_save_failed(self, error: ErrorText) -> None:
        self.session.toast.warn(f"Not saved. {error.sentence}")

    # showing

    @property
    def _is_editable(self) -> bool:
        opened = self.opened
        return opened is not None and (opened.is_editable or opened.campaign_id in self._changing)

    def _show_all(self, caret: int | None = None) -> None:
        if self.opened is None:
            return
        step = self.draft.step
        for part in (self.editor, self.preview):
            part.setVisible(step is not None)
        self._rest.stop()
        self._times = preview.times_of(self.draft.sequence, self.opened.hours, self.session.engine.clock.now())
        if step is not None:
            self.editor.show_step(step_view(self.draft, is_editable=self._is_editable))
            self.editor.field.show_text(self.draft.text, caret)
            self._show_person()
        self._show_slow()

    def _show_slow(self) -> None:
        """Show what may come a moment after a keystroke: cards, problems and their places."""
        if self.opened is None:
            return
        sequence, step, variables = self.draft.sequence, self.draft.step, self.leads.variables
        self.list.show_cards(
            cards(sequence, text_problems.known_names(variables)), self.draft.view.key, is_editable=self._is_editable
        )
        if step is None:
            return
        found = text_problems.problems(sequence, step, self.draft.view.variant, variables, say.number)
        self.editor.strip.show_problems(found, is_editable=self._is_editable)
        self.editor.field.set_trouble(text_problems.troubled_names(self.draft.text, variables))
        self.editor.field.set_marks([(m.start, m.length) for m in text_problems.marks(self.draft.text, variables)])
        self.leads.rank_by(self.draft.step)

    def _show_text(self) -> None:
        """Show the text for the person: the work of each keystroke."""
        step, opened = self.draft.step, self.opened
        if step is None or opened is None:
            return
        shown = preview.show(step, self.draft.view.variant, self.leads.person, is_paid=opened.is_paid)
        self.preview.show_text(shown, preview.kind_words(step))
        chars, limit = shown.chars, shown.limit
        count = f"limit {say.number(limit)}"
        if shown.text:
            count = f"{say.count(chars, 'character', 'characters')}, {count}"
        self.editor.show_count(count, is_over=chars > limit)

    def _show_person(self) -> None:
        opened, person, key = self.opened, self.leads.person, self.draft.view.key
        if opened is None or not key:
            return
        self.preview.show_person(person)
        at, many = self.leads.place
        words = f"{say.number(at)} of {say.number(many)}" if many else "Sample person"
        self.preview.show_place(words, can_step=many > 1, can_sort=many > 1, is_sample=not many)
        self.preview.show_before(
            preview.earlier(self.draft.sequence, key, person, self._times, is_paid=opened.is_paid, say=say.clock_words)
        )
        self._show_text()
        sentence = preview.sentence(self.draft.sequence, key, person, self._times, say=say.clock_words)
        hints = (sentence, preview.no_time_words(opened.has_account), "" if many else preview.DROP_WORDS)
        self.preview.show_sentence("\n".join(words for words in hints if words))

    def _on_variables(self) -> None:
        self.editor.set_variables(variable_lines(self.leads.variables, say.number))
        self._show_slow()


def _at_same_step(before: SequenceDraft, sequence: Sequence, *, is_in_use: bool = False) -> SequenceDraft:
    """Return a draft of a sequence that shows the step that was shown, if it is there."""
    draft = SequenceDraft(sequence, is_in_use=is_in_use)
    if any(step.key == before.view.key for step in sequence.steps):
        draft.choose(before.view.key, before.view.variant)
    return draft


def _delay(amount: int, unit: str) -> Delay:
    return Delay(amount=amount, unit=DelayUnit(unit))
