"""The upper part of the import page: what is imported into what, the button, and the counts that filter the rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QMenu, QProgressBar, QWidget

from engine.domain.csv_format import CsvFormat
from engine.domain.csv_verdicts import Happens
from gui.state.import_words import DELIMITER_WORDS, ENCODING_WORDS, ChipWords, format_words
from gui.widgets.basics import Button, clear, column, row
from gui.widgets.words import OneLine, Words

INTO_PX = 250
NEW_CAMPAIGN = -1
POINTER = "\u203a"


class ImportHead(QWidget):
    """Says and asks; knows nothing of rows."""

    back_requested = Signal()
    cancel_requested = Signal()
    import_requested = Signal()
    campaign_chosen = Signal()
    new_campaign_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole, names = row(self, gap=10), column(gap=0)
        self.back = Button(f"Leads {POINTER}", look="crumb", says="Back to the leads")
        self.title = OneLine("Import", "page")
        names.addWidget(self.back)
        names.addWidget(self.title)
        whole.addLayout(names, 1)
        into = Words("into", "muted")
        self.campaign = QComboBox()
        self.campaign.setAccessibleName("Into which campaign")
        self.campaign.setFixedWidth(INTO_PX)
        into.setBuddy(self.campaign)
        self.cancel = Button("Cancel")
        self.go = Button("Import", is_primary=True)
        for widget in (into, self.campaign, self.cancel, self.go):
            whole.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        self._before = 0
        self.back.clicked.connect(self.back_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.go.clicked.connect(self.import_requested)
        self.campaign.currentIndexChanged.connect(self._on_chosen)

    def offer(self, campaigns: Sequence[tuple[str, int]], chosen: int | None) -> None:
        """Offer campaigns by words and id; keep the given one chosen, "no campaign" if it isn't there."""
        with QSignalBlocker(self.campaign):
            self.campaign.clear()
            for words, campaign_id in campaigns:
                self.campaign.addItem(words, campaign_id)
            self.campaign.addItem("No campaign: only keep them", None)
            self.campaign.addItem("New campaign…", NEW_CAMPAIGN)
        self.choose(chosen)

    def choose(self, campaign_id: int | None) -> None:
        """Choose a campaign, or none, without telling."""
        with QSignalBlocker(self.campaign):
            found = [i for i in range(self.campaign.count()) if self.campaign.itemData(i) == campaign_id]
            self.campaign.setCurrentIndex(found[0] if found else self.campaign.count() - 2)
        self._before = self.campaign.currentIndex()

    @property
    def chosen(self) -> int | None:
        """The id of the chosen campaign, or None."""
        found = self.campaign.currentData()
        return None if found == NEW_CAMPAIGN else found

    def _on_chosen(self, position: int) -> None:
        if self.campaign.itemData(position) == NEW_CAMPAIGN:
            with QSignalBlocker(self.campaign):
                self.campaign.setCurrentIndex(self._before)
            self.new_campaign_requested.emit()
            return
        self._before = position
        self.campaign_chosen.emit()


class ImportCounts(QWidget):
    """A chip for each kind of row, and the format with its menu."""

    kind_chosen = Signal(object)
    """A Happens, or None for all rows."""
    format_chosen = Signal(str, str)
    """Encoding and delimiter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        line = row(self, gap=8)
        self._chips = row(gap=8)
        line.addLayout(self._chips)
        line.addStretch(1)
        self.format = Button("", look="link", says="How the file is read")
        self.format.clicked.connect(self._open_menu)
        line.addWidget(self.format)
        self.buttons: dict[Happens | None, Button] = {}
        self._found: CsvFormat | None = None

    def show_chips(self, chips: Sequence[ChipWords], chosen: Happens | None) -> None:
        """Show counts; the chips that stay keep the focus."""
        if [chip.kind for chip in chips] != list(self.buttons):
            clear(self._chips)
            self.buttons = {chip.kind: self._made(chip) for chip in chips}
        for chip in chips:
            button = self.buttons[chip.kind]
            button.name(chip.words, f"Show only: {chip.words}" if chip.kind is not None else f"Show all {chip.words}")
            button.setChecked(chip.kind == chosen)

    def _made(self, chip: ChipWords) -> Button:
        button = Button(chip.words, look="soft")
        button.setCheckable(True)
        if chip.is_warning:
            button.setProperty("tone", "warning")
        button.clicked.connect(lambda _=False, kind=chip.kind: self.kind_chosen.emit(kind))
        self._chips.addWidget(button)
        return button

    def show_format(self, found: CsvFormat | None) -> None:
        """Show how the file is read."""
        self._found = found
        words = format_words(found)
        self.format.name(f"{words} ▾", f"How the file is read: {words}")
        self.format.setVisible(found is not None)

    def menu(self) -> QMenu:
        """Return the choice of encodings and delimiters."""
        assert self._found is not None
        found, made = self._found, QMenu(self)
        for title, words, now in (
            ("Encoding", ENCODING_WORDS, found.encoding),
            ("Delimiter", DELIMITER_WORDS, found.delimiter),
        ):
            made.addSection(title)
            for value, text in words.items():
                action = made.addAction(text)
                action.setCheckable(True)
                action.setChecked(value == now)
                pair = (value, found.delimiter) if title == "Encoding" else (found.encoding, value)
                action.triggered.connect(lambda _=False, pair=pair: self.format_chosen.emit(*pair))
        return made

    def _open_menu(self) -> None:
        made = self.menu()
        made.aboutToHide.connect(made.deleteLater)
        made.popup(self.format.mapToGlobal(self.format.rect().bottomLeft()))


class ImportProgress(QWidget):
    """What is being done to the list, and how far it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, gap=8)
        self._words, self._bar = Words(look="muted"), QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        lines.addWidget(self._words)
        lines.addWidget(self._bar)

    def begin(self, words: str) -> None:
        """Say what begins; how long it takes isn't known yet."""
        self._words.say(words)
        self._bar.setRange(0, 0)
        self.show()

    def tell(self, words: str, done: int, total: int) -> None:
        """Say how far it is."""
        self._words.say(words)
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)
