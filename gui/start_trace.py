"""How long the start took, for measuring: one line on standard error when LEADLOOM_TRACE_START is set."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

VARIABLE = "LEADLOOM_TRACE_START"


class StartTrace:
    """Notes the first paint and when the window can be used, from the start of the process."""

    def __init__(self) -> None:
        self._mode = os.environ.get(VARIABLE, "")
        self.first_paint_ms: float | None = None

    @property
    def ends_program(self) -> bool:
        """Whether the program is to quit once it can be used."""
        return self._mode == "exit"

    def painted(self) -> None:
        """Note the first paint."""
        if self.first_paint_ms is None:
            self.first_paint_ms = process_age_ms()

    def usable(self) -> None:
        """Say the figures."""
        if self._mode:
            line = (
                f"first_paint_ms={self.first_paint_ms or 0:.0f} usable_ms={process_age_ms():.0f} rss_mb={rss_mb():.1f}"
            )
            print(line, file=sys.stderr, flush=True)


def process_age_ms() -> float:
    """Return how long ago this process began, to 10 ms; 0 where the system doesn't tell."""
    try:
        started_ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - started_ticks / os.sysconf("SC_CLK_TCK")) * 1000
    except (OSError, AttributeError, ValueError):
        return 0.0


def rss_mb() -> float:
    """Return the memory in use, in MB; 0 where the system doesn't tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, AttributeError, ValueError):
        return 0.0
