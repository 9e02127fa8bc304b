"""Working hours as fields: time zone, days, from and to. Shows hours; tells what was chosen."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import available_timezones

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QWidget

from gui.state.campaign_words import DAYS
from gui.widgets.basics import column, row
from gui.widgets.words import Words

HALF_HOURS = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 24 * 60 + 1, 30))
ZONE_PX = 240


@dataclass(frozen=True, kw_only=True)
class HoursText:
    """Hours as the fields hold them."""

    time_zone: str
    days: frozenset[int]
    start: str
    end: str


class HoursForm(QWidget):
    """Wishes for other hours with each change that is whole."""

    changed = Signal(object)
    """A HoursText."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_showing = False
        lines = column(self, gap=8)
        self.zone = QComboBox()
        self.zone.setEditable(True)
        self.zone.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.zone.addItems(sorted(available_timezones()))
        self.zone.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.zone.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.zone.setFixedWidth(ZONE_PX)
        self.zone.setAccessibleName("Time zone")
        self.zone.activated.connect(lambda _: self._tell())
        self.zone.lineEdit().editingFinished.connect(self._tell)
        self.days = [QCheckBox(day) for day in DAYS]
        week = row(gap=12)
        for box in self.days:
            box.clicked.connect(lambda _: self._tell())
            week.addWidget(box)
        week.addStretch(1)
        self.start, self.end = self._time("From"), self._time("To")
        times = row(gap=8)
        for words, field in (("From", self.start), ("to", self.end), ("in", self.zone)):
            times.addWidget(Words(words))
            times.addWidget(field)
        times.addStretch(1)
        lines.addLayout(week)
        lines.addLayout(times)

    def _time(self, name: str) -> QComboBox:
        box = QComboBox()
        box.addItems(HALF_HOURS)
        box.setAccessibleName(name)
        box.activated.connect(lambda _: self._tell())
        return box

    @property
    def shown(self) -> HoursText:
        """What the fields hold."""
        return HoursText(
            time_zone=self.zone.currentText().strip(),
            days=frozenset(n for n, box in enumerate(self.days) if box.isChecked()),
            start=self.start.currentText(),
            end=self.end.currentText(),
        )

    def show_hours(self, hours: HoursText) -> None:
        """Show hours, telling nobody."""
        self._is_showing = True
        for number, box in enumerate(self.days):
            box.setChecked(number in hours.days)
        for field, text in ((self.start, hours.start), (self.end, hours.end)):
            if field.findText(text) < 0:
                field.addItem(text)
            field.setCurrentText(text)
        self.zone.setCurrentText(hours.time_zone)
        self._told = hours
        self._is_showing = False

    _told: HoursText | None = None

    def _tell(self) -> None:
        if not self._is_showing and self.shown != self._told:
            self._told = self.shown
            self.changed.emit(self.shown)
