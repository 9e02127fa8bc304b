"""Imports after PySide's: their sources are not read."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from gui.source_reading import stop_source_reading
assert stop_source_reading()
import inspect
read = []
inspect.getsource = read.append
import wave, PySide6.QtWidgets
assert not read, read
"""


def test_no_source_is_read_for_modules_that_are_imported_later() -> None:
    mended = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(mended, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    unmended = PROGRAM.replace("assert stop_source_reading()", "import shiboken6")
    assert (
        subprocess.run([sys.executable, "-c", unmended], capture_output=True, timeout=60, check=False).returncode != 0
    )
