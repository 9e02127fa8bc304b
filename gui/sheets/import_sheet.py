"""Import a lead list: into which campaign, what will happen to its rows, then the import itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QProgressBar,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gui import formatting as say
from gui.error_text import ErrorText
from gui.session import Session
from gui.sheets.sheet import Sheet
from gui.widgets.basics import Button, clear, row
from gui.widgets.words import Chip, Words

if TYPE_CHECKING:
    from engine.services.campaigns import CampaignLine
    from engine.services.importing import ImportOutcome

PROBLEMS_SHOWN = 200
TABLE_PX = 180
OPEN_STATES = ("draft", "running", "paused", "finished")


class ImportSheet(Sheet):
    """Nothing is written before the button is pressed."""

    def __init__(self, session: Session, path: Path, parent: QWidget) -> None:
        super().__init__(f"Import {path.name}", parent, width=640)
        self._session, self._path = session, path
        self._outcome: ImportOutcome | None = None
        line = row(gap=8)
        into = Words("Into", "strong")
        self.campaign = QComboBox()
        self.campaign.setAccessibleName("Into which campaign")
        into.setBuddy(self.campaign)
        line.addWidget(into)
        line.addWidget(self.campaign, 1)
        self.body.addLayout(line)
        self.counts = row(gap=6)
        self.body.addLayout(self.counts)
        self._plan = Words("Reading the file…", wraps=True)
        self.body.addWidget(self._plan)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Progress")
        self.body.addWidget(self.progress)
        self.problems = _problem_table()
        self.body.addWidget(self.problems)
        self.leave = Button("Cancel")
        self.leave.clicked.connect(self.reject)
        self.import_button = Button("Import", is_primary=True)
        self.import_button.setEnabled(False)
        self.import_button.clicked.connect(self._import)
        self.buttons.addWidget(self.leave)
        self.buttons.addWidget(self.import_button)
        self.campaign.currentIndexChanged.connect(lambda _: self._show_plan())
        self._look()

    def _fill_campaigns(self, lines: list[CampaignLine]) -> None:
        for line in lines:
            if line.state not in OPEN_STATES:
                continue
            self.campaign.addItem(f"{line.name} ({say.STATE_WORDS[line.state].lower()})", line)
        self.campaign.addItem("No campaign: only keep them", None)

    def _look(self) -> None:
        async def look() -> ImportOutcome:
            services = self._session.engine.services
            self._fill_campaigns(await services.campaigns.list())
            return await services.leads.import_file(self._path, None, is_dry_run=True, progress=self._on_progress)

        self._task = self._session.commands.run_command(
            look(), name="look at lead list", on_done=self._on_looked, on_failed=self._on_refused
        )
        self.finished.connect(lambda _: self._task.cancel() if self._task else None)

    def _on_progress(self, done: int, total: int) -> None:
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(done)

    def _on_refused(self, error: ErrorText) -> None:
        self.progress.hide()
        self._plan.hide()
        self.campaign.setEnabled(False)
        self.leave.name("Close")
        self.import_button.hide()
        self.show_error(error)
        self.leave.setFocus()

    def _on_looked(self, outcome: ImportOutcome) -> None:
        self._outcome = outcome
        self.progress.hide()
        clear(self.counts)
        for words, kind in _count_words(outcome):
            self.counts.addWidget(Chip(words, kind))
        self.counts.addStretch(1)
        self._show_problems(outcome)
        self._show_plan()
        self.fit()
        self.import_button.setFocus()

    def _show_problems(self, outcome: ImportOutcome) -> None:
        shown = outcome.problems[:PROBLEMS_SHOWN]
        self.problems.setVisible(bool(shown))
        self.problems.setRowCount(len(shown))
        for position, problem in enumerate(shown):
            for column, words in enumerate((say.number(problem.row), problem.column, problem.problem)):
                self.problems.setItem(position, column, QTableWidgetItem(words))

    def _show_plan(self) -> None:
        outcome = self._outcome
        if outcome is None:
            return
        line = self.campaign.currentData()
        usable = outcome.new + outcome.merged + outcome.unchanged
        goes = line is not None and line.state in ("running", "finished")
        if line is None:
            words = "They are kept as leads; nobody is contacted."
        elif goes:
            words = f"“{line.name}” is started: whoever is new in it is contacted in turn, inside hours and limits."
        elif line.state == "paused":
            words = f"“{line.name}” is paused: nobody is contacted before you resume it."
        else:
            words = f"“{line.name}” is a draft: nobody is contacted before you press Start."
        if outcome.problems:
            words += " The rows listed below have no usable address and are kept as problems."
        self._plan.say(words)
        self.import_button.name(f"Import {say.number(usable)}{' and contact them' if goes else ''}")
        self.import_button.setEnabled(usable > 0)

    def _import(self) -> None:
        line = self.campaign.currentData()
        self.is_held = True
        self.leave.setEnabled(False)
        self.campaign.setEnabled(False)
        self.progress.setRange(0, 0)
        self.progress.show()
        work = self._session.engine.services.leads.import_file(
            self._path, str(line.name) if line else None, progress=self._on_progress
        )
        self._session.commands.run_command(
            work, name="import leads", busy=self.import_button, on_done=self._on_imported, on_failed=self._on_broken
        )

    def _on_broken(self, error: ErrorText) -> None:
        self.is_held = False
        self.leave.setEnabled(True)
        self.campaign.setEnabled(True)
        self.progress.hide()
        self.show_error(error)

    def _on_imported(self, outcome: ImportOutcome) -> None:
        self.is_held = False
        words = ", ".join(words for words, _ in _count_words(outcome)[1:]) or "nothing in it"
        self._session.toast.tell(f"Imported {self._path.name}: {words}.")
        self._session.readings.refresh.ask()
        self.accept()


def _count_words(outcome: ImportOutcome) -> list[tuple[str, str]]:
    parts = [(say.count(outcome.rows, "row", "rows"), "accent")]
    for number, words, kind in (
        (outcome.new, "new", "plain"),
        (outcome.merged, "merged with leads you have", "plain"),
        (outcome.unchanged, "known already", "plain"),
        (len(outcome.problems), "with a problem", "warning"),
    ):
        if number:
            parts.append((f"{say.number(number)} {words}", kind))
    return parts


def _problem_table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setAccessibleName("Rows with problems")
    table.setHorizontalHeaderLabels(["Row", "Column", "Problem"])
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setFixedHeight(TABLE_PX)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    table.hide()
    return table
