"""The judgement at the end of a seed: the world's truth against the database, and the file itself."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

from engine.domain.replies import normalised
from engine.provider.simulated.records import EffectKind
from storage.column_types import sequence_of
from storage.journal import SendJournal
from tests.simulation.afterwards import counters_are_true, secret_is_nowhere
from tests.simulation.aims import judge_aims
from tests.simulation.findings import Breach
from tests.simulation.machine import on_driver

if TYPE_CHECKING:
    from tests.simulation.simulation import Simulation

FULL = 2
"""PRAGMA synchronous. Source: sqlite.org."""
TOLD_OF_S = 21 * 86_400.0
"""LinkedIn refuses a second invitation for three weeks. Source: docs/provider.md, users."""
NOT_THERE = ("planned", "refused", "skipped", "cancelled", "superseded")


async def judge(simulation: Simulation) -> None:
    """Judge a run that has come to its end."""
    nothing_twice(simulation)
    effects_and_rows_agree(simulation)
    steps_in_order(simulation)
    nobody_lost(simulation)
    journal_agrees(simulation)
    file_is_whole(simulation)
    for line in await simulation.rig.engine.services.status.check():
        simulation.findings.need(line.ok, Breach.CORRUPT, f"check says {line.name}: {line.rows}")
    await judge_aims(simulation)
    await counters_are_true(simulation)
    await secret_is_nowhere(simulation)
    dump(simulation)


def nothing_twice(simulation: Simulation) -> None:
    """Nobody is invited twice, and nobody gets a text twice, whatever the database says."""
    effects = simulation.rig.world.state.effects
    invited = Counter(e.provider_id for e in effects if e.kind is EffectKind.INVITE)
    invited -= _can_not_be_known(simulation)
    told = Counter((e.provider_id, normalised(e.text or "")) for e in effects if e.kind is EffectKind.MESSAGE)
    steps = Counter((p.delivery_id, p.kind) for p in simulation.witness.posts for _ in p.effects)
    for what, counted in (("invited", invited), ("told the same", told), ("carried out", steps)):
        for key, number in counted.items():
            if number > 1 and not (what == "carried out" and key[1] in ("withdraw", "visit")):
                simulation.findings.add(Breach.DUPLICATE, f"{what} {number} times: {key}")


def _can_not_be_known(simulation: Simulation) -> Counter[str]:
    """Count invitations of another machine that were over so long before the next that LinkedIn tells of them no more.

    The hold of a copied file says that these people may be invited again, and a person has decided to go on.
    """
    invitations = [p for p in simulation.witness.posts if p.kind == "invite" and p.effects]
    return Counter(
        early.provider_id
        for early in invitations
        if early.was_forgotten
        and any(late.provider_id == early.provider_id and late.at_s - early.at_s > TOLD_OF_S for late in invitations)
    )


def effects_and_rows_agree(simulation: Simulation) -> None:
    """What a row says of itself is what its requests did."""
    need = simulation.findings.need
    done = Counter(p.delivery_id for p in simulation.witness.posts for _ in p.effects)
    lost = simulation.witness.lost_uuids
    for row in simulation.witness.rows("SELECT id, uuid, kind, state, resolved_by, step_key FROM delivery"):
        name = f"row {row['id']} ({row['kind']} {row['step_key']}) is {row['state']} by {row['resolved_by']}"
        if row["state"] == "sent" and row["resolved_by"] == "response":
            # a withdrawal may be repeated: after a restore it takes back what the owner has sent by hand meanwhile
            is_again = row["kind"] == "withdraw" and row["uuid"] in lost and done[row["id"]] > 1
            need(done[row["id"]] == 1 or is_again, Breach.UNTRUE, f"{name}, but {done[row['id']]} things happened")
        if row["state"] in NOT_THERE and row["kind"] != "withdraw" and done[row["id"]] and row["uuid"] not in lost:
            simulation.findings.add(Breach.UNTRUE, f"{name}, but it happened")


def steps_in_order(simulation: Simulation) -> None:
    """No message of a sequence leaves before the one in front of it, and none is missing in front of an ended one.

    By what happened, not by the rows' own moments: a row of a restored file ends when it is read for.
    """
    happened = {
        (p.campaign, p.provider_id, p.step_key): p.at_s for p in reversed(simulation.witness.posts) if p.effects
    }
    ended: dict[int, set[str]] = {}
    for row in simulation.witness.rows(
        "SELECT enrolment_id, step_key FROM delivery WHERE state IN ('sent', 'refused', 'skipped')"
    ):
        ended.setdefault(row["enrolment_id"], set()).add(row["step_key"])
    for row in simulation.witness.rows(
        """SELECT e.id, e.stage, v.steps, l.provider_id, c.name FROM enrolment e
        JOIN sequence_version v ON v.id = e.version_id JOIN lead l ON l.id = e.lead_id
        JOIN campaign c ON c.id = e.campaign_id"""
    ):
        keys = [s.key for s in sequence_of(row["steps"]).steps if s.kind == "message"]
        mine = ended.get(row["id"], set())
        done = [key in mine for key in keys]
        moments = [at for key in keys if (at := happened.get((row["name"], row["provider_id"], key))) is not None]
        words = f"enrolment {row['id']} ({row['stage']}): of {keys} {sorted(mine)} ended, at {moments}"
        is_in_order = done == sorted(done, reverse=True) and moments == sorted(moments)
        simulation.findings.need(is_in_order, Breach.SKIPPED, words)
        simulation.findings.need(all(done) or row["stage"] != "completed", Breach.SKIPPED, words)


def nobody_lost(simulation: Simulation) -> None:
    """Everybody imported is there, and at a stage that nothing more follows from."""
    rows = simulation.witness.rows(
        """SELECT e.id, e.stage, e.is_active, e.next_why, e.hand_wrote_ms, e.attention_why, c.state AS campaign, c.name
        FROM enrolment e JOIN campaign c ON c.id = e.campaign_id"""
    )
    plan, late = simulation.plan, simulation.person.imported_late
    imported = {
        plan.people + (plan.late_people if is_late else 0) for is_late in ((False, True) if late is None else (late,))
    }
    there = simulation.witness.rows("SELECT count(*) AS n FROM lead")[0]["n"]
    simulation.findings.need(there in imported, Breach.LOST, f"{imported} people imported, {there} there")
    for row in rows:
        is_over = not row["is_active"] or row["hand_wrote_ms"] or row["attention_why"] or row["campaign"] == "archived"
        simulation.findings.need(is_over, Breach.LOST, f"enrolment {row['id']} ({row['stage']}): {row['next_why']}")


def journal_agrees(simulation: Simulation) -> None:
    """Every request with an effect has its line, and every line its attempt."""
    lineage = simulation.witness.rows("SELECT lineage FROM engine_state")[0]["lineage"]
    lines = {line.seq for line in SendJournal(simulation.rig.paths.state, lineage, "").lines()}
    left = {p.seq for p in simulation.witness.in_journal()}
    simulation.findings.need(left <= lines, Breach.UNARMED, f"requests without a line: {sorted(left - lines)}")
    attempts = {r["seq"] for r in simulation.witness.rows("SELECT seq FROM attempt WHERE is_fired = 1")}
    attempts |= {r["seq"] for r in simulation.witness.rows("SELECT seq FROM lost_send")}
    simulation.findings.need(lines <= attempts, Breach.UNARMED, f"lines without an attempt: {sorted(lines - attempts)}")
    used = Counter(r["action"] for r in simulation.witness.rows("SELECT action FROM budget_use"))
    known = simulation.witness.known()
    unknown = sum(len(p.effects) for p in simulation.witness.posts) - sum(len(p.effects) for p in known)
    effects = [e for p in known for e in p.effects] if unknown else simulation.rig.world.state.effects
    seen = Counter(e.kind.value for e in effects)
    for kind in ("invite", "message", "withdraw"):
        simulation.findings.need(used[kind] >= seen[kind], Breach.UNARMED, f"{seen[kind]} {kind}, {used[kind]} counted")


def file_is_whole(simulation: Simulation) -> None:
    """The file has no damage and no loose ends."""
    try:
        found = [r[0] for r in simulation.witness.rows("PRAGMA integrity_check")]
        loose = simulation.witness.rows("PRAGMA foreign_key_check")
    except sqlite3.DatabaseError as error:
        simulation.findings.add(Breach.CORRUPT, str(error))
        return

    def durable(driver: sqlite3.Connection) -> None:
        (level,) = driver.execute("PRAGMA synchronous").fetchone()
        simulation.findings.need(level >= FULL, Breach.CORRUPT, "commits don't wait for the disk")

    on_driver(simulation.rig.engine.ctx.db, durable)
    simulation.findings.need(found == ["ok"] and not loose, Breach.CORRUPT, f"{found}, {len(loose)} loose ends")


def dump(simulation: Simulation) -> None:
    """Take the whole database into the event log's hash."""
    names = simulation.witness.rows(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'lead_text%'"
        " ORDER BY name"
    )
    for (name,) in names:
        for row in simulation.witness.rows(f"SELECT * FROM {name} ORDER BY 1"):
            simulation.log(name, *tuple(row))
