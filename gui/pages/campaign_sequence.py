"""The Sequence tab: what a person does to steps and texts; everything is kept by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QWidget

from engine.domain.sequences import Delay, DelayUnit, Sequence, StepKind
from gui import formatting as say
from gui.autosave import Autosave
from gui.bridge import ChangeSet
from gui.error_text import ErrorText
from gui.pages.campaign_sequence_shown import SequenceShown
from gui.pages.campaign_tabs import CampaignPlace
from gui.session import Session
from gui.sheets.change_sheet import ChangeSheet
from gui.state.chip_text import edit_between
from gui.state.sequence_draft import SequenceDraft
from gui.state.sequence_words import titles

if TYPE_CHECKING:
    from engine.services.drafts import OpenDraft
    from engine.services.sequence_changes import SavedChange


class SequenceTab(SequenceShown):
    """Takes what is done in the editor, and hands it to the engine."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.autosave = Autosave(self._keep, session.commands, self)
        self.autosave.failed.connect(self._on_save_failed)
        self.sheet: ChangeSheet | None = None
        self._taken_up: set[int] = set()
        """Campaigns of which what was left unsaved has been taken up: from then on this tab knows better."""
        self._connect()

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
        self.notice.duplicate_requested.connect(self._duplicate)
        self.notice.change_requested.connect(self._change)
        self.notice.save_requested.connect(self._save_change)
        self.notice.discard_requested.connect(self._discard)
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
        if opened.unsaved is not None and opened.campaign_id not in self._taken_up:
            self._changing[opened.campaign_id] = SequenceDraft(opened.unsaved, in_use=opened.sequence)
        self._taken_up.add(opened.campaign_id)
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
        self._begin_changing(_at_same_step(self.draft, self.opened.sequence, in_use=self.opened.sequence))

    def _begin_changing(self, draft: SequenceDraft) -> None:
        assert self.opened is not None
        self.draft = self._changing[self.opened.campaign_id] = draft
        self._show_notice()
        self._show_all()
        self.list.focus_card(self.draft.view.key)

    def _end_changing(self, campaign_id: int) -> None:
        self._changing.pop(campaign_id, None)
        self.autosave.put((campaign_id, None))
        self.autosave.begin()
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
                self._put()

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
        self.autosave.put((self.opened.campaign_id, self.draft.sequence))

    async def _keep(self, kept: tuple[int, Sequence | None]) -> None:
        campaign_id, sequence = kept
        drafts = self.session.engine.services.drafts
        if sequence is None or campaign_id in self._changing:
            await drafts.keep_change(campaign_id, sequence)
        else:
            await drafts.save(campaign_id, sequence)

    def _on_save_failed(self, error: ErrorText) -> None:
        self.session.toast.warn(f"Not saved. {error.sentence}")


def _at_same_step(before: SequenceDraft, sequence: Sequence, *, in_use: Sequence | None = None) -> SequenceDraft:
    """Return a draft of a sequence that shows the step that was shown, if it is there."""
    draft = SequenceDraft(sequence, in_use=in_use)
    if any(step.key == before.view.key for step in sequence.steps):
        draft.choose(before.view.key, before.view.variant)
    return draft


def _delay(amount: int, unit: str) -> Delay:
    return Delay(amount=amount, unit=DelayUnit(unit))
