"""A practice draft in the real data folder: added as a draft, refused with its reason, and the window opened there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import main as program
from engine import processes

TEXT = (program.PRACTICE_CAMPAIGNS / "agencies-second-round.toml").read_text(encoding="utf-8")


def test_drafts_are_added_and_a_name_that_is_taken_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADLOOM_STATE", str(tmp_path / "state"))
    opened: list[list[str]] = []
    run = subprocess.run
    monkeypatch.setattr(processes.subprocess, "Popen", lambda command, **_: opened.append(command))
    monkeypatch.setattr(
        processes.subprocess, "run", lambda command, **more: _with_popen(monkeypatch, run, command, more)
    )
    refused = processes.use_for_real(str(tmp_path / "data"), [TEXT, TEXT])
    assert len(refused) == 1 and "Agencies, second round" in refused[0]
    assert opened == [[*processes.program(), "--data", str(tmp_path / "data")]]
    shown = _with_popen(monkeypatch, run, [*opened[0], "campaign", "list"], {"capture_output": True, "text": True})
    assert "Agencies, second round" in shown.stdout and "draft" in shown.stdout


def test_a_refusal_in_another_code_page_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "import sys; sys.stderr.buffer.write(b'refused: \\x9d'); sys.exit(1)"
    monkeypatch.setattr(processes, "program", lambda: [sys.executable, "-c", said])
    run = subprocess.run
    monkeypatch.setattr(processes.subprocess, "Popen", lambda *_, **__: None)
    monkeypatch.setattr(
        processes.subprocess, "run", lambda command, **more: _with_popen(monkeypatch, run, command, more)
    )
    (refused,) = processes.use_for_real(str(tmp_path), [TEXT])
    assert refused.startswith("refused: ")


def _with_popen(monkeypatch: pytest.MonkeyPatch, run: Any, command: list[str], more: dict[str, Any]) -> Any:
    with monkeypatch.context() as inner:
        inner.setattr(processes.subprocess, "Popen", _POPEN)
        return run(command, **more)


_POPEN = subprocess.Popen
