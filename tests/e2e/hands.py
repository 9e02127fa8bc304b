"""The two ways a person works with a window: by mouse alone, or by keyboard alone. Both find things by their names.

Every wait is for a state of the window, never for a time.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from typing import ClassVar, Protocol

from tests.e2e.running import Window, until

MOST_TABS = 120
MOST_ARROWS = 80
KEY_DEADLINE_S = 3.0
"""A key that moves nothing is waited for so long: at the end of a list."""
WAYS_TO_A_FILE = ("Choose a file…", "Import leads from a file")


class Hand(Protocol):
    """What a person can do; `presses` counts clicks, drags, drops and chosen keys, not typing or moving."""

    window: Window
    presses: int

    def turn_to(self, window: Window) -> None: ...
    def press(self, name: str) -> None: ...
    def type_into(self, name: str, text: str) -> None: ...
    def choose(self, name: str, item: str) -> None: ...
    def change_cell(self, table: str, old: str, new: str) -> None: ...
    def move_step(self, title: str, place: int) -> None: ...
    def open_file(self, path: str) -> None: ...
    def undo(self) -> None: ...


class _Input:
    """The keys and buttons of one screen."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env

    def do(self, *steps: str) -> None:
        self._run([word for step in steps for word in step.split(" ")])

    def type(self, text: str) -> None:
        self._run(["type", "--delay", "4", text])

    def _run(self, words: list[str]) -> None:
        subprocess.run([str(shutil.which("xdotool")), *words], env=self._env, check=True, timeout=30)


class _Hand:
    """What both have in common."""

    name: ClassVar[str]

    def __init__(self, window: Window, env: dict[str, str]) -> None:
        self.window, self.presses = window, 0
        self._input = _Input(env)

    def turn_to(self, window: Window) -> None:
        """Go on in another window, once it is the one in front."""
        until(lambda: window.ask("is_in_front"), "the other window in front")
        self.window = window

    def _spot(self, kind: str, name: str) -> str:
        """Return where something is, once it is there and stands still."""
        seen = [""]

        def still() -> str:
            before, seen[0] = seen[0], self.window.ask(kind, name)
            return seen[0] if seen[0] == before else ""

        return str(until(still, lambda: f"“{name}” among {self.window.ask('names')}"))

    def _write(self, text: str) -> None:
        """Type over what stands in the field that has the focus."""
        self._input.do("key ctrl+a")
        self._input.type(text)
        until(lambda: self.window.ask("written") == text, lambda: f"“{text}”, not “{self.window.ask('written')}”")


