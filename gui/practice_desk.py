"""The practice band at work: time, the pulled plug, and what is taken over for real."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from gui import formatting as say
from gui.composition import WindowComposition
from gui.session import Session
from gui.sheets.use_for_real_sheet import UseForRealSheet
from gui.widgets.practice_band import PracticeBand

CLOCK_MS = 100
BROKEN = {
    "kill": "The engine is being killed…",
    "network": "The network is away for six hours of practice time.",
    "rubbish": "LinkedIn answers rubbish for six hours of practice time.",
    "sleep": "The computer sleeps for three days.",
}


class PracticeDesk(QObject):
    """Connects the band with the practice clock and the plug."""

    def __init__(self, band: PracticeBand, session: Session, compose: WindowComposition) -> None:
        super().__init__(band)
        self._band, self._session, self._compose = band, session, compose
        self._timer = QTimer(self, interval=CLOCK_MS)
        self._timer.timeout.connect(self._show_clock)
        band.speed_requested.connect(self._set_speed)
        band.plug_requested.connect(self._pull)
        band.real_requested.connect(self._use_for_real)

    def begin(self) -> None:
        """Show practice time run."""
        self._show_clock()
        self._band.enable(has_plug=self._session.engine.plug is not None)
        self._timer.start()

    def stop(self) -> None:
        """Show no more."""
        self._timer.stop()

    def _set_speed(self, speed: float) -> None:
        clock = self._session.engine.practice_clock
        assert clock is not None
        clock.set_speed(speed)
        self._show_clock()
        self._session.readings.refresh.ask()

    def _show_clock(self) -> None:
        clock = self._session.engine.practice_clock
        if clock is not None:
            self._band.show_time(f"{say.clock_words(clock.now())} · {say.speed_words(clock.speed)}", clock.speed)

    def _pull(self, kind: str) -> None:
        plug, clock = self._session.engine.plug, self._session.engine.practice_clock
        assert plug is not None and clock is not None
        if clock.speed == 0:
            clock.set_speed(3600.0)
        self._session.toast.tell(f"{BROKEN[kind]} What became of it is said here.")
        self._session.commands.run_command(
            plug.pull(kind), name=f"pull the plug: {kind}", busy=self._band.plug, on_done=self._session.toast.report
        )

    def _use_for_real(self) -> None:
        assert self._compose.use_for_real is not None
        sheet = UseForRealSheet(self._session, self._compose.use_for_real, self._band.window())
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()
