"""Composition root: arguments, lock, clock, engine, window, ordered shutdown. Nothing imports it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import logging
import signal
import sys
from collections.abc import Awaitable
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.clock import Clock, SystemClock
from engine.console.parser import is_writing, make_parser
from engine.errors import LeadloomError, UserError
from engine.provider.secret import KeyFilter

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.provider.base import Provider
    from engine.provider.secret import Secret
    from storage.lock import DataFolderLock
    from storage.paths import Paths

LOCK_WAIT_S = 10.0
"""A writing command waits so long for another one to end."""
HELD = 3


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = make_parser().parse_args(argv)
    try:
        if arguments.command in (None, "gui"):
            from gui.app import run_window

            return int(run_window(arguments))
        if arguments.command == "practice":
            return _serve_practice(arguments)
        return _run_console(arguments)
    except LeadloomError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def clock_of(arguments: argparse.Namespace) -> SystemClock:
    """Return the clock that --speed and --epoch ask for. Raises: UserError."""
    if not 0 < arguments.speed <= 1_000_000:
        raise UserError("--speed must be over 0 and at most 1,000,000.")
    epoch = datetime.fromtimestamp(arguments.epoch, UTC) if arguments.epoch is not None else None
    return SystemClock(speed=arguments.speed, epoch=epoch)


def _serve_practice(arguments: argparse.Namespace) -> int:
    from engine.provider.simulated.server import serve

    asyncio.run(
        serve(
            port=arguments.port,
            people=arguments.people,
            seed=arguments.seed,
            faults=arguments.faults,
            csv_path=Path(arguments.csv) if arguments.csv else None,
            clock=clock_of(arguments),
            extra_relations=arguments.relations,
        )
    )
    return 0


def _run_console(arguments: argparse.Namespace) -> int:
    from storage.lock import DataFolderLock
    from storage.paths import open_paths

    paths = open_paths(Path(arguments.data) if arguments.data else None)
    set_up_logging(paths, arguments.log_level)
    for name in ("file", "csv"):
        if getattr(arguments, name, None):
            setattr(arguments, name, str(Path(getattr(arguments, name)).resolve()))
    lock = DataFolderLock(paths.lock)
    if arguments.command == "engine":
        return _run_engine(arguments, paths, lock)
    key = _read_key(arguments)
    if is_writing(arguments) and not lock.acquire():
        handed = _hand_over(arguments, paths, key)
        if handed is not None:
            return handed
        if not lock.acquire(wait_s=LOCK_WAIT_S):
            print(
                "Another Leadloom holds this data folder and can't be reached: close it, then try again.",
                file=sys.stderr,
            )
            return HELD
    try:
        return asyncio.run(
            _one_command(arguments, paths, key, is_engine_alive=not is_writing(arguments) and _is_held(lock))
        )
    finally:
        lock.release()


def _is_held(lock: DataFolderLock) -> bool:
    if lock.acquire():
        lock.release()
        return False
    return True


def _read_key(arguments: argparse.Namespace) -> str:
    if not hasattr(arguments, "key_stdin"):
        return ""
    return sys.stdin.readline().strip() if arguments.key_stdin else getpass.getpass("Unipile access token: ").strip()


def _hand_over(arguments: argparse.Namespace, paths: Paths, key: str) -> int | None:
    from engine.console.door import hand_over

    answer = asyncio.run(hand_over(paths.door, arguments, key))
    if answer is None:
        return None
    for line in answer["out"]:
        print(line)
    for line in answer["err"]:
        print(line, file=sys.stderr)
    return int(answer["code"])


async def _one_command(arguments: argparse.Namespace, paths: Paths, key: str, *, is_engine_alive: bool) -> int:
    from engine.console.commands import run_command
    from engine.console.output import CommandIO

    io = CommandIO(
        out=print,
        err=lambda words: print(words, file=sys.stderr),
        read_key=lambda: key,
        is_json=arguments.json,
        is_engine_alive=is_engine_alive,
    )
    engine = open_engine(paths, clock_of(arguments))
    try:
        return await run_command(engine.services, arguments, io)
    finally:
        await engine.close()


def _run_engine(arguments: argparse.Namespace, paths: Paths, lock: DataFolderLock) -> int:
    if not lock.acquire(wait_s=LOCK_WAIT_S):
        print("Another Leadloom holds this data folder: close it first.", file=sys.stderr)
        return HELD
    try:
        return asyncio.run(_engine(arguments, paths))
    finally:
        lock.release()


async def _engine(arguments: argparse.Namespace, paths: Paths) -> int:
    from engine.console.door import Door

    engine = open_engine(paths, clock_of(arguments))
    try:
        await engine.check_speed()
        door = Door(engine.services, paths.door)
        stop = asyncio.Event()
        _stop_on_signals(stop)
        await engine.start()
        await door.open()
        await _until_end(arguments, engine, stop)
        await door.close()
    finally:
        await engine.close()
    return 0


async def _until_end(arguments: argparse.Namespace, engine: Engine, stop: asyncio.Event) -> None:
    """Wait for a signal, the end of the time given, or the end of everything to do."""
    ends = [asyncio.create_task(stop.wait(), name="signal")]
    if arguments.until_idle:
        ends.append(asyncio.create_task(_true(engine.until_idle()), name="until idle"))
    try:
        done, _ = await asyncio.wait(ends, timeout=arguments.for_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in ends:
            task.cancel()
    for task in done:
        task.result()


async def _true(awaited: Awaitable[None]) -> Literal[True]:
    await awaited
    return True


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
            continue
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


def open_engine(paths: Paths, clock: Clock, transport: object = None) -> Engine:
    """Open a data folder's engine; `transport` is the practice LinkedIn, when there is one."""
    from random import Random

    from engine.app import Engine
    from engine.services.connections import Connections
    from storage.credentials import KeyringCredentials

    def make(address: str, key: Secret) -> Provider:
        from engine.provider.address import parse_address
        from engine.provider.unipile import UnipileProvider

        parsed = parse_address(address, own_host=True)
        _filter.add(key)
        return UnipileProvider(parsed, key, clock=clock, transport=transport if parsed.is_practice else None)  # type: ignore[arg-type]

    return Engine.open(paths, clock, Connections(KeyringCredentials(), make), Random())


def set_up_logging(paths: Paths, level: str) -> None:
    """Log to the data folder and, from `level` on, to standard error; live keys never appear."""
    file = RotatingFileHandler(paths.log, maxBytes=2_000_000, backupCount=3, encoding="utf-8", delay=True)
    file.setLevel(logging.INFO)
    screen = logging.StreamHandler()
    screen.setLevel(level.upper())
    for handler in (file, screen):
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handler.addFilter(_filter)
    logging.basicConfig(level=logging.INFO, handlers=[file, screen], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)


_filter = KeyFilter()

if __name__ == "__main__":
    sys.exit(main())
