"""Makes pictures of every screen from the program itself: real window, real engine, practice account.

python docs/make_screenshots.py                        the pictures that README and docs/ show
python docs/make_screenshots.py --all --out FOLDER     every screen × light and dark × both sizes
    [--only WORDS]                                     only those whose name contains one of the words
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QSize  # noqa: E402
from PySide6.QtGui import QImage, QPainter, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog  # noqa: E402
from screenshot_scenes import SCENES, Scene  # noqa: E402
from screenshot_stage import Stage, close_stage, open_stage  # noqa: E402

import main as program  # noqa: E402
from gui import theme  # noqa: E402

SIZES = (QSize(1280, 800), QSize(1920, 1080))
SCHEMES = {"light": theme.LIGHT, "dark": theme.DARK}
KEPT = {
    "practice-home-light-1280": "home",
    "practice-campaigns-light-1280": "campaigns",
    "practice-lead-dark-1280": "leads-dark",
    "practice-board-light-1280": "board",
    "practice-sequence-light-1280": "editor",
    "practice-import-light-1280": "import",
    "practice-start-sheet-light-1280": "start",
    "practice-read-through-dark-1280": "read-through-dark",
    "practice-restore-sheet-light-1280": "restore",
    "practice-do-not-contact-light-1280": "do-not-contact",
    "empty-connect-sheet-light-1280": "connect",
}
"""The pictures that the documentation shows."""
SETTLE_S = 0.3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true", help="every screen, scheme and size, not only the kept pictures")
    parser.add_argument("--only", nargs="*", default=[], help="only names that contain one of these words")
    arguments = parser.parse_args()
    app = QApplication([sys.argv[0]])
    app.setQuitOnLastWindowClosed(False)
    loop = program.make_loop(app)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LEADLOOM_STATE"] = f"{folder}/state"
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        loop.run_until_complete(make_all(app, arguments, Path(folder)))
    asyncio.set_event_loop(None)
    loop.close()
    return 0


async def make_all(app: QApplication, arguments: argparse.Namespace, folder: Path) -> None:
    arguments.out.mkdir(parents=True, exist_ok=True)
    for kind, scenes in SCENES.items():
        wanted = [scene for scene in scenes if any(True for _ in shots(scene, arguments))]
        if not wanted:
            continue
        theme.apply(app, theme.LIGHT)
        stage = await open_stage(kind, folder / kind)
        for scene in wanted:
            stage.window.resize(SIZES[0])
            await scene.set_up(stage)
            await asyncio.sleep(SETTLE_S)
            for scheme, size, path in shots(scene, arguments):
                theme.apply(app, SCHEMES[scheme])
                stage.window.resize(size)
                await asyncio.sleep(SETTLE_S)
                save(picture(stage), path)
            stage.put_away()
        await close_stage(stage)


def shots(scene: Scene, arguments: argparse.Namespace) -> list[tuple[str, QSize, Path]]:
    """Return scheme, size and file of the pictures that are asked for of a scene."""
    found = []
    for scheme in SCHEMES:
        for size in SIZES:
            name = f"{scene.name}-{scheme}-{size.width()}"
            is_asked = not arguments.only or any(words in name for words in arguments.only)
            if is_asked and (arguments.all or name in KEPT):
                found.append((scheme, size, arguments.out / f"{name if arguments.all else KEPT[name]}.png"))
    return found


def picture(stage: Stage) -> QPixmap:
    """Return the window with what is open over it."""
    whole = stage.window.grab()
    painter = QPainter(whole)
    for over in stage.overs():
        if isinstance(over, QDialog):
            at = QPoint((whole.width() - over.width()) // 2, (whole.height() - over.height()) // 3)
        else:
            at = stage.window.mapFromGlobal(over.mapToGlobal(QPoint(0, 0)))
        painter.drawPixmap(at, over.grab())
        painter.setPen(theme.colour("edge"))
        painter.drawRect(at.x() - 1, at.y() - 1, over.width() + 1, over.height() + 1)
    painter.end()
    return whole


def save(taken: QPixmap, path: Path) -> None:
    """Keep it as a file of few bytes."""
    image = taken.toImage().convertToFormat(QImage.Format.Format_RGB888)
    image.save(str(path), "PNG", 0)
    print(f"{path.name}: {path.stat().st_size // 1024} kB", flush=True)


if __name__ == "__main__":
    sys.exit(main())
