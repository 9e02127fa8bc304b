"""Commands about the do-not-contact list."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable

from engine.console.output import CommandIO, moment
from engine.services.use_cases import Services


async def _add(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    done = await services.do_not_contact.add(arguments.kind, arguments.entry, arguments.reason)
    if done.entries:
        io.say(f"On your do-not-contact list; {_people(done.people)} stopped.")
    else:
        io.say(f"That was on your do-not-contact list already; {_people(done.people)} stopped.")
    io.document({"added": [x.id for x in done.entries], "stopped": done.people})
    return 0


async def _remove(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    gone = await services.do_not_contact.remove(arguments.entry)
    io.say(f"Taken off the list: {gone.entry.kind} “{gone.entry.shown}”. Whom it stopped stays stopped.")
    io.document({"removed": gone.id, "kind": gone.entry.kind, "entry": gone.entry.shown})
    return 0


async def _list(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    entries = await services.do_not_contact.list()
    for x in entries:
        io.say(f"{x.id}  {x.entry.kind}  {x.entry.shown}{'  ' + x.reason if x.reason else ''}")
    if not entries:
        io.say("Your do-not-contact list is empty.")
    io.document(
        [
            {
                "id": x.id,
                "kind": x.entry.kind,
                "entry": x.entry.shown,
                "reason": x.reason,
                "added_at": moment(x.added_at),
            }
            for x in entries
        ]
    )
    return 0


def _people(number: int) -> str:
    return f"{number} {'person' if number == 1 else 'people'}"


LIST_COMMANDS: dict[tuple[str, str | None], Callable[[Services, argparse.Namespace, CommandIO], Awaitable[int]]] = {
    ("dnc", "add"): _add,
    ("dnc", "remove"): _remove,
    ("dnc", "list"): _list,
}
