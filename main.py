"""Composition root: arguments, lock, clock, engine, window, ordered shutdown. Nothing imports it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.clock import Clock, SystemClock
from engine.console.parser import is_writing, make_parser
from engine.console.terminal import read_key, speak_utf8
from engine.errors import InUse, LeadloomError, WrongUsage
from engine.provider.secret import KeyFilter

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.app import Engine
    from engine.desktop import DesktopEngine
    from engine.opening import Opening
    from engine.provider.base import Provider
    from engine.provider.secret import Secret
    from storage.lock import ProcessLock
    from storage.paths import Paths

LOCK_WAIT_S = 10.0
"""A writing command waits so long for another one to end."""
DOOR_TRY_S = 0.25
HELD = 3
WRONG_USAGE = 2
PRACTICE_FOLDER = "practice"
PRACTICE_ZONE = "Europe/Paris"
LOOP_THREADS = 4
PRACTICE_CAMPAIGNS = Path(__file__).resolve().parent / "resources" / "practice"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    speak_utf8()
    arguments = make_parser().parse_args(argv)
    try:
        if arguments.command in (None, "gui"):
            return _run_window(arguments)
        if arguments.command == "practice":
            return _practice(arguments)
        return _run_console(arguments)
    except LeadloomError as error:
        print(error, file=sys.stderr)
        return WRONG_USAGE if isinstance(error, WrongUsage) else HELD if isinstance(error, InUse) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read along has gone
        return 0


def clock_of(arguments: argparse.Namespace) -> SystemClock:
    """Return the clock that --speed and --epoch ask for. Raises: WrongUsage."""
    try:
        epoch = datetime.fromtimestamp(arguments.epoch, UTC) if arguments.epoch is not None else None
        clock = SystemClock(speed=arguments.speed, epoch=epoch)
        clock.now()
    except (OverflowError, ValueError, OSError):
        raise WrongUsage("Time would be out of range.", "Give a newer --epoch or a lower --speed.") from None
    return clock


def _practice(arguments: argparse.Namespace) -> int:
    if arguments.verb == "past":
        from engine.practice_past import make_past
        from storage.paths import open_paths

        make_past(open_paths(Path(arguments.data)), PRACTICE_CAMPAIGNS, lambda day: print(day, flush=True))
        return 0
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
    from storage.lock import ProcessLock
    from storage.paths import open_paths

    paths = open_paths(Path(arguments.data) if arguments.data else None)
    set_up_logging(paths, arguments.log_level)
    for name in ("file", "csv"):
        if getattr(arguments, name, None):
            setattr(arguments, name, str(Path(getattr(arguments, name)).resolve()))
    lock = ProcessLock(paths.lock)
    if arguments.command == "engine":
        return _run_engine(arguments, paths, lock)
    if arguments.command == "restore":
        from engine.console.restoring import restore
        from engine.services import restoring

        now = clock_of(arguments).wall()
        return restore(arguments, lock, lambda file: restoring.restore(file, paths, now))
    key = read_key(is_piped=arguments.key_stdin) if hasattr(arguments, "key_stdin") else ""
    if is_writing(arguments) and not lock.acquire():
        words = "Another Leadloom holds this data folder and can't be reached: close it, then try again."
        handed = _reach_the_other(arguments, paths, lock, key, words)
        if handed is not None:
            return handed
    try:
        return asyncio.run(
            _one_command(arguments, paths, key, is_engine_alive=not is_writing(arguments) and _is_held(lock))
        )
    finally:
        lock.release()


def _is_held(lock: ProcessLock) -> bool:
    if lock.acquire():
        lock.release()
        return False
    return True


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
        await engine.check_speed()
        return await run_command(engine.services, arguments, io)
    finally:
        await engine.close()


def _run_engine(arguments: argparse.Namespace, paths: Paths, lock: ProcessLock) -> int:
    if not lock.acquire(wait_s=LOCK_WAIT_S):
        print("Another Leadloom holds this data folder: close it first.", file=sys.stderr)
        return HELD
    try:
        return asyncio.run(_engine(arguments, paths))
    finally:
        lock.release()


async def _engine(arguments: argparse.Namespace, paths: Paths) -> int:
    from engine.console.door import Door
    from engine.signals import end_on_signals

    engine = open_engine(paths, clock_of(arguments))
    try:
        await engine.check_speed()
        await engine.claim()
        door = Door(engine.services, paths.door)
        stop = asyncio.Event()
        end_on_signals(stop.set)
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


def _run_window(arguments: argparse.Namespace) -> int:
    """Show the window on a data folder, or on the practice account's own folder inside it."""
    from gui.source_reading import stop_source_reading

    stop_source_reading()
    from engine import processes
    from engine.services.restoring import newest_first, restore
    from gui.app import run_window
    from gui.composition import Recovery, WindowComposition
    from storage.lock import ProcessLock
    from storage.paths import open_paths

    is_practice = bool(getattr(arguments, "demo", False))
    clock = clock_of(arguments)
    paths = open_paths(Path(arguments.data) if arguments.data else None)
    if is_practice:
        paths = open_paths(paths.data / PRACTICE_FOLDER)
    set_up_logging(paths, arguments.log_level)
    lock = ProcessLock(paths.lock)
    if not lock.acquire():
        words = "Another Leadloom is open on this data folder: close it first."
        shown = _reach_the_other(arguments, paths, lock, "", words)
        if shown is not None:
            return shown
    try:
        code: int = run_window(
            arguments,
            WindowComposition(
                make_loop=make_loop,
                open_engine=lambda opening: open_for_window(
                    paths, None if is_practice else clock, opening, plays=bool(getattr(arguments, "play", False))
                ),
                open_practice=lambda: processes.open_practice(arguments.data),
                recovery=Recovery(
                    backups=lambda: newest_first(paths),
                    restore=lambda file: restore(file, paths, SystemClock().wall()),
                    open_again=lambda: processes.open_again(arguments.data, is_practice=is_practice),
                ),
                is_practice=is_practice,
                use_for_real=(lambda texts: processes.use_for_real(arguments.data, texts)) if is_practice else None,
                time_zone=PRACTICE_ZONE if is_practice else "",
                window_file=paths.data / "window.ini",
            ),
        )
        return code
    finally:
        lock.release()