class Mouse(_Hand):
    """Moves, clicks, drags; types only into the field it clicked."""

    name = "mouse"

    def _click(self, at: str, times: int = 1) -> None:
        self.presses += 1
        self._input.do(f"mousemove --sync {at}", f"click --repeat {times} --delay 60 1")

    def press(self, name: str) -> None:
        self._point_at(name)
        self.presses += 1
        self._input.do("click 1")

    def _point_at(self, name: str) -> None:
        """Follow a thing that moves away from under the pointer, as what was typed before is shown beside it."""
        at = ""
        while at != (seen := self._spot("where", name)):
            at = seen
            self._input.do(f"mousemove --sync {at}")

    def type_into(self, name: str, text: str) -> None:
        at = self._spot("where", name)
        if self.window.ask("focus") != name:
            self._click(at)
            until(lambda: self.window.ask("focus") == name, f"the focus on “{name}”")
        self._write(text)

    def choose(self, name: str, item: str) -> None:
        self._click(self._spot("where", name))
        self._click(self._spot("cell", item))

    def change_cell(self, table: str, old: str, new: str) -> None:
        self._click(self._spot("cell", old), times=2)
        until(lambda: self.window.ask("written") == old, "the cell's field")
        self._write(new)
        self._input.do("key Return")

    def move_step(self, title: str, place: int) -> None:
        """Drag a step's card to a place, counted from 0."""
        titles = self.window.ask("cards").split(" | ")
        is_down = titles.index(title) < place
        start, goal = self._spot("handle", title), self._spot("card", str(place))
        x, y = start.split()
        end_y = int(goal.split()[1]) + (4 if is_down else -4)
        self.presses += 1
        self._input.do(f"mousemove --sync {start}", "mousedown 1")
        for at in (int(y) + (12 if is_down else -12), (int(y) + end_y) // 2, end_y):
            self._input.do(f"mousemove --sync {x} {at}")
        self._input.do("mouseup 1")

    def open_file(self, path: str) -> None:
        """Drop it on the window."""
        self.presses += 1
        assert self.window.ask("drop", path) == "True"

    def undo(self) -> None:
        self.press("Undo")


class Keyboard(_Hand):
    """Reaches everything by Tab, arrows, Enter and Space, and the program's own shortcuts."""

    name = "keyboard"

    def _key(self, key: str) -> bool:
        """Press a key and wait until the focus, or the place in a list, is elsewhere; False: it stays."""
        before = self.window.ask("identity")
        self._input.do(f"key {key}")
        try:
            until(lambda: self.window.ask("identity") != before, "the focus elsewhere", KEY_DEADLINE_S)
        except AssertionError:
            return False
        return True

    def _is_at(self, name: str) -> bool:
        return _fits(self.window.ask("focus"), name)

    def reach(self, name: str) -> None:
        """Go on with Tab until the focus is there; among choices of which only one is taken, with an arrow."""
        self._spot("where", name)
        passed: list[str] = []
        while len(passed) < MOST_TABS:
            if self._is_at(name):
                return
            self._key(self.window.ask("beside", name) or "Tab")
            passed.append(self.window.ask("focus"))
        raise AssertionError(f"“{name}” is not reached by Tab; passed {passed}")

    def press(self, name: str) -> None:
        self.presses += 1
        self._spot("where", name)
        if self.window.ask("popup") == "menu":
            self._go("Down", lambda: self._is_at(name), name)
            self._input.do("key Return")
            until(lambda: self.window.ask("popup") != "menu", "the menu's end")
            return
        self.reach(name)
        self._input.do("key space")

    def _go(self, key: str, is_there: Callable[[], bool], what: str) -> None:
        for _ in range(MOST_ARROWS):
            if is_there():
                return
            self._key(key)
        raise AssertionError(f"“{what}” is not reached by {key}")

    def type_into(self, name: str, text: str) -> None:
        self.reach(name)
        self._write(text)

    def choose(self, name: str, item: str) -> None:
        self.reach(name)
        self.presses += 1
        self._input.do("key space")
        until(lambda: self.window.ask("popup"), "the list")
        for key in ("Down", "Up"):
            for _ in range(MOST_ARROWS):
                if _fits(self.window.ask("place"), item):
                    self._input.do("key Return")
                    until(lambda: self.window.ask("popup") != "list", "the list's end")
                    return
                if not self._key(key):
                    break
        raise AssertionError(f"“{item}” is not in “{name}”")

    def change_cell(self, table: str, old: str, new: str) -> None:
        self.reach(table)
        self._input.do("key ctrl+Home")
        until(lambda: self.window.ask("cell_at") == "0 0", "the first cell")
        row, column = until(lambda: self.window.ask("cell_of", old), f"“{old}”").split()
        for key, times in (("Down", int(row)), ("Right", int(column))):
            for _ in range(times):
                self._key(key)
        assert self.window.ask("place") == old
        self._input.do("key F2")
        until(lambda: self.window.ask("written") == old, "the cell's field")
        self._write(new)
        self._input.do("key Return")

    def move_step(self, title: str, place: int) -> None:
        """Move a step's card with Alt and an arrow."""
        now = self.window.ask("cards").split(" | ").index(title)
        self.reach(f"{title}*")
        key = "alt+Down" if now < place else "alt+Up"
        for _ in range(abs(place - now)):
            before = self.window.ask("cards")
            self.presses += 1
            self._input.do(f"key {key}")
            until(lambda before=before: self.window.ask("cards") != before, "the card elsewhere")

    def open_file(self, path: str) -> None:
        """Choose it in the dialog for files, from the screen of the leads if there is no way to it here."""
        here = next((way for way in WAYS_TO_A_FILE if self.window.ask("where", way)), "")
        if not here:
            self.press("Leads*")
        self.press(here or WAYS_TO_A_FILE[-1])
        self.press("From a file…")
        until(
            lambda: self.window.ask("focus") == "File name", lambda: f"the file's name, not {self.window.ask('focus')}"
        )
        self._write(path)
        self._input.do("key Return")

    def undo(self) -> None:
        self.press("Undo")


def _fits(said: str, wanted: str) -> bool:
    return said.startswith(wanted[:-1]) if wanted.endswith("*") else said == wanted


HANDS: tuple[type[Mouse | Keyboard], ...] = (Mouse, Keyboard)
