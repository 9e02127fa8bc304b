"""The command line in one process: arguments in, exit code and lines out, over a rig's engine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.console.commands import run_command
from engine.console.output import CommandIO
from engine.console.parser import make_parser
from tests.engine.scenes import BOTH
from tests.fakes.rig import Rig

COUNTED = ("account", "campaign", "lead", "lead_alias", "enrolment", "delivery", "import_batch", "import_problem")
ANOTHER_ACCOUNT = {
    "provider_account_id": "p", "name": "Another", "status": "ok", "time_zone": "Etc/UTC", "days": "mon",
    "start_minute": 540, "end_minute": 600, "created_ms": 0,
}  # fmt: skip
MOMENT = "2026-01-05T09:12:00Z"
TEXT_OR_NULL = (str, type(None))


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def is_refusal(self) -> bool:
        """Whether it is one line on standard error, with nothing on standard output."""
        return self.code == 1 and not self.out and bool(self.err.strip()) and "\n" not in self.err


class Console:
    """Commands against one data folder."""

    def __init__(self, rig: Rig, *, key: str = "practice") -> None:
        self.rig = rig
        self.key = key

    def run(self, *argv: str) -> Said:
        arguments = make_parser().parse_args([str(a) for a in argv])
        out: list[str] = []
        err: list[str] = []
        io = CommandIO(out=out.append, err=err.append, read_key=lambda: self.key, is_json=arguments.json)
        code = self.rig.run(run_command(self.rig.engine.services, arguments, io))
        return Said(code=code, out="\n".join(out), err="\n".join(err))

    def json(self, *argv: str) -> Any:
        said = self.run(*argv, "--json")
        assert said.code == 0, said.err
        return said.json

    def file(self, name: str, content: str | bytes) -> str:
        path: Path = self.rig.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {table: int(self.rig.one(f"SELECT count(*) FROM {table}")) for table in COUNTED}

    def add_row(self, table: str, **values: Any) -> None:
        """Put a row straight into the database."""
        sql = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"
        self.rig.engine.ctx.db.write_here(lambda u: u.connection.exec_driver_sql(sql, tuple(values.values())))

    def begin(self, first: int | None = None) -> str:
        """Add account, campaign and leads, and start; returns the account's name."""
        assert self.run("account", "add", "--dsn", "practice").code == 0
        name = str(self.json("account", "list")[0]["name"])
        self.json("account", "set", name, "time_zone=Europe/Paris", "warm_up=off", "paid=yes", "gap_min_s=90")
        self.json("campaign", "add", self.file("both.toml", BOTH))
        self.json("leads", "import", str(self.rig.lead_list()), "--campaign", "Both")
        self.json("campaign", "start", "Both", *(["--first", str(first)] if first else []))
        return name


def assert_shape(value: Any, shape: Any, place: str = "the document") -> None:
    """Check keys and types exactly: a dict by its keys, a list by its items, MOMENT by its form, else by type."""
    if isinstance(shape, dict):
        assert isinstance(value, dict) and set(value) == set(shape), f"{place}: {value}"
        for key, inner in shape.items():
            assert_shape(value[key], inner, f"{place}.{key}")
    elif isinstance(shape, list):
        assert isinstance(value, list), f"{place}: {value!r}"
        for index, item in enumerate(value):
            assert_shape(item, shape[0], f"{place}[{index}]")
    elif shape == MOMENT or (isinstance(shape, tuple) and MOMENT in shape):
        if value is None and shape != MOMENT:
            return
        digits = "".join("9" if c.isdigit() else c for c in str(value))
        assert digits == "9999-99-99T99:99:99Z", f"{place}: {value!r}"
    else:
        wanted = shape if isinstance(shape, tuple) else (shape,)
        assert type(value) in wanted, f"{place}: {value!r}"
