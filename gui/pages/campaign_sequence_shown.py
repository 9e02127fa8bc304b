"""What the Sequence tab shows: steps, text and a real person side by side. It changes and keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QWidget

from engine.domain.sequences import Sequence
from gui import formatting as say
from gui.pages.campaign_tabs import CampaignTab
from gui.preview_leads import PreviewLeads
from gui.session import Session
from gui.state import preview, text_problems
from gui.state.sequence_draft import SequenceDraft
from gui.state.sequence_words import cards
from gui.state.step_view import step_view, variable_lines
from gui.widgets.basics import Scroll, column
from gui.widgets.editor.preview_pane import PreviewPane
from gui.widgets.editor.started_notice import StartedNotice
from gui.widgets.editor.step_editor import StepEditor
from gui.widgets.editor.step_list import StepList

if TYPE_CHECKING:
    from engine.domain.step_times import StepTime
    from engine.services.drafts import OpenDraft

REST_MS = 120
"""Cards, problems and marks follow when typing rests for so long; the preview follows at once."""
WIDTHS, STRETCH = (264, 430, 340), (0, 3, 2)
LEAST_PX = 780
"""Narrower than this, the three parts scroll sideways."""


class SequenceShown(CampaignTab):
    """The editor's widgets, filled from a sequence and the leads of its campaign."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.opened: OpenDraft | None = None
        self.draft = SequenceDraft(Sequence(steps=()))
        self._changing: dict[int, SequenceDraft] = {}
        """Sequences in use that are being changed, by campaign, until they are saved or discarded."""
        self.leads = PreviewLeads(session, self)
        self.leads.hold(True)
        self.list, self.editor, self.preview = StepList(), StepEditor(), PreviewPane()
        self.notice = StartedNotice()
        self._times: Mapping[str, StepTime] = {}
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._show_slow)
        self._lay_out()
        self.leads.person_changed.connect(self._show_person)
        self.leads.variables_changed.connect(self._on_variables)
        self.preview.step_requested.connect(self.leads.step_by)
        self.preview.worst_toggled.connect(lambda on: self.leads.rank_by(self.draft.step, is_worst_first=on))

    def _lay_out(self) -> None:
        whole = column(self, gap=10)
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
