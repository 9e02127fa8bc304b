"""Watches the loop's thread: whatever keeps it busy for too long is counted and logged."""

from __future__ import annotations

import logging
import time

from PySide6.QtCore import QObject, Qt, QTimer

log = logging.getLogger(__name__)
BEAT_MS = 20
STALL_MS = 50


class Watchdog(QObject):
    """Beats every 20 ms; a beat that comes late tells how long nothing else could run."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stalls_ms: list[float] = []
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=BEAT_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin to watch, forgetting what was before."""
        self.stalls_ms.clear()
        self.longest_ms = 0.0
        self._last = time.perf_counter()
        self._timer.start()

    def _beat(self) -> None:
        now = time.perf_counter()
        late_ms = (now - self._last) * 1000 - BEAT_MS
        self._last = now
        self.longest_ms = max(self.longest_ms, late_ms)
        if late_ms > STALL_MS:
            self.stalls_ms.append(late_ms)
            log.info("the window stood still for %.0f ms", late_ms)
