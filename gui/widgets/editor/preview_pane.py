"""What one person will get: the texts before, the one that is written, and when."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from gui import theme
from gui.state.preview import Bubble, Person, Shown
from gui.widgets.basics import Button, Card, Scroll, column, row
from gui.widgets.words import OneLine, Words

FACE_PX = 36


class Face(QWidget):
    """A person's initials in a circle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(QSize(FACE_PX, FACE_PX))
        self._letters = ""

    def show_letters(self, letters: str) -> None:
        """Show other initials."""
        self._letters = letters
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("accent_soft"))
        painter.drawEllipse(self.rect())
        painter.setPen(theme.colour("text"))
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letters)


class TextBubble(QFrame):
    """A text as the person will read it."""

    def __init__(self, look: str = "") -> None:
        super().__init__()
        self.setProperty("card", "bubble")
        whole = column(self, gap=0, margins=(12, 9, 12, 9))
        self.words = Words(look=look, wraps=True)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        whole.addWidget(self.words)


class PreviewPane(QWidget):
    """Shows one person and one step; wishes for the one before, the one after, the worst first."""

    step_requested = Signal(int)
    worst_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        whole = column(self, gap=8)
        whole.addLayout(self._heading())
        self.card = Card()
        self.card.setAccessibleName("Preview")
        whole.addWidget(self.card, 1)
        self.card.body.addLayout(self._person_line())
        inner = QWidget()
        self._lines = column(inner, gap=8)
        self._before: list[tuple[Words, TextBubble]] = []
        self.bubble = TextBubble()
        self.held = Words(look="trouble", wraps=True)
        self.plain = Words(look="muted", wraps=True)
        self.note = Words(look="small", wraps=True)
        for part in (self.bubble, self.held, self.plain, self.note):
            self._lines.addWidget(part)
        self._lines.addStretch(1)
        self.scroll = Scroll(inner)
        self.card.body.addWidget(self.scroll, 1)
        self.sentence = Words(look="small", wraps=True)
        self.card.body.addWidget(self.sentence)

    def show_place(self, words: str, *, can_step: bool, can_sort: bool, is_sample: bool) -> None:
        """Show which person of how many it is; beside a sample there is nobody to go to."""
        self.place.say(words)
        for button in (self.previous, self.next):
            button.setEnabled(can_step)
            button.setVisible(not is_sample)
        self.worst.setVisible(not is_sample)
        self.worst.setEnabled(can_sort)

    def show_person(self, person: Person) -> None:
        """Show somebody."""
        self.face.show_letters(person.initials)
        self.name.say(person.name)
        self.about.say(person.about)

    def show_before(self, bubbles: Sequence[Bubble]) -> None:
        """Show what they got before."""
        while len(self._before) < len(bubbles):
            made = Words(look="small", wraps=True), TextBubble("small")
            place = 2 * len(self._before)
            self._lines.insertWidget(place, made[0])
            self._lines.insertWidget(place + 1, made[1])
            self._before.append(made)
        for place, (line, bubble) in enumerate(self._before):
            is_used = place < len(bubbles)
            line.setVisible(is_used)
            bubble.setVisible(is_used and bool(bubbles[place].text))
            if is_used:
                line.say(bubbles[place].line)
                bubble.words.say(bubbles[place].text)

    def show_text(self, shown: Shown, plain: str) -> None:
        """Show the text, or why it can't be written, or in plain words what a step without text does."""
        self.bubble.setVisible(bool(shown.text))
        self.bubble.words.say(shown.text)
        self.held.say(f"They would be held: {shown.held}" if shown.held else "")
        self.held.setVisible(bool(shown.held))
        words = "" if shown.text or shown.held else plain
        self.plain.say(words)
        self.plain.setVisible(bool(words))
        self.note.say(shown.note)
        self.note.setVisible(bool(shown.note))

    def show_sentence(self, words: str) -> None:
        """Show when it goes out."""
        self.sentence.say(words)
        self.sentence.setVisible(bool(words))

    def _heading(self) -> QWidget:
        line = row(gap=6)
        self.place = OneLine(look="small")
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.previous = Button(_key("Ctrl+["), look="soft", says="The lead before")
        self.next = Button(_key("Ctrl+]"), look="soft", says="The next lead")
        self.worst = Button("Worst first", look="soft")
        self.worst.setCheckable(True)
        self.previous.clicked.connect(lambda: self.step_requested.emit(-1))
        self.next.clicked.connect(lambda: self.step_requested.emit(1))
        self.worst.toggled.connect(self.worst_toggled)
        line.addWidget(Words("Preview", "strong"))
        line.addWidget(self.place, 1)
        for part in (self.previous, self.next, self.worst):
            line.addWidget(part)
        return line

    def _person_line(self) -> QWidget:
        line = row(gap=10)
        self.face, self.name, self.about = Face(), OneLine(look="strong"), OneLine(look="small")
        lines = column(gap=1)
        lines.addWidget(self.name)
        lines.addWidget(self.about)
        line.addWidget(self.face, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(lines, 1)
        return line


def _key(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText).replace("+", " ")
