"""What comes next for a lead in one campaign, in one sentence, and what can be decided about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from engine.domain.step_choice import Verb
from gui import formatting as say
from gui.state.lead_words import future_words
from gui.widgets.basics import Button, column, row
from gui.widgets.words import Chip, OneLine, Words

if TYPE_CHECKING:
    from engine.services.lead_stories import CampaignStory
    from engine.services.questions import Item

STAGE_CHIPS = {"needs_attention": "trouble"}
VERB_WORDS = {
    Verb.RETRY: "Try again now",
    Verb.GO_ON: "Not an answer: go on…",
    Verb.SKIP: "Skip what comes next",
    Verb.GO_TO: "Go to step…",
    Verb.RESTART: "Start again from the beginning",
}


class FutureCard(QFrame):
    """One campaign's sentence, and buttons that carry something out."""

    texts_requested = Signal()
    exclude_requested = Signal()
    decided = Signal(int, str)
    """The enrolment and what was chosen for it."""

    def __init__(self, story: CampaignStory, now: datetime, *, has_texts: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "soft")
        whole = column(self, gap=4, margins=(12, 9, 12, 10))
        top = row()
        top.addWidget(Chip(say.stage(story.stage), STAGE_CHIPS.get(story.stage, "plain")))
        top.addWidget(OneLine(story.campaign, "small"), 1)
        whole.addLayout(top)
        head, why = future_words(story, now, lambda at: say.when(at, now))
        self.head, self.why = Words(head, "head", wraps=True), Words(why, wraps=True)
        whole.addWidget(self.head)
        if why:
            whole.addWidget(self.why)
        self.show_text = Button("Show text", says="Show the coming texts", is_small=True)
        self.show_text.clicked.connect(self.texts_requested)
        self.exclude = Button("Exclude…", says="Exclude this person", is_small=True)
        self.exclude.clicked.connect(self.exclude_requested)
        self.more = Button("More", says=f"More for this person in {story.campaign}", is_small=True)
        self.menu = self._menu(story)
        line = row()
        whole.addLayout(line)
        for button, is_wanted in (
            (self.show_text, has_texts),
            (self.exclude, story.is_excludable),
            (self.more, bool(story.decisions)),
        ):
            # Put in first: a button without a parent would be shown as a window of its own.
            line.addWidget(button)
            button.setVisible(is_wanted)
        line.addStretch(1)

    def _menu(self, story: CampaignStory) -> QMenu:
        menu = QMenu(self.more)
        for verb in story.decisions:
            menu.addAction(VERB_WORDS[verb], lambda verb=verb: self.decided.emit(story.enrolment_id, str(verb)))
        self.more.clicked.connect(lambda: menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2))))
        return menu


class QuestionCard(QFrame):
    """A question about this lead, and the answers there are."""

    answered = Signal(str, str)
    """The question's id and the choice."""

    def __init__(self, item: Item, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "trouble")
        whole = column(self, gap=4, margins=(12, 9, 12, 10))
        whole.addWidget(Words(say.sentence(item.question), "head", wraps=True))
        whole.addWidget(OneLine(item.campaign, "small"))
        if item.text:
            whole.addWidget(Words(item.text, "quote", wraps=True))
        for seen in item.evidence:
            whole.addWidget(Words(say.seen(seen.words, seen.at, now), "small", wraps=True))
        words = say.HELD_CHOICE_WORDS if item.id.startswith("e") else say.CHOICE_WORDS
        self.buttons: dict[str, Button] = {}
        for first in range(0, len(item.choices), 2):
            line = row()
            for choice in item.choices[first : first + 2]:
                button = self.buttons[choice] = Button(
                    words.get(choice, choice.capitalize()), is_small=True, is_decision=True
                )
                button.explain(say.CHOICE_MEANINGS[choice])
                button.clicked.connect(lambda _=False, choice=choice: self.answered.emit(item.id, choice))
                line.addWidget(button)
            line.addStretch(1)
            whole.addLayout(line)
