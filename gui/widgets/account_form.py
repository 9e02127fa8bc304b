"""The settings of one account: hours, limits, warm-up. Shows values and wishes for others; knows no engine."""

from __future__ import annotations

from zoneinfo import available_timezones

from PySide6.QtCore import Qt, QTime, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QGridLayout, QSpinBox, QTimeEdit, QWidget

from gui.state.account_settings import DAYS, NUMBERS, PAID, PAID_MEANS, WARM_UP, WARM_UP_MEANS
from gui.widgets.basics import Button, column, inset, row
from gui.widgets.words import Words

INDENT_PX = 24
TIME = "HH:mm"


class AccountForm(QWidget):
    """Every change is wished for at once."""

    changed = Signal(dict)
    """Setting and value, as texts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_filling = False
        whole = column(self, gap=12)
        whole.addWidget(Words("Working hours", "head"))
        self._build_hours(whole)
        whole.addWidget(Words("Limits", "head"))
        self.numbers: dict[str, QSpinBox] = {}
        self._build_numbers(whole)
        self.warm_up, self.paid = QCheckBox(WARM_UP), QCheckBox(PAID)
        for key, box, means in (("warm_up", self.warm_up, WARM_UP_MEANS), ("paid", self.paid, PAID_MEANS)):
            box.setAccessibleDescription(means)
            box.toggled.connect(lambda on, key=key: self._wish({key: ("on" if on else "off")}))
            words = Words(means, "small", wraps=True)
            words.setContentsMargins(INDENT_PX, 0, 0, 0)
            lines = column(gap=2)
            lines.addWidget(box)
            lines.addWidget(words)
            whole.addLayout(lines)

    def _build_hours(self, whole: object) -> None:
        zone = row(gap=8)
        self.zone = QComboBox()
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.addItems(sorted(available_timezones()))
        self.zone.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.zone.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.zone.setAccessibleName("Time zone")
        self.zone.activated.connect(lambda _: self._wish({"time_zone": self.zone.currentText()}))
        self.zone.lineEdit().editingFinished.connect(self._on_zone_typed)
        zone.addWidget(Words("Time zone"))
        zone.addWidget(self.zone, 1)
        whole.addLayout(zone)  # type: ignore[attr-defined]
        days = row(gap=4)
        self.days: dict[str, Button] = {}
        for name, words in DAYS:
            button = self.days[name] = Button(words, is_small=True)
            button.setCheckable(True)
            button.clicked.connect(self._on_day)
            days.addWidget(button)
        self.start, self.end = inset(QTimeEdit()), inset(QTimeEdit())
        for key, words, field in (("hours.start", "from", self.start), ("hours.end", "until", self.end)):
            field.setDisplayFormat(TIME)
            field.setAccessibleName(f"Working hours {words}")
            field.editingFinished.connect(lambda key=key, field=field: self._wish({key: field.time().toString(TIME)}))
            days.addWidget(Words(words, "muted"))
            days.addWidget(field)
        days.addStretch(1)
        whole.addLayout(days)  # type: ignore[attr-defined]

    def _build_numbers(self, whole: object) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for line, field in enumerate(NUMBERS):
            box = self.numbers[field.key] = inset(QSpinBox())
            box.setRange(field.low, field.high)
            box.setSuffix(field.unit)
            box.setAccessibleName(field.title)
            box.setAccessibleDescription(field.hint)
            box.setKeyboardTracking(False)
            box.editingFinished.connect(lambda key=field.key, box=box: self._wish({key: str(box.value())}))
            grid.addWidget(Words(field.title), line, 0)
            grid.addWidget(box, line, 1)
            grid.addWidget(Words(field.hint, "small", wraps=True), line, 2)
        whole.addLayout(grid)  # type: ignore[attr-defined]

    def show_settings(self, settings: dict[str, str]) -> None:
        """Show what holds; a field that is being edited is left alone."""
        self._is_filling = True
        if not self.zone.lineEdit().hasFocus():
            self.zone.setCurrentText(settings["time_zone"])
        days = settings["hours.days"].split(",")
        for name, button in self.days.items():
            button.setChecked(name in days)
        for key, field in (("hours.start", self.start), ("hours.end", self.end)):
            if not field.hasFocus():
                field.setTime(QTime.fromString(settings[key], TIME))
        for key, box in self.numbers.items():
            if not box.hasFocus():
                box.setValue(int(settings[key]))
        self.warm_up.setChecked(settings["warm_up"] == "on")
        self.paid.setChecked(settings["paid"] == "on")
        self._is_filling = False

    def _on_day(self) -> None:
        chosen = [name for name, button in self.days.items() if button.isChecked()]
        self._wish({"hours.days": ",".join(chosen)})

    def _on_zone_typed(self) -> None:
        if self.zone.findText(self.zone.currentText()) >= 0:
            self._wish({"time_zone": self.zone.currentText()})

    def _wish(self, settings: dict[str, str]) -> None:
        if not self._is_filling:
            self.changed.emit(settings)
