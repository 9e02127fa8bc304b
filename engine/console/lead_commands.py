"""Commands about leads."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.console.output import CommandIO, moment
from engine.errors import WrongUsage
from engine.services.lead_rows import LeadRow
from engine.services.use_cases import Services


async def _import(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    columns = {}
    for item in arguments.map:
        column, equals, name = item.rpartition("=")
        if not equals:
            raise WrongUsage(f"“{item}” doesn't map a column.", "Write “Column=field”.")
        columns[column] = name
    outcome = await services.leads.import_file(
        Path(arguments.file), arguments.campaign, columns=columns, is_dry_run=arguments.dry_run
    )
    words = "would be" if arguments.dry_run else "were"
    counts = f"{outcome.new} {words} new, {outcome.merged} merged, {outcome.unchanged} unchanged"
    io.say(f"{outcome.rows} rows: {counts}, {len(outcome.problems)} with problems.")
    for p in outcome.problems:
        io.say(f"  row {p.row}, {p.column}: {p.problem}")
    io.document(
        {
            "rows": outcome.rows,
            "new": outcome.new,
            "merged": outcome.merged,
            "unchanged": outcome.unchanged,
            "problems": [{"row": p.row, "column": p.column, "problem": p.problem} for p in outcome.problems],
        }
    )
    if outcome.new or outcome.merged or outcome.unchanged:
        return 0
    if outcome.rows:
        io.complain("No row could be used. Mend the rows, or choose the column with --map “Column=profile_url”.")
    else:
        io.complain("The file has no rows below its header. Check that it is the right file.")
    return 1


async def _list(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    rows = await services.leads.list(campaign=arguments.campaign, stage=arguments.stage)
    for r in rows:
        coming = f"{r.next_action or 'nothing'} {moment(r.next_at) or ''} {r.next_why}".rstrip()
        io.say(f"{r.lead}  {r.first_name} {r.last_name} ({r.campaign}): {r.stage}; {coming}")
    if not rows:
        io.say("No leads.")
    io.document([lead_form(r) for r in rows])
    return 0


def lead_form(r: LeadRow) -> dict[str, object]:
    """Return the JSON form of a row of `leads list`."""
    return {
        "lead": r.lead,
        "public_identifier": r.public_identifier,
        "provider_id": r.provider_id,
        "first_name": r.first_name,
        "last_name": r.last_name,
        "company": r.company,
        "campaign": r.campaign,
        "account": r.account,
        "stage": r.stage,
        "step": r.step,
        "steps": r.steps,
        "invited_at": moment(r.invited_at),
        "connected_at": moment(r.connected_at),
        "messages_sent": r.messages_sent,
        "replied_at": moment(r.replied_at),
        "next": {"action": r.next_action, "at": moment(r.next_at), "why": r.next_why},
        "reason": r.reason,
    }


async def _export(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    count = await services.leads.export(Path(arguments.file), campaign=arguments.campaign)
    io.say(f"{count} rows written to {arguments.file}.")
    io.document({"rows": count, "file": arguments.file})
    return 0


async def _exclude(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    count = await services.leads.exclude(arguments.lead, arguments.reason)
    io.say(f"Excluded from {count} campaigns.")
    io.document({"lead": arguments.lead, "campaigns": count})
    return 0


async def _forget(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    await services.forgetting.forget(arguments.lead)
    io.say("Forgotten: names and texts are gone; they are never imported again.")
    io.document({"forgotten": arguments.lead})
    return 0


async def _merge(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    done = await services.merging.merge(arguments.lead, arguments.other)
    io.say(f"One lead now: {done.merge.keep}. Both histories are kept.")
    io.document({"lead": done.merge.keep, "merged": done.merge.gone})
    return 0


LEAD_COMMANDS: dict[tuple[str, str | None], Callable[[Services, argparse.Namespace, CommandIO], Awaitable[int]]] = {
    ("leads", "import"): _import,
    ("leads", "list"): _list,
    ("leads", "export"): _export,
    ("leads", "exclude"): _exclude,
    ("leads", "forget"): _forget,
    ("leads", "merge"): _merge,
}