def _reach_the_other(
    arguments: argparse.Namespace, paths: Paths, lock: ProcessLock, key: str, words: str
) -> int | None:
    """Hand a command to whoever holds the data folder, which may still be opening; None: it is ours meanwhile."""
    for _ in range(max(1, round(LOCK_WAIT_S / DOOR_TRY_S))):
        handed = _hand_over(arguments, paths, key)
        if handed is not None:
            return handed
        if lock.acquire(wait_s=DOOR_TRY_S):
            return None
    print(words, file=sys.stderr)
    return HELD


def open_for_window(paths: Paths, clock: Clock | None, opening: Opening, *, plays: bool = False) -> DesktopEngine:
    """Import the stack and open the data folder; blocks. `clock` None: the practice account, made first if it is new.

    Practice time stands still until the engine has started. Raises: LeadloomError.
    """
    from engine import processes
    from engine.desktop import DesktopEngine, make_past

    if clock is not None:
        return DesktopEngine(open_engine(paths, clock), paths, clock, None)
    from engine.clock import PracticeClock
    from engine.practice_plug import Plug
    from engine.services.practice import PracticeFiles

    if not paths.database.exists():
        make_past([*processes.program(), "practice", "past", "--data", str(paths.data)], opening)
    files = PracticeFiles(paths.data)
    clock = PracticeClock(files.saved_now(), speed=0.0)
    transport = files.transport(clock)
    engine = open_engine(paths, clock, transport)
    return DesktopEngine(engine, paths, clock, files, plug=Plug(engine, clock, transport), plays=plays)


def make_loop(app: QApplication, *, already_running: bool = False) -> asyncio.AbstractEventLoop:
    """Return asyncio's loop on Qt's, with the faults of qasync 0.28.0 mended (see gui.loop_callbacks)."""
    import qasync  # type: ignore[import-untyped]

    from gui.loop_callbacks import LoopCallbacks

    class WindowLoop(qasync.QEventLoop):  # type: ignore[misc]
        """The one loop of window and engine. It replaces qasync's private `_timer`: the version is pinned."""

        def __init__(self) -> None:
            super().__init__(app, already_running=already_running)
            self._timer = LoopCallbacks(self)
            self.set_default_executor(ThreadPoolExecutor(LOOP_THREADS, "worker"))

        def run_until_complete(self, future: Any) -> Any:
            """Run until it is done; the loop counts as running while the last callbacks are carried out."""
            task = asyncio.ensure_future(future, loop=self)
            task.add_done_callback(lambda _: self.stop())
            self.run_forever()
            if not task.done():
                raise RuntimeError("The loop ended before its work did.")
            return task.result()

    return WindowLoop()


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
