"""The step that is shown: its wait, its wordings with their shares, the text, what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QSizePolicy, QSpinBox, QStackedWidget, QWidget

from gui.state.chip_text import chip_words, variable_source
from gui.state.sequence_words import variant_name
from gui.state.step_view import StepView
from gui.widgets.basics import Button, Card, column, inset, row
from gui.widgets.editor.popover import DelayPopover, EmptyPopover
from gui.widgets.editor.problem_strip import ProblemStrip
from gui.widgets.editor.text_field import TextField
from gui.widgets.words import OneLine, Words


class StepEditor(QWidget):
    """Shows a step; every change is a wish."""

    variant_chosen = Signal(int)
    variant_added = Signal()
    variant_removed = Signal()
    share_changed = Signal(int)
    wait_changed = Signal(int, str)
    within_changed = Signal(int, str)
    branch_changed = Signal(str, str)
    source_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: StepView | None = None
        self._chip = -1
        whole = column(self, gap=8)
        whole.addLayout(self._heading())
        whole.addLayout(self._variant_line())
        self.field = TextField()
        self.field.setAccessibleName("Text")
        self.body = QStackedWidget()
        self.body.addWidget(self.field)
        self.body.addWidget(self._plain_step())
        whole.addWidget(self.body, 1)
        self.strip = ProblemStrip()
        whole.addWidget(self.strip)
        whole.addLayout(self._foot())
        self.wait_popover = DelayPopover("How long to wait", self)
        self.within_popover = DelayPopover("How long the invitation stays open", self)
        self.empty_popover = EmptyPopover(self)
        self.wait_popover.changed.connect(self.wait_changed)
        self.within_popover.changed.connect(self.within_changed)
        self.empty_popover.chosen.connect(self._on_otherwise)
        self.field.chip_chosen.connect(self._open_chip)
        self.strip.default_requested.connect(self.open_default)

    def show_step(self, view: StepView) -> None:
        """Show another step, or the same one after a change; the text is shown by `field`."""
        self._view = view
        self.title.say(view.title)
        amount, _, words = view.waits
        self.wait.name(f"wait {words}" if amount else "at once", f"Wait: {words if amount else 'at once'}")
        self.wait.setVisible(view.kind != "branch")
        self.waits_for.say(view.waits_for)
        self.waits_for.setVisible(view.kind != "branch")
        for part in (self.wait, self.within, self.share, self.add_variant, self.remove_variant, self.then, self.other):
            part.setEnabled(view.is_editable)
        self.within.setVisible(view.within is not None)
        if view.within is not None:
            self.within.name(f"accepted within {view.within[2]}, else withdrawn")
        self._show_variants(view)
        self.body.setCurrentIndex(0 if view.has_text else 1)
        for part in (self.count, self.insert, self.source):
            part.setVisible(view.has_text)
        self.insert.setEnabled(view.is_editable)
        self.field.setReadOnly(not view.is_editable)
        hint = "Without a note. Write one here if you want to." if view.kind == "invite" else "Write the message here."
        self.field.setPlaceholderText(hint)
        self._show_plain(view)

    def show_count(self, words: str, *, is_over: bool) -> None:
        """Show how long the text is."""
        self.count.say(words)
        self.count.set_look("trouble" if is_over else "small")

    def set_variables(self, names: dict[str, str]) -> None:
        """Know the variables, each with its line in a list."""
        self.field.variables.set_names(names)
        self.menu.clear()
        for name, words in names.items():
            self.menu.addAction(words.replace("&", "&&"), lambda name=name: self.field.insert_variable(name))

    def open_default(self, name: str) -> None:
        """Ask for the words for an empty variable, at its first chip without any."""
        self._open_chip(self.field.find_chip(name))

    def _heading(self) -> QWidget:
        line = row(gap=6)
        self.title = Words(look="strong")
        self.within = Button("", look="link", says="How long the invitation stays open")
        self.wait = Button("", look="link")
        self.waits_for = OneLine(look="small")
        self.waits_for.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        line.addWidget(self.title)
        line.addStretch(1)
        line.addWidget(self.wait)
        line.addWidget(self.waits_for)
        self.wait.clicked.connect(self._open_wait)
        self.within.clicked.connect(self._open_within)
        return line

    def _variant_line(self) -> QWidget:
        self._letters = row(gap=6)
        self.letters: list[Button] = []
        self.add_variant = Button("+ variant", look="soft", says="Add a variant")
        self.share = inset(QSpinBox())
        self.share.setRange(1, 1000)
        self.share.setFixedWidth(70)
        self.share.setAccessibleName("Share of this variant")
        self.share_words = Words("share", "small")
        self.remove_variant = Button("Remove", look="soft", says="Remove this variant")
        for part in (self.add_variant, self.share_words, self.share, self.remove_variant):
            self._letters.addWidget(part)
        self._letters.addStretch(1)
        self._letters.addWidget(self.within)
        self.add_variant.clicked.connect(self.variant_added)
        self.remove_variant.clicked.connect(self.variant_removed)
        self.share.valueChanged.connect(self.share_changed)
        return self._letters

    def _foot(self) -> QWidget:
        line = row(gap=8)
        self.count = OneLine(look="small")
        self.insert = Button("Insert variable  {{", says="Insert variable")
        self.menu = QMenu(self.insert)
        self.insert.clicked.connect(self._open_menu)
        self.source = Button("Source", says="Show the text's source")
        self.source.setCheckable(True)
        self.source.toggled.connect(self._on_source)
        line.addWidget(self.count, 1)
        line.addWidget(self.insert)
        line.addWidget(self.source)
        return line

    def _plain_step(self) -> QWidget:
        card = Card()
        self.says = Words(wraps=True)
        card.body.addWidget(self.says)
        self.branch = QWidget()
        lines = column(self.branch, gap=6)
        self.then, self.other = QComboBox(), QComboBox()
        for box, words in ((self.then, "If they are connected, go on with"), (self.other, "Otherwise go on with")):
            box.setAccessibleName(words)
            lines.addWidget(Words(words))
            lines.addWidget(box)
            box.activated.connect(self._on_branch)
        card.body.addWidget(self.branch)
        card.body.addStretch(1)
        return card

    def _show_variants(self, view: StepView) -> None:
        while len(self.letters) < view.variants:
            number = len(self.letters)
            letter = Button(variant_name(number), look="soft", says=f"Variant {variant_name(number)}")
            letter.setCheckable(True)
            letter.clicked.connect(lambda _=False, number=number: self.variant_chosen.emit(number))
            self.letters.append(letter)
            self._letters.insertWidget(number, letter)
        for number, letter in enumerate(self.letters):
            letter.setVisible(number < view.variants)
            letter.setChecked(number == view.variant)
        self.add_variant.setVisible(view.has_text and view.is_editable and view.variants < 10)
        for part in (self.share, self.share_words, self.remove_variant):
            part.setVisible(view.variants > 1)
        self.share.blockSignals(True)
        self.share.setValue(view.share)
        self.share.blockSignals(False)

    def _show_plain(self, view: StepView) -> None:
        self.says.say(view.says)
        self.branch.setVisible(view.kind == "branch")
        if view.kind != "branch":
            return
        for box, chosen in ((self.then, view.then_key), (self.other, view.else_key)):
            box.clear()
            for key, title in view.targets:
                box.addItem(title, key)
            box.setCurrentIndex(box.findData(chosen))

    def _on_branch(self) -> None:
        self.branch_changed.emit(self.then.currentData() or "", self.other.currentData() or "")

    def _open_wait(self) -> None:
        if self._view is not None:
            self.wait_popover.open_under(self.wait, self.wait.rect())
            self.wait_popover.show_delay(*self._view.waits[:2])

    def _open_within(self) -> None:
        if self._view is not None and self._view.within is not None:
            self.within_popover.open_under(self.within, self.within.rect())
            self.within_popover.show_delay(*self._view.within[:2], least=1)

    def _open_menu(self) -> None:
        self.menu.popup(self.insert.mapToGlobal(QPoint(0, self.insert.height() + 2)))

    def _on_source(self, is_source: bool) -> None:
        self.field.show_source(is_source)
        self.source_toggled.emit(is_source)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open_chip(self, position: int) -> None:
        if self._view is None or not self._view.is_editable:
            return
        if position < 0:
            self.source.setChecked(False)
            return
        chip = chip_words(self.field.chip_at(position))
        self._chip = position
        note = "Without words, leads who have nothing there are held."
        self.empty_popover.show_chip(chip.words, chip.otherwise, note)
        self.empty_popover.open_under(self.field, self.field.chip_rect(position))
        self.empty_popover.words.setFocus(Qt.FocusReason.PopupFocusReason)

    def _on_otherwise(self, words: str | None) -> None:
        source = self.field.chip_at(self._chip)
        if source:
            self.field.replace_chip(self._chip, variable_source(chip_words(source).name, words))
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def sizeHint(self) -> QSize:
        """Take what there is."""
        return QSize(420, 400)
