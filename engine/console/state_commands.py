"""Commands about the whole: its state, its invariants, its backups."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.console.output import CommandIO, moment
from engine.services.use_cases import Services


async def _check(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    lines = await services.status.check()
    for x in lines:
        io.say(f"{'ok    ' if x.ok else 'BROKEN'} {x.name}{'' if x.ok else f': {x.rows} rows'}")
    is_ok = all(x.ok for x in lines)
    io.document({"ok": is_ok, "checks": [{"name": x.name, "ok": x.ok, "rows": x.rows} for x in lines]})
    return 0 if is_ok else 1


async def _status(services: Services, _arguments: argparse.Namespace, io: CommandIO) -> int:
    view, health = await services.status.overview(), await services.status.health()
    state = ("Running" if io.is_engine_alive else "Not running") + (", everything paused" if view.is_paused else "")
    io.say(f"{state}; {view.leads} leads, {view.questions} need you.")
    for a in view.accounts:
        state = f"{a.status} ({a.status_why})" if a.status_why else a.status
        io.say(f"{a.name}: {state}; next {moment(a.next_at) or '-'}: {a.why}")
        io.say("  " + ", ".join(f"{b.words} {b.used} of {b.limit}" for b in a.budgets))
        relations, replies = moment(a.relations_read_at) or "never", moment(a.replies_read_at) or "never"
        io.say(f"  relations read {relations}, replies read {replies}")
    if view.hold:
        io.say(f"Held: {view.hold}")
    for t in health.targets:
        io.say(f"{t.name}: {t.numerator} of {t.denominator}{'' if t.value is None else f' ({t.value:.4g})'}")
    io.document(
        {
            "now": moment(view.now),
            "engine_alive": io.is_engine_alive,
            "paused": view.is_paused,
            "leads": view.leads,
            "needs_attention": view.questions,
            "replies": view.replies,
            "held": view.hold or None,
            **{
                t.name: {"value": t.value, "numerator": t.numerator, "denominator": t.denominator}
                for t in health.targets
            },
            "newest_heartbeat_at": moment(health.newest_beat_at),
            "worker_restarts": health.restarts,
            "duplicates_observed": health.duplicates,
            "accounts": [
                {
                    "name": a.name,
                    "status": a.status,
                    "why": a.status_why,
                    "relations_read_at": moment(a.relations_read_at),
                    "replies_read_at": moment(a.replies_read_at),
                    "budgets": [{"name": b.words, "used": b.used, "limit": b.limit} for b in a.budgets],
                    "next": {"at": moment(a.next_at), "why": a.why},
                }
                for a in view.accounts
            ],
            "next": [
                {"lead": n.lead_id, "name": n.name, "action": n.kind, "at": moment(n.due_at)} for n in view.coming
            ],
        }
    )
    return 0


async def _backup(services: Services, arguments: argparse.Namespace, io: CommandIO) -> int:
    info = await services.backups.make(Path(arguments.file))
    io.say(f"Written to {info.path}: {info.leads} leads, {info.campaigns} campaigns.")
    io.document(
        {
            "file": str(info.path),
            "taken_at": moment(info.taken_at),
            "leads": info.leads,
            "campaigns": info.campaigns,
            "sends": info.send_seq,
        }
    )
    return 0


STATE_COMMANDS: dict[tuple[str, str | None], Callable[[Services, argparse.Namespace, CommandIO], Awaitable[int]]] = {
    ("check", None): _check,
    ("status", None): _status,
    ("backup", None): _backup,
}
