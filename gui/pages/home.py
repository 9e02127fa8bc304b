"""Home: the running state in words, who answered, what is next, what needs you, and the budgets."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from gui import formatting as say
from gui.pages.first_run import FirstRun
from gui.pages.frame import BarePage, Page
from gui.readings import Snapshot
from gui.session import Session
from gui.sheets.connect_sheet import open_connect_sheet
from gui.state.lead_query import LeadQuery
from gui.state.running import asked_about, coming_lines, coming_note, running_state
from gui.widgets.basics import Button, Card, Scroll, column, row
from gui.widgets.budget_card import BudgetCard
from gui.widgets.home_lists import AnswerList, ComingList, QuestionList
from gui.widgets.words import Words

BUDGET_CARDS = 4


class HomePage(BarePage):
    """Shows the newest snapshot; on a new data folder the three ways in."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("Home", parent)
        self._session = session
        self._stack = QStackedWidget()
        column(self).addWidget(self._stack)
        self.first_run = FirstRun(session)
        self._page = Page("Home")
        self._stack.addWidget(self.first_run)
        self._stack.addWidget(self._page)
        self._build_head()
        self._build_body()
        session.readings.read.connect(self.show_snapshot)

    def _build_head(self) -> None:
        importing = Button("Import…", says="Import leads from a file")
        importing.clicked.connect(self._session.choose_file)
        self._brake = Button("Pause all", says="Pause everything", is_decision=True)
        self._brake.clicked.connect(self._session.brake)
        self._connect = Button("Connect LinkedIn…", is_primary=True)
        self._connect.clicked.connect(lambda: open_connect_sheet(self._session, self))
        self._page.head.addWidget(self._connect)
        self._page.head.addWidget(importing)
        self._page.head.addWidget(self._brake)

    def _build_body(self) -> None:
        inner = QWidget()
        halves = row(inner, gap=14)
        left, right = column(gap=14), column(gap=14)
        self._answers = Card("Replies", note="their sequences have stopped")
        self.answer_list = AnswerList()
        self.answer_list.lead_requested.connect(lambda lead_id: self._session.show("leads", lead_id))
        self._answers.body.addWidget(self.answer_list)
        self._more_answers = Button("", look="link")
        self._more_answers.clicked.connect(lambda: self._session.show("leads", LeadQuery(stage="responded")))
        self._answers.body.addWidget(self._more_answers)
        self._coming = Card("What happens next")
        self.coming_list = ComingList()
        self._coming.body.addWidget(self.coming_list)
        self._needs = Card("Needs you")
        self.question_list = QuestionList()
        self.question_list.choice_made.connect(self._resolve)
        self.question_list.lead_requested.connect(lambda lead_id: self._session.show("leads", lead_id))
        self._needs.body.addWidget(self.question_list)
        self._budgets = [BudgetCard() for _ in range(BUDGET_CARDS)]
        self._more_accounts = Words(look="small")
        for card in (self._answers, self._coming):
            left.addWidget(card)
        for card in (self._needs, *self._budgets, self._more_accounts):
            right.addWidget(card)
        left.addStretch(1)
        right.addStretch(1)
        halves.addLayout(left, 58)
        halves.addLayout(right, 42)
        self._page.body.addWidget(Scroll(inner), 1)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show what was read."""
        self._stack.setCurrentWidget(self.first_run if snapshot.is_new else self._page)
        overview, state = snapshot.overview, running_state(snapshot)
        self._page.title.say(state.head)
        self._page.subtitle.say(state.next_words)
        self._brake.name("Resume" if overview.is_paused else "Pause all")
        self._brake.setVisible(bool(overview.accounts))
        self._connect.setVisible(not overview.accounts)
        total = say.count(overview.replies, "reply", "replies")
        self._answers.heading.say(total if overview.replies else "Replies")
        self._answers.note.setVisible(bool(snapshot.answers))
        self.answer_list.show_answers(snapshot.answers, overview.now)
        self.answer_list.setVisible(bool(snapshot.answers) or not overview.replies)
        self.coming_list.show_lines(coming_lines(overview, asked_about(snapshot)), coming_note(overview))
        self._more_answers.setVisible(overview.replies > len(snapshot.answers))
        self._more_answers.name(f"Show all {total}", "Show everybody who replied")
        self._show_questions(snapshot)
        for position, card in enumerate(self._budgets):
            card.setVisible(position < len(overview.accounts))
            if position < len(overview.accounts):
                card.show_account(overview.accounts[position])
        left_out = len(overview.accounts) - len(self._budgets)
        self._more_accounts.setVisible(left_out > 0)
        self._more_accounts.say(f"and {say.count(left_out, 'more account', 'more accounts')}")

    def _show_questions(self, snapshot: Snapshot) -> None:
        number = len(snapshot.questions)
        self._needs.heading.say(f"Needs you: {say.number(number)}" if number else "Needs you")
        self._needs.set_kind("trouble" if number else "plain")
        self.question_list.show_items(snapshot.questions, snapshot.overview.now)

    def _resolve(self, item_id: str, choice: str) -> None:
        session = self._session

        def done(_: object) -> None:
            session.toast.tell(say.CHOICE_MEANINGS[choice])
            session.readings.refresh.ask()

        session.commands.run_command(
            session.engine.services.attention.resolve(item_id, choice),
            name=f"resolve {item_id}",
            busy=self.question_list,
            on_done=done,
        )
