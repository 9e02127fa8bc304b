"""The window on the practice account at a day a second: what keeps the loop's thread, and for how long.

The promise: no callback of the loop works for more than 20 ms. Its own work is counted (the thread's processor time),
not what other threads and programs take meanwhile; how late the loop's beats came, with everything, stands beside it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from asyncio import events
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

import main as program
from engine.desktop import DesktopEngine
from engine.opening import Opening
from gui import theme
from gui.app import SWITCH_S
from gui.composition import WindowComposition
from gui.desk import Desk
from gui.main_window import MainWindow
from gui.source_reading import stop_source_reading
from gui.watchdog import Watchdog
from storage.paths import open_paths

RUN_S = 30.0
LIMIT_MS = 20.0
SCREENS = ("home", "leads", "campaigns", "accounts")
SHOWN = 6


class Meter:
    """Measures the own work of every callback of the loop."""

    def __init__(self) -> None:
        self.took: list[tuple[float, str]] = []
        self.count, self.longest_ms = 0, 0.0
        self._run = events.Handle._run

    def start(self) -> None:
        meter = self

        def run(handle: events.Handle) -> None:
            began = time.thread_time()
            meter._run(handle)
            took_ms = (time.thread_time() - began) * 1000
            meter.count += 1
            meter.longest_ms = max(meter.longest_ms, took_ms)
            if took_ms > LIMIT_MS / 4:
                meter.took.append((took_ms, _name(handle)))

        events.Handle._run = run  # type: ignore[method-assign]


def _name(handle: events.Handle) -> str:
    owner = getattr(handle._callback, "__self__", None)
    return owner.get_name() if isinstance(owner, asyncio.Task) else str(handle._callback)[:80]


def main() -> int:
    """Measure, print, and return 1 when the promise isn't kept."""
    stop_source_reading()
    sys.setswitchinterval(SWITCH_S)
    app = QApplication([sys.argv[0]])
    app.setQuitOnLastWindowClosed(False)
    theme.apply(app, theme.LIGHT)
    loop = program.make_loop(app)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LEADLOOM_STATE"] = f"{folder}/state"
        longest = loop.run_until_complete(_measure(Path(folder)))
    asyncio.set_event_loop(None)
    loop.close()
    return int(longest > LIMIT_MS)


async def _measure(folder: Path) -> float:
    paths = open_paths(folder / "data")
    engine: DesktopEngine = await asyncio.to_thread(
        program.open_for_window, paths, None, Opening(lambda *_: None), plays=True
    )
    window = MainWindow(is_practice=True)
    window.show()
    compose = WindowComposition(
        make_loop=program.make_loop, open_engine=lambda _: engine, open_practice=lambda: None, is_practice=True
    )
    desk, ready = Desk(window, engine, compose), asyncio.Event()
    desk.first_shown.connect(ready.set)
    desk.open()
    await ready.wait()
    await engine.start()
    desk.begin()
    gc.freeze()  # as the program does once the window can be used
    watchdog, meter = Watchdog(window), Meter()
    watchdog.start()
    meter.start()
    for screen in SCREENS:
        window.show_screen(screen)
        await asyncio.sleep(RUN_S / len(SCREENS))
    await desk.close()
    await engine.close()
    window.may_close = True
    window.close()
    print(f"{meter.count:,} callbacks in {RUN_S:.0f} s at a day a second; {len(meter.took)} over {LIMIT_MS / 4:.0f} ms")
    for ms, name in sorted(meter.took, reverse=True)[:SHOWN]:
        print(f"  {ms:.1f} ms {name}")
    ratio = meter.longest_ms / LIMIT_MS
    print(f"longest: {meter.longest_ms:.1f} ms, {ratio:.2f} of the {LIMIT_MS:.0f} ms allowed (aim <= 1)")
    print(f"with everything else on the machine a beat came {watchdog.longest_ms:.0f} ms late at most")
    return meter.longest_ms


if __name__ == "__main__":
    sys.exit(main())
