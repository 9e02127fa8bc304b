"""Composition root: arguments, lock, clock, engine, window, ordered shutdown. Nothing imports it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from engine.clock import Clock, SystemClock
from engine.console.parser import is_writing, make_parser
from engine.errors import LeadloomError, UserError
from engine.provider.secret import KeyFilter

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from engine.app import Engine
    from engine.provider.base import Provider
    from engine.provider.secret import Secret
    from engine.services.practice import PracticeFiles
    from storage.lock import DataFolderLock
    from storage.paths import Paths

LOCK_WAIT_S = 10.0
"""A writing command waits so long for another one to end."""
HELD = 3
PRACTICE_FOLDER = "practice"
PRACTICE_ZONE = "Europe/Paris"
PRACTICE_SPEED = 86_400.0
"""Practice time opens at a day a second."""
SAVE_EVERY_S = 1.0
LOOP_THREADS = 4
DEMO_SEQUENCE = Path(__file__).resolve().parent / "resources" / "sequences" / "invite-then-two-messages.toml"


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = make_parser().parse_args(argv)
    try:
        if arguments.command in (None, "gui"):
            return _run_window(arguments)
        if arguments.command == "practice":
            return _serve_practice(arguments)
        return _run_console(arguments)
    except LeadloomError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read along has gone
        return 0


def clock_of(arguments: argparse.Namespace) -> SystemClock:
    """Return the clock that --speed and --epoch ask for. Raises: UserError."""
    if not 0 < arguments.speed <= 1_000_000:
        raise UserError("--speed must be over 0 and at most 1,000,000.")
    try:
        epoch = datetime.fromtimestamp(arguments.epoch, UTC) if arguments.epoch is not None else None
        clock = SystemClock(speed=arguments.speed, epoch=epoch)
        clock.now()
    except (OverflowError, ValueError, OSError):
        raise UserError("Time would be out of range.", "Give a newer --epoch or a lower --speed.") from None
    return clock


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


def _run_window(arguments: argparse.Namespace) -> int:
    """Show the window on a data folder, or on the practice account's own folder inside it."""
    from gui.app import run_window
    from gui.composition import WindowComposition
    from storage.lock import DataFolderLock
    from storage.paths import open_paths

    is_practice = bool(getattr(arguments, "demo", False))
    clock = clock_of(arguments)
    paths = open_paths(Path(arguments.data) if arguments.data else None)
    if is_practice:
        paths = open_paths(paths.data / PRACTICE_FOLDER)
    set_up_logging(paths, arguments.log_level)
    lock = DataFolderLock(paths.lock)
    if not lock.acquire():
        print("Another Leadloom is open on this data folder: close it first.", file=sys.stderr)
        return HELD
    try:
        code: int = run_window(
            arguments,
            WindowComposition(
                make_loop=make_loop,
                open_engine=lambda: WindowEngine.open(paths, None if is_practice else clock),
                open_practice=lambda: _open_practice(arguments),
                is_practice=is_practice,
                time_zone=PRACTICE_ZONE if is_practice else "",
            ),
        )
        return code
    finally:
        lock.release()


def _open_practice(arguments: argparse.Namespace) -> None:
    """Open the practice account in a process of its own."""
    program = [sys.executable] if getattr(sys, "frozen", False) else [sys.executable, str(Path(__file__).resolve())]
    data = ["--data", arguments.data] if arguments.data else []
    subprocess.Popen([*program, *data, "--demo"], start_new_session=True)


class WindowEngine:
    """The engine as the window sees it: with its door for commands, and with practice time on the practice account."""

    def __init__(self, engine: Engine, paths: Paths, clock: Clock, practice: PracticeFiles | None) -> None:
        from engine.clock import PracticeClock
        from engine.console.door import Door
        from engine.services.lead_pages import LeadPages

        self.services, self.bus, self.clock = engine.services, engine.ctx.bus, clock
        self.lead_pages = LeadPages(engine.ctx)
        self.practice_clock = clock if isinstance(clock, PracticeClock) else None
        self._engine, self._practice = engine, practice
        self._door = Door(engine.services, paths.door)
        self._saving: asyncio.Task[None] | None = None

    @staticmethod
    def open(paths: Paths, clock: Clock | None) -> WindowEngine:
        """Import the stack and open the data folder; blocks. `clock` None: the practice account, with time stopped."""
        from engine.clock import PracticeClock
        from engine.services.practice import PracticeFiles

        if clock is not None:
            return WindowEngine(open_engine(paths, clock), paths, clock, None)
        files = PracticeFiles(paths.data)
        clock = PracticeClock(files.saved_now(), speed=0.0)
        return WindowEngine(open_engine(paths, clock, files.transport(clock)), paths, clock, files)

    async def start(self) -> None:
        """Begin to work and to take commands; practice time runs once everything is there."""
        await self._engine.check_speed()
        if self._practice is not None:
            from engine.services.practice import prepare_demo

            await prepare_demo(self.services, self._practice, DEMO_SEQUENCE)
        await self._engine.start()
        await self._door.open()
        if self.practice_clock is not None:
            self.practice_clock.set_speed(PRACTICE_SPEED)
            self._saving = asyncio.get_running_loop().create_task(self._save_time(), name="save practice time")

    async def close(self) -> None:
        """Take no more commands, stop in order, keep practice time."""
        await self._door.close()
        if self._saving is not None:
            self._saving.cancel()
        await self._engine.close()
        if self._practice is not None:
            self._practice.save_now(self.clock.now())

    async def _save_time(self) -> None:
        assert self._practice is not None
        while True:
            await self.clock.pause(SAVE_EVERY_S)
            await asyncio.to_thread(self._practice.save_now, self.clock.now())


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
