"""Carries out every command that needs the data folder."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from engine.console.lead_commands import LEAD_COMMANDS
from engine.console.list_commands import LIST_COMMANDS
from engine.console.output import CommandIO, complain, moment
from engine.console.recovery_commands import RECOVERY_COMMANDS
from engine.console.state_commands import STATE_COMMANDS
from engine.domain.sequence_change import Effect
from engine.errors import LeadloomError, UserError, WrongUsage
from engine.services.use_cases import Services

if TYPE_CHECKING:
    from engine.services.questions import EvidenceLine

Command = Callable[[Services, argparse.Namespace, CommandIO], Awaitable[int]]
LARGEST_CAMPAIGN_FILE_BYTES = 4_000_000
EFFECT_WORDS = {
    Effect.NEXT_CHANGED: "people: what comes next is different",
    Effect.NEXT_REMOVED: "people: the step that came next is gone",
    Effect.SAME: "people: a later step is different",
    Effect.PAST: "people are past what was changed",
}


async def run_command(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    """Carry out a parsed command; returns the exit code: 0 done, 1 refused or a check failed, 2 wrong usage."""
    try:
        return await COMMANDS[(arguments.command, getattr(arguments, "verb", None))](services, arguments, io)
    except UserError as error:
        complain(io, error)
        return 2 if isinstance(error, WrongUsage) else 1
    except LeadloomError as error:
        io.complain(str(error))
        return 1


async def _account_add(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    added = await services.accounts.add(arguments.dsn, io.read_key(), own_host=arguments.own_host)
    if added.warning:
        io.complain(added.warning)
    io.say("Added: " + ", ".join(added.names))
    io.document({"accounts": list(added.names)})
    return 0


async def _account_list(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    lines = await services.accounts.list()
    for line in lines:
        io.say(f"{line.id}  {line.name}  {line.status}{': ' + line.status_why if line.status_why else ''}")
    if not lines:
        io.say("No account yet. Type: account add --dsn ADDRESS.")
    io.document([{"id": x.id, "name": x.name, "status": x.status} for x in lines])
    return 0


async def _account_set(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    settings = {}
    for item in arguments.settings:
        key, equals, value = item.partition("=")
        if not equals:
            raise WrongUsage(f"“{item}” is not a setting.", "Write KEY=VALUE.")
        settings[key] = value
    await services.accounts.set(arguments.account, settings)
    io.say("Changed.")
    io.document({"changed": settings})
    return 0


async def _account_check(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    outcome = await services.relations.check(arguments.account, full=arguments.full)
    read = f"Read {outcome.read} relations on {outcome.pages} pages in {outcome.seconds:.1f} s"
    io.say(f"{read}; {outcome.matched} leads matched (ended by: {outcome.ended_by}).")
    io.document(
        {
            "pages": outcome.pages,
            "read": outcome.read,
            "matched": outcome.matched,
            "seconds": round(outcome.seconds, 3),
            "ended_by": outcome.ended_by,
        }
    )
    if outcome.problem:
        io.complain(f"{outcome.problem} Run it again later: it goes on where it stopped.")
    return 1 if outcome.problem else 0


async def _account_remove(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.accounts.remove(arguments.account)
    io.say("Removed; its history stays.")
    io.document({"removed": arguments.account})
    return 0


async def _account_set_key(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    warning = await services.accounts.set_key(arguments.account, io.read_key())
    if warning:
        io.complain(warning)
    io.say("The key was replaced.")
    io.document({"account": arguments.account})
    return 0


async def _campaign_add(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    campaign_id, name = await services.campaigns.add(await _text_of(arguments.file))
    io.say(f"Added “{name}” as a draft.")
    io.document({"campaign": name, "id": campaign_id, "state": "draft"})
    return 0


async def _text_of(path: str) -> str:
    try:
        content = await asyncio.to_thread(_beginning_of, Path(path))
        if len(content) > LARGEST_CAMPAIGN_FILE_BYTES:
            raise UserError(f"{path} is too large for a campaign file.", "Check that it is the right file.")
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not a text file in UTF-8.", "Save it again as UTF-8.") from error
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}).", "Check the path and its permissions.") from error


def _beginning_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST_CAMPAIGN_FILE_BYTES + 1)


async def _campaign_export(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    text = await services.campaigns.export(arguments.name)
    try:
        await asyncio.to_thread(Path(arguments.file).write_text, text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"{arguments.file} can't be written ({error.strerror}).", "Check the path and its permissions."
        ) from error
    io.say(f"Written to {arguments.file}.")
    io.document({"campaign": arguments.name, "file": arguments.file})
    return 0


async def _campaign_edit(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    edit = await services.sequence_changes.edit(
        arguments.name,
        await _text_of(arguments.file),
        for_new_only=arguments.new_leads_only,
        is_dry_run=arguments.dry_run,
    )
    for effect, count in edit.counts.items():
        io.say(f"  {count} {EFFECT_WORDS[effect]}")
    io.say("Nothing was changed." if arguments.dry_run else f"Saved as version {edit.version}.")
    io.document({"campaign": edit.name, "version": edit.version, "moved": edit.moved, "affected": edit.counts})
    return 0


async def _campaign_list(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    lines = await services.campaigns.list()
    for x in lines:
        io.say(f"{x.name}: {x.state}, {x.ended} of {x.leads} leads ended{'; ' + x.why if x.why else ''}")
    if not lines:
        io.say("No campaign yet. Type: campaign add FILE.toml.")
    io.document(
        [
            {
                "name": x.name,
                "state": x.state,
                "account": x.account,
                "leads": x.leads,
                "ended": x.ended,
                "stages": x.stages,
            }
            for x in lines
        ]
    )
    return 0


async def _campaign_show(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    shown = await services.campaigns.show(arguments.name)
    io.say(f"{shown['name']}: {shown['state']}, {shown['leads']} leads")
    for stage, count in shown["stages"].items():
        if count:
            io.say(f"  {stage}: {count}")
    for step in shown["steps"]:
        io.say(f"  step {step['key']} ({step['kind']}, wait {step['wait']}): {step['sent']} sent")
    io.document(shown)
    return 0


async def _campaign_check(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    found = await services.campaigns.check(arguments.name)
    for key, problem in found.problems:
        io.say(f"step {key}: {problem}")
    for held in found.held:
        io.say(f"{held.name} would be held at step {held.step}: {held.reason}")
    if not found.is_blocked:
        io.say(f"All texts of {found.leads} leads are fine.")
    io.document(
        {
            "leads": found.leads,
            "ok": not found.is_blocked,
            "problems": [{"step": k, "problem": p} for k, p in found.problems],
            "held": [{"lead": h.lead_id, "name": h.name, "step": h.step, "reason": h.reason} for h in found.held],
        }
    )
    return 1 if found.is_blocked else 0


async def _campaign_start(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    started = await services.campaigns.start(arguments.name, first=arguments.first, ask=arguments.ask)
    for held in started.held:
        io.complain(f"Held: {held.name} ({held.step}: {held.reason})")
    io.say(f"Started with {started.contacted} leads; {len(started.held)} held.")
    if arguments.ask:
        io.say(f"You are asked before each of the first {arguments.ask} sends: attention list.")
    io.document(
        {
            "contacted": started.contacted,
            "held": [{"lead": h.lead_id, "name": h.name, "reason": h.reason} for h in started.held],
        }
    )
    return 0


async def _campaign_pause(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.pausing.pause_campaign(arguments.name, arguments.only or "all")
    io.say("Paused.")
    io.document({"campaign": arguments.name, "paused": arguments.only or "all"})
    return 0


async def _campaign_resume(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.pausing.resume_campaign(arguments.name)
    io.say("Goes on.")
    io.document({"campaign": arguments.name, "paused": None})
    return 0


async def _campaign_archive(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.archiving.archive(arguments.name)
    io.say("Archived.")
    io.document({"campaign": arguments.name, "state": "archived"})
    return 0


async def _campaign_unarchive(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    state = await services.archiving.unarchive(arguments.name)
    io.say(f"Out of the archive: it is {state}.")
    io.document({"campaign": arguments.name, "state": state})
    return 0


async def _why(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    answers = await services.explanations.why(arguments.name)
    for x in answers:
        when = f" at {moment(x.at)}" if x.at else ""
        io.say(f"{x.name} ({x.state}): {x.action or 'nothing'} next{when}: {x.why}")
        for at, words in x.history:
            io.say(f"  {at.astimezone(UTC):%Y-%m-%d %H:%M} {words}")
    io.document(
        [
            {
                "about": x.about,
                "name": x.name,
                "state": x.state,
                "next": {"action": x.action, "at": moment(x.at), "why": x.why},
                "history": [{"at": moment(at), "words": words} for at, words in x.history],
            }
            for x in answers
        ]
    )
    return 0


def _evidence(line: EvidenceLine) -> str:
    return line.words if line.at is None else f"{moment(line.at)}: {line.words}"


async def _attention_list(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    items = await services.attention.list()
    for x in items:
        io.say(f"{x.id}  {x.name} ({x.campaign}): {x.step + ', ' if x.step else ''}{x.question}")
        if x.kind == "approval":
            for line in (x.text or "(without a text)").splitlines():
                io.say(f"    {line}")
    if not items:
        io.say("Nothing needs you.")
    io.document(
        [
            {
                "id": x.id,
                "kind": x.kind,
                "lead": x.lead_id,
                "name": x.name,
                "campaign": x.campaign,
                "question": x.question,
                "evidence": "; ".join(_evidence(line) for line in x.evidence),
                "step": x.step or None,
                "text": x.text,
                "not_before": moment(x.not_before),
                "at": moment(x.at),
                "choices": list(x.choices),
            }
            for x in items
        ]
    )
    return 0


async def _attention_resolve(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.attention.resolve(arguments.id, arguments.choice)
    io.say("Done.")
    io.document({"id": arguments.id, "choice": arguments.choice})
    return 0


COMMANDS: dict[tuple[str, str | None], Command] = {
    ("account", "add"): _account_add,
    ("account", "list"): _account_list,
    ("account", "set"): _account_set,
    ("account", "check"): _account_check,
    ("account", "remove"): _account_remove,
    ("account", "set-key"): _account_set_key,
    ("campaign", "add"): _campaign_add,
    ("campaign", "export"): _campaign_export,
    ("campaign", "edit"): _campaign_edit,
    ("campaign", "list"): _campaign_list,
    ("campaign", "show"): _campaign_show,
    ("campaign", "check"): _campaign_check,
    ("campaign", "start"): _campaign_start,
    ("campaign", "pause"): _campaign_pause,
    ("campaign", "resume"): _campaign_resume,
    ("campaign", "archive"): _campaign_archive,
    ("campaign", "unarchive"): _campaign_unarchive,
    **LEAD_COMMANDS,
    **LIST_COMMANDS,
    **RECOVERY_COMMANDS,
    ("why", None): _why,
    **STATE_COMMANDS,
    ("attention", "list"): _attention_list,
    ("attention", "resolve"): _attention_resolve,
}
