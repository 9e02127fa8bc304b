"""The command line's words and options. Parses only; carries nothing out."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from typing import Any

from engine.domain.do_not_contact import EntryKind

FASTEST = 1_000_000.0

WRITES = {
    ("account", "add"),
    ("account", "set"),
    ("account", "check"),
    ("account", "remove"),
    ("account", "set-key"),
    ("campaign", "add"),
    ("campaign", "start"),
    ("campaign", "pause"),
    ("campaign", "resume"),
    ("campaign", "archive"),
    ("campaign", "edit"),
    ("leads", "import"),
    ("leads", "exclude"),
    ("leads", "forget"),
    ("leads", "merge"),
    ("leads", "retry"),
    ("leads", "skip"),
    ("leads", "go-to"),
    ("leads", "restart"),
    ("leads", "continue"),
    ("campaign", "unarchive"),
    ("dnc", "add"),
    ("dnc", "remove"),
    ("attention", "resolve"),
}
"""Commands that write: handed to the engine that holds the data folder, if one does."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser; common options stand before or after the command."""
    parser = argparse.ArgumentParser(
        prog="main.py", description="Leadloom: LinkedIn outreach that never sends anything twice."
    )
    _common(parser, is_top=True)
    after = argparse.ArgumentParser(add_help=False)
    _common(after, is_top=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _window(commands.add_parser("gui", parents=[after], help="the window (default)"))
    _window(parser)
    engine = commands.add_parser("engine", parents=[after], help="the engine without a window")
    ends = engine.add_mutually_exclusive_group()
    ends.add_argument("--until-idle", action="store_true", help="end when nothing can happen without a person")
    ends.add_argument(
        "--for", dest="for_s", type=_number(0.0), metavar="SECONDS", help="end after so many real seconds"
    )
    _accounts(_group(commands, "account", "LinkedIn accounts"), after)
    _campaigns(_group(commands, "campaign", "campaigns"), after)
    _leads(_group(commands, "leads", "leads"), after)
    _do_not_contact(_group(commands, "dnc", "whom never to contact"), after)
    why = commands.add_parser("why", parents=[after], help="what is next, when, and what it waits for")
    why.add_argument("name", metavar="LEAD-OR-CAMPAIGN-OR-ACCOUNT")
    commands.add_parser("check", parents=[after], help="every invariant of the ledger and the database")
    commands.add_parser("status", parents=[after], help="engine, accounts, what is next")
    commands.add_parser("backup", parents=[after], help="a whole copy of the data in one file").add_argument(
        "file", metavar="FILE"
    )
    commands.add_parser("restore", parents=[after], help="put a backup in the data's place").add_argument(
        "file", metavar="FILE"
    )
    attention = _group(commands, "attention", "what needs you")
    attention.add_parser("list", parents=[after])
    resolve = attention.add_parser("resolve", parents=[after])
    resolve.add_argument("id", metavar="ID")
    resolve.add_argument("choice", metavar="CHOICE", choices=("sent", "send_again", "approve", "skip", "stop", "go_on"))
    _practice(_group(commands, "practice", "the practice LinkedIn"), after)
    return parser


def _common(parser: argparse.ArgumentParser, *, is_top: bool) -> None:
    default: Any = None if is_top else argparse.SUPPRESS
    parser.add_argument("--data", metavar="DIR", default=default, help="the data folder")
    parser.add_argument(
        "--speed",
        type=_number(0.0, FASTEST, "over 0 and at most 1,000,000"),
        metavar="N",
        default=1.0 if is_top else default,
        help="engine seconds per real second (practice only)",
    )
    parser.add_argument(
        "--epoch", type=_number(), metavar="UNIX_SECONDS", default=default, help="when hurried time starts"
    )
    parser.add_argument(
        "--log-level", default="warning" if is_top else default, choices=("debug", "info", "warning", "error")
    )
    parser.add_argument(
        "--json", action="store_true", default=False if is_top else default, help="one JSON document on standard output"
    )


def _number(over: float = -math.inf, most: float = math.inf, words: str = "over 0") -> Callable[[str], float]:
    def number(text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(text)
        if not over < value <= most:
            raise argparse.ArgumentTypeError(f"must be {words}")
        return value

    return number


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


def _window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", default=argparse.SUPPRESS, help="open the practice account")
    parser.add_argument(
        "--play", action="store_true", default=argparse.SUPPRESS, help="with --demo: start its draft, a day a second"
    )
    parser.add_argument("--minimized", action="store_true", default=argparse.SUPPRESS, help="start in the tray")


def _group(commands: Any, name: str, words: str) -> Any:
    return commands.add_parser(name, help=words).add_subparsers(dest="verb", metavar="VERB", required=True)


def _accounts(verbs: Any, after: argparse.ArgumentParser) -> None:
    add = verbs.add_parser("add", parents=[after])
    add.add_argument("--dsn", required=True, metavar="ADDRESS")
    add.add_argument("--key-stdin", action="store_true", help="read the key from standard input")
    add.add_argument("--own-host", action="store_true", help="allow an address outside unipile.com")
    verbs.add_parser("list", parents=[after])
    change = verbs.add_parser("set", parents=[after])
    change.add_argument("account", metavar="ACCOUNT")
    change.add_argument("settings", nargs="+", metavar="KEY=VALUE")
    check = verbs.add_parser("check", parents=[after])
    check.add_argument("account", metavar="ACCOUNT")
    check.add_argument("--full", action="store_true", help="read every relation")
    remove = verbs.add_parser("remove", parents=[after])
    remove.add_argument("account", metavar="ACCOUNT")
    key = verbs.add_parser("set-key", parents=[after])
    key.add_argument("account", metavar="ACCOUNT")
    key.add_argument("--key-stdin", action="store_true")


def _campaigns(verbs: Any, after: argparse.ArgumentParser) -> None:
    verbs.add_parser("add", parents=[after]).add_argument("file", metavar="FILE.toml")
    export = verbs.add_parser("export", parents=[after])
    export.add_argument("name", metavar="NAME")
    export.add_argument("file", metavar="FILE.toml")
    edit = verbs.add_parser("edit", parents=[after], help="give a campaign the steps of a file, also while it runs")
    edit.add_argument("name", metavar="NAME")
    edit.add_argument("file", metavar="FILE.toml")
    edit.add_argument("--new-leads-only", action="store_true", help="whoever was started keeps the steps they have")
    edit.add_argument("--dry-run", action="store_true", help="only say who is affected how")
    verbs.add_parser("list", parents=[after])
    for verb in ("show", "check", "resume", "archive", "unarchive"):
        verbs.add_parser(verb, parents=[after]).add_argument("name", metavar="NAME")
    pause = verbs.add_parser("pause", parents=[after])
    pause.add_argument("name", metavar="NAME")
    pause.add_argument("--only", choices=("invitations", "follow_ups"), help="pause only these")
    start = verbs.add_parser("start", parents=[after])
    start.add_argument("name", metavar="NAME")
    start.add_argument("--first", type=_positive, metavar="N", help="begin with so many people")
    start.add_argument("--ask", type=_positive, metavar="N", help="ask before each of the first so many sends")


def _leads(verbs: Any, after: argparse.ArgumentParser) -> None:
    imported = verbs.add_parser("import", parents=[after])
    imported.add_argument("file", metavar="FILE.csv")
    imported.add_argument("--campaign", required=True, metavar="NAME")
    imported.add_argument("--map", action="append", default=[], metavar="Column=field")
    imported.add_argument("--dry-run", action="store_true")
    listed = verbs.add_parser("list", parents=[after])
    listed.add_argument("--campaign", metavar="NAME")
    listed.add_argument("--stage", metavar="STAGE")
    export = verbs.add_parser("export", parents=[after])
    export.add_argument("file", metavar="FILE.csv")
    export.add_argument("--campaign", metavar="NAME")
    exclude = verbs.add_parser("exclude", parents=[after])
    exclude.add_argument("lead", metavar="LEAD")
    exclude.add_argument("--reason", default="excluded by you")
    merge = verbs.add_parser(
        "merge", parents=[after], help="two leads are one person: keep both histories in the first"
    )
    merge.add_argument("lead", metavar="LEAD")
    merge.add_argument("other", metavar="OTHER")
    for verb, words in (
        ("retry", "try again what is held or was put off"),
        ("skip", "leave out what comes next"),
        ("go-to", "go on with a step now"),
        ("restart", "start again as a new enrolment"),
        ("continue", "their last message is no answer: go on"),
        ("steps", "which steps can be gone to"),
    ):
        one = verbs.add_parser(verb, parents=[after], help=words)
        one.add_argument("lead", metavar="LEAD")
        if verb == "go-to":
            one.add_argument("step", metavar="STEP")
        if verb == "continue":
            one.add_argument("--on", metavar="DATE", help="not before that day, such as 2026-03-05")
        one.add_argument("--campaign", metavar="NAME", help="where they are in several")
    verbs.add_parser("forget", parents=[after]).add_argument("lead", metavar="LEAD")


def _do_not_contact(verbs: Any, after: argparse.ArgumentParser) -> None:
    add = verbs.add_parser("add", parents=[after])
    add.add_argument("kind", metavar="KIND", choices=tuple(EntryKind), help="person, company or domain")
    add.add_argument("entry", metavar="ENTRY", help="a LinkedIn or e-mail address, a company's name, a domain")
    add.add_argument("--reason", default="", metavar="WHY")
    verbs.add_parser("remove", parents=[after]).add_argument("entry", metavar="ENTRY-OR-NUMBER")
    verbs.add_parser("list", parents=[after])


def _practice(verbs: Any, after: argparse.ArgumentParser) -> None:
    serve = verbs.add_parser("serve", parents=[after])
    serve.add_argument("--port", type=int, required=True, metavar="P")
    serve.add_argument("--people", type=int, default=60, metavar="N")
    serve.add_argument("--seed", type=int, default=1, metavar="S")
    serve.add_argument("--faults", choices=("calm", "rough", "hostile"), default="calm")
    serve.add_argument("--csv", metavar="FILE")
    verbs.add_parser("past", parents=[after])
    serve.add_argument("--relations", type=int, default=40, metavar="N", help="relations there are at the start")


def is_writing(arguments: argparse.Namespace) -> bool:
    """Whether a command writes to the data folder."""
    return (arguments.command, getattr(arguments, "verb", None)) in WRITES
