"""Reads the values of a TOML table and collects every problem with its place, instead of stopping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.domain.suggestions import did_you_mean
from engine.domain.toml_text import Path, place_name
from engine.errors import FileProblem

_TYPE_NAMES: Mapping[type, str] = {str: "a text in quotes", int: "a whole number", list: "a list", dict: "a table"}


@dataclass(kw_only=True)
class Problems:
    """The problems of one file so far, in the order in which they were found."""

    lines: dict[Path, int]
    found: list[FileProblem] = field(default_factory=list)

    def add(self, path: Path, problem: str) -> None:
        """Note a problem at a key path."""
        self.found.append(FileProblem(place=place_name(path, self.lines), problem=problem))


@dataclass(kw_only=True)
class Table:
    """One table of the file; what is wrong with it goes to `problems`, and the default is returned."""

    values: Mapping[str, object]
    path: Path
    problems: Problems

    def check_keys(self, known: Iterable[str]) -> None:
        """Note each key that means nothing here."""
        names = list(known)
        for key in self.values:
            if key not in names:
                self.problem(key, f"There is no setting “{key}” here.{did_you_mean(key, names)}")

    def has(self, key: str) -> bool:
        """Return whether the file gives the key."""
        return key in self.values

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        value = self._typed(key, str, default)
        return value if isinstance(value, str) else default

    def whole(self, key: str, default: int, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        value = self._typed(key, int, default)
        if not isinstance(value, int) or not 1 <= value <= most:
            self.problem(key, f"This must be a whole number from 1 to {most}.")
            return default
        return value

    def table(self, key: str) -> Table | None:
        """Return a table, or None when it is absent or something else."""
        value = self._typed(key, dict, None)
        return Table(values=value, path=(*self.path, key), problems=self.problems) if isinstance(value, dict) else None

    def tables(self, key: str) -> list[Table]:
        """Return a list of tables; an item that is something else is noted and left out."""
        found = []
        items = self._typed(key, list, [])
        for index, item in enumerate(items if isinstance(items, list) else []):
            path = (*self.path, key, index)
            if isinstance(item, dict):
                found.append(Table(values=item, path=path, problems=self.problems))
            else:
                self.problems.add(path, "This must be a table.")
        return found

    def problem(self, key: str, problem: str) -> None:
        """Note a problem at a key of this table; an empty key is the table itself."""
        self.problems.add((*self.path, key) if key else self.path, problem)

    def _typed(self, key: str, wanted: type, default: object) -> object:
        value = self.values.get(key, default)
        if key in self.values and (not isinstance(value, wanted) or isinstance(value, bool)):
            self.problem(key, f"This must be {_TYPE_NAMES[wanted]}.")
            return default
        return value
