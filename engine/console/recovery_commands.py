"""Commands that set one lead on its way again."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from datetime import date

from engine.console.output import CommandIO
from engine.errors import WrongUsage
from engine.services.recovery import Decision
from engine.services.use_cases import Services


async def _retry(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    return _say(io, await services.recovery.retry(await _enrolment(services, arguments)))


async def _skip(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    return _say(io, await services.recovery.skip(await _enrolment(services, arguments)))


async def _go_to(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    return _say(io, await services.recovery.go_to(await _enrolment(services, arguments), arguments.step))


async def _restart(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    return _say(io, await services.recovery.restart(await _enrolment(services, arguments)))


async def _continue(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    try:
        on = date.fromisoformat(arguments.on) if arguments.on else None
    except ValueError as error:
        raise WrongUsage(f"“{arguments.on}” is not a day.", "Write it as 2026-03-05.") from error
    return _say(io, await services.recovery.go_on(await _enrolment(services, arguments), on))


async def _steps(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    steps = await services.recovery.steps(await _enrolment(services, arguments))
    for step in steps:
        io.say(f"{step.key}  {step.words}: {'next' if step.is_next else step.why_not or 'can be gone to'}")
    io.document(
        [
            {"step": s.key, "words": s.words, "next": s.is_next, "can_go": s.can_choose, "why_not": s.why_not}
            for s in steps
        ]
    )
    return 0


async def _enrolment(services: Services, arguments: argparse.Namespace) -> int:
    return await services.recovery.find(arguments.lead, arguments.campaign)


def _say(io: CommandIO, done: Decision) -> int:
    io.say(f"Decided: {done.words}.")
    io.document({"decided": done.words})
    return 0


RECOVERY_COMMANDS: dict[tuple[str, str | None], Callable[[Services, argparse.Namespace, CommandIO], Awaitable[int]]] = {
    ("leads", "retry"): _retry,
    ("leads", "skip"): _skip,
    ("leads", "go-to"): _go_to,
    ("leads", "restart"): _restart,
    ("leads", "continue"): _continue,
    ("leads", "steps"): _steps,
}
