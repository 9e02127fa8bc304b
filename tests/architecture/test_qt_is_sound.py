"""The installed pair of Python and Qt survives long use.

PySide6 6.12 on Python 3.11 loses references of None and True and aborts after some hundred emitted signals.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

EMITS = 50_000
PROGRAM = f"""
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Source(QObject):
    happened = Signal(int)

app = QCoreApplication([])
source, heard = Source(), []
source.happened.connect(heard.append)
for n in range({EMITS}):
    source.happened.emit(n)
    source.setObjectName("x")
print(len(heard))
"""


@pytest.mark.parametrize("python_memory", ["default", "malloc_debug"])
def test_50_000_emitted_signals_survive(python_memory: str) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    if python_memory != "default":
        environment["PYTHONMALLOC"] = python_memory
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(EMITS)
