"""The program started again on a data folder that is open: it shows the window there is, and runs none beside it."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any, cast

from engine.console.door import Door, hand_over
from engine.services.use_cases import Services

NO_SERVICES = cast("Services", None)


async def _start_again(tmp_path: Path, shown: list[bool] | None) -> dict[str, Any] | None:
    door = Door(NO_SERVICES, tmp_path / "engine.json")
    if shown is not None:
        door.on_second_start = lambda: shown.append(True)
    await door.open()
    try:
        return await hand_over(tmp_path / "engine.json", argparse.Namespace(command=None, json=False), "")
    finally:
        await door.close()


def test_a_second_start_shows_the_window(tmp_path: Path) -> None:
    shown: list[bool] = []
    answer = asyncio.run(_start_again(tmp_path, shown))
    assert answer is not None and answer["code"] == 0 and shown == [True]


def test_an_engine_without_a_window_says_so(tmp_path: Path) -> None:
    answer = asyncio.run(_start_again(tmp_path, None))
    assert answer is not None and answer["code"] == 3 and "without a window" in answer["err"][0]
