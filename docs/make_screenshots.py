"""Makes the pictures of the documentation from the program itself: practice account, real engine, real window.

python docs/make_screenshots.py [--out FOLDER] [--all] [--data FOLDER]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize  # noqa: E402
from PySide6.QtGui import QImage, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

import main as program  # noqa: E402
from engine.desktop import DesktopEngine  # noqa: E402
from engine.opening import Opening  # noqa: E402
from gui import theme  # noqa: E402
from gui.composition import WindowComposition  # noqa: E402
from gui.desk import Desk  # noqa: E402
from gui.formatting import set_time_zone  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402
from gui.screens import IN_BAR  # noqa: E402

SIZES = (QSize(1280, 800), QSize(1920, 1080))
KEPT = {"home-light-1280": "home", "campaigns-light-1280": "campaigns", "leads-dark-1280": "leads-dark"}
"""The pictures that the documentation shows."""
RUN_DAYS = 3.25
"""So much practice time passes before the pictures: replies are in, invitations are open, messages are due."""
SETTLE_S = 0.7


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true", help="every screen, scheme and size, not only the kept pictures")
    parser.add_argument("--data", type=Path, help="an existing data folder, shown without its engine")
    arguments = parser.parse_args()
    app = QApplication([sys.argv[0]])
    app.setQuitOnLastWindowClosed(False)
    loop = program.make_loop(app)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("LEADLOOM_STATE", f"{folder}/state")
        loop.run_until_complete(make_all(app, arguments, Path(folder)))
    asyncio.set_event_loop(None)
    loop.close()
    return 0


async def make_all(app: QApplication, arguments: argparse.Namespace, folder: Path) -> None:
    from storage.paths import open_paths

    is_practice = arguments.data is None
    paths = open_paths(folder / "data" if is_practice else arguments.data)
    clock = None if is_practice else program.SystemClock()
    engine = await asyncio.to_thread(program.open_for_window, paths, clock, Opening(tell_day))
    set_time_zone(program.PRACTICE_ZONE if is_practice else "")
    theme.apply(app, theme.LIGHT)
    window = MainWindow(is_practice=is_practice)
    window.show()
    compose = WindowComposition(
        make_loop=program.make_loop,
        open_engine=lambda _: engine,
        open_practice=lambda: None,
        is_practice=is_practice,
    )
    desk = Desk(window, engine, compose)
    desk.open()
    if is_practice:
        await engine.start()
        desk.begin()
        await run_days(engine, RUN_DAYS)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for scheme, tokens in (("light", theme.LIGHT), ("dark", theme.DARK)):
        theme.apply(app, tokens)
        for size in SIZES:
            await take_screens(window, desk, arguments, scheme, size)
    await desk.close()
    await engine.close()
    window.may_close = True
    window.close()


def tell_day(words: str, done: int, whole: int) -> None:
    print(f"{words}: day {done} of {whole}", flush=True)


async def run_days(engine: DesktopEngine, days: float) -> None:
    clock = engine.practice_clock
    begun = clock.now()
    while clock.now() < begun + timedelta(days=days):
        await clock.pause(0.05)
    clock.set_speed(0.0)
    await asyncio.sleep(SETTLE_S)


async def take_screens(window: MainWindow, desk: Desk, arguments: argparse.Namespace, scheme: str, size: QSize) -> None:
    window.resize(size)
    for screen in IN_BAR:
        name = f"{screen}-{scheme}-{size.width()}"
        if not arguments.all and name not in KEPT:
            continue
        window.show_screen(screen)
        await asyncio.sleep(SETTLE_S)
        if screen == "leads" and desk.pages["leads"].model.keys:
            await choose_lead(desk)
        save(window.grab(), arguments.out / f"{name if arguments.all else KEPT[name]}.png")


async def choose_lead(desk: Desk) -> None:
    """Open the first lead that has a past."""
    model, snapshot = desk.pages["leads"].model, desk.readings.newest
    wanted = snapshot.answers[0].lead_id if snapshot and snapshot.answers else None
    rows = [row for row in range(min(60, len(model.keys))) if model.lead_id(row) == wanted] or [1]
    desk.pages["leads"].view.selectRow(rows[0])
    await asyncio.sleep(SETTLE_S)


def save(picture: QPixmap, path: Path) -> None:
    """Keep it small: few colours are enough for a window."""
    image = picture.toImage().convertToFormat(QImage.Format.Format_RGB888)
    image.save(str(path), "PNG", 0)
    print(f"{path.name}: {path.stat().st_size // 1024} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
