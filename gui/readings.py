"""What several screens show, read together after changes: overview, campaigns, questions, replies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from gui.bridge import Bridge
from gui.commands import Commands
from gui.refresh import Refresh

if TYPE_CHECKING:
    from engine.services.campaigns import CampaignLine
    from engine.services.home import Answer
    from engine.services.questions import Item
    from engine.services.status import Overview
    from gui.composition import OpenEngine

COMING = 12
ANSWERS = 6
IDLE_MS = 30_000
IDLE_PRACTICE_MS = 1_000
"""Time passes without a change too: what is said about it is read again so often."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What was true when it was read."""

    overview: Overview
    campaigns: list[CampaignLine]
    questions: list[Item]
    answers: list[Answer]

    @property
    def is_new(self) -> bool:
        """Whether this is a new data folder."""
        return not (self.overview.accounts or self.overview.leads or self.campaigns)

    def running(self) -> int:
        """Count running campaigns."""
        return sum(1 for line in self.campaigns if line.state == "running")


class Readings(QObject):
    """Reads again after changes, at least 200 ms apart."""

    read = Signal(object)
    """A Snapshot."""

    def __init__(self, engine: OpenEngine, bridge: Bridge, commands: Commands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self.newest: Snapshot | None = None
        self.refresh = Refresh(self._read, self._on_read, commands, name="read overview", parent=self)
        bridge.changed.connect(lambda _: self.refresh.ask())
        idle_ms = IDLE_PRACTICE_MS if engine.practice_clock else IDLE_MS
        self._idle = QTimer(self, interval=idle_ms)
        self._idle.timeout.connect(self.refresh.ask)
        self._idle.start()

    async def _read(self) -> Snapshot:
        view = await self._engine.services.home.read(coming=COMING, answers=ANSWERS)
        return Snapshot(
            overview=view.overview, campaigns=view.campaigns, questions=view.questions, answers=view.answers
        )

    def _on_read(self, snapshot: Snapshot) -> None:
        self.newest = snapshot
        self.read.emit(snapshot)
