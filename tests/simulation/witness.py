"""Sees every request that may have an effect as it leaves, and judges it by the database's file and the world.

It reads the committed file with a connection of its own, keeps its own list of what left and when, and trusts none of
the engine's words or counters. Times are true time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from engine.domain.replies import normalised
from engine.provider.simulated.records import Effect, from_ms
from engine.provider.simulated.world import World
from storage.paths import Paths
from tests.simulation.clock import SimulatedClock
from tests.simulation.fairness import Fairness
from tests.simulation.findings import Breach, Findings

DAY_S, WEEK_S, MONTH_S = 86_400.0, 7 * 86_400.0, 30 * 86_400.0
FREE_NOTES = 3
"""Invitations with a note that a free account has in thirty days."""
LOOK_S = 5.0
"""The oldest look that may stand behind a send."""
TOLERANCE_S = 2.0
"""Rounding of moments between two clocks that agree."""
_ARMED = """SELECT d.id, d.kind, d.body, d.enrolment_id, d.step_key, d.account_id, d.campaign_id, a.n, a.seq, d.uuid,
    l.provider_id, e.enrolled_ms, e.excluded_why, c.state AS campaign_state, c.pause, c.name AS campaign_name,
    coalesce(c.time_zone, p.time_zone) AS zone, coalesce(c.days, p.days) AS days,
    coalesce(c.start_minute, p.start_minute) AS start_minute, coalesce(c.end_minute, p.end_minute) AS end_minute,
    p.invites_per_day, p.invites_per_week, p.messages_per_day, p.withdrawals_per_day, p.gap_min_s, p.is_paid
    FROM attempt a JOIN delivery d ON d.id = a.delivery_id JOIN lead l ON l.id = d.lead_id
    JOIN account p ON p.id = d.account_id JOIN enrolment e ON e.id = d.enrolment_id
    JOIN campaign c ON c.id = d.campaign_id
    WHERE d.state = 'sending' AND a.is_fired = 1 AND a.verdict IS NULL
    AND a.n = (SELECT max(n) FROM attempt WHERE delivery_id = d.id)"""


@dataclass(kw_only=True)
class Post:
    """One request that left, the row it was armed for, and the effects it had."""

    at_s: float
    kind: str
    provider_id: str
    body: str | None
    delivery_id: int
    uuid: str
    seq: int
    step_key: str
    enrolment_id: int
    campaign: str
    effects: list[Effect] = field(default_factory=list)
    journal: tuple[Path, str] = (Path(), "")
    """The folder and the lineage of the journal that has its line."""
    is_forgotten: bool = False
    """Neither the database nor its journal knows of it: another machine made it, or this one with another file."""
    was_forgotten: bool = False
    """Whether that was so at any time."""


@dataclass
class Wishes:
    """What the person has told the program and been told back: held to from the moment the command returned."""

    everything_paused: bool = False
    paused: dict[str, str] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    excluded: set[int] = field(default_factory=set)
    """Enrolments of people who were excluded; one that is made later is another matter."""
    sent_again: set[int] = field(default_factory=set)
    """Rows that the person answered with "send again"."""


class Witness:
    """Judges every request with an effect."""

    def __init__(self, clock: SimulatedClock, world: World, wishes: Wishes, findings: Findings, state: Path) -> None:
        self._clock = clock
        self._world = world
        self._wishes = wishes
        self._findings = findings
        self._state = state
        self._file: sqlite3.Connection | None = None
        self.posts: list[Post] = []
        self.lost_uuids: set[str] = set()
        self.log: Callable[..., None] = lambda *_: None
        self._fairness = Fairness(self.rows, findings)

    def open(self, database: Path) -> None:
        """Read this file from now on."""
        self.close()
        self._file = sqlite3.connect(f"file:{database}?mode=ro", uri=True, isolation_level=None)
        self._file.row_factory = sqlite3.Row

    def go_back(self, paths: Paths, were_known: Sequence[bool]) -> None:
        """Read a restored file from now on. The same number may be another row in it: rows are told by their uuid.

        `were_known`: of each request before the backup, whether the file knew of it then. Of the others it knows
        those that this computer's journals have. What a row did otherwise is not what it does now.
        """
        self._state = paths.state
        self.open(paths.database)
        self._fairness.forget()
        self.lost_uuids |= {p.uuid for p in self.posts[len(were_known) :]}
        ids = {row["uuid"]: row["id"] for row in self.rows("SELECT id, uuid FROM delivery")}
        for number, post in enumerate(self.posts):
            was_known = number < len(were_known) and were_known[number]
            is_known = was_known or post.journal[0] == paths.state
            post.is_forgotten = not is_known
            post.was_forgotten |= post.is_forgotten
            post.delivery_id = ids.get(post.uuid, -1 - number) if is_known else -1 - number

    def known(self) -> list[Post]:
        """Return the requests that the program can know of."""
        return [p for p in self.posts if not p.is_forgotten]

    def in_journal(self) -> list[Post]:
        """Return the requests that were written into the journal in use; lines taken from another one are left out."""
        journal = self._journal_now()
        return [p for p in self.posts if p.journal == journal]

    def _journal_now(self) -> tuple[Path, str]:
        return self._state, self.rows("SELECT lineage FROM engine_state")[0]["lineage"]

    def has_happened(self, delivery_id: int, *, can_be_known: bool = False) -> bool:
        """Whether what a row stands for was done: by itself, or by the row in whose place it came after a restore.

        `can_be_known`: only what the program can know of.
        """
        (row,) = self.rows(
            """SELECT d.kind, d.step_key, l.provider_id, c.name FROM delivery d JOIN lead l ON l.id = d.lead_id
            LEFT JOIN campaign c ON c.id = d.campaign_id WHERE d.id = ?""",
            delivery_id,
        )
        wanted = tuple(row)
        return any(
            p.effects and not (can_be_known and p.is_forgotten)
            for p in self.posts
            if p.delivery_id == delivery_id or (p.kind, p.step_key, p.provider_id, p.campaign) == wanted
        )

    def was_invited(self, lead_id: int) -> bool:
        """Whether this person was ever invited, by whatever row on whatever machine."""
        (row,) = self.rows("SELECT provider_id FROM lead WHERE id = ?", lead_id)
        return any(p.effects and p.kind == "invite" and p.provider_id == row["provider_id"] for p in self.posts)

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Read the committed file."""
        assert self._file is not None
        return self._file.execute(sql, values).fetchall()

    def elapsed_s(self) -> float:
        """Return true seconds since the start."""
        return (self._clock.there_now() - self._clock.began).total_seconds()

    def now_ms(self) -> int:
        """Return the moment that the machine's clock says."""
        return int(self._clock.now().timestamp() * 1000)

    def seconds_of(self, at_ms: int) -> float:
        """Return a stored moment as true seconds since the start, as if the machine's clock were right."""
        return at_ms / 1000 - self._clock.began.timestamp()

    @contextmanager
    def effects_of(self, post: Post | None) -> Iterator[None]:
        """Count the effects that happen meanwhile as those of a request."""
        effects = self._world.state.effects
        before = len(effects)
        yield
        for effect in effects[before:]:
            self.log("effect", effect.kind.value, effect.provider_id, effect.text)
            if post is None:
                self._findings.add(Breach.UNARMED, f"an effect without a request that was armed: {effect}")
            else:
                post.effects.append(effect)

    def on_post(self, request: httpx.Request) -> Post | None:
        """Judge a request before its first byte leaves."""
        armed = self.rows(_ARMED)
        kind = kind_of(request)
        fitting = [r for r in armed if r["kind"] == kind and _fits(r, request)]
        if len(fitting) != 1:
            self._findings.add(Breach.UNARMED, f"{request.method} {request.url.path}: {len(fitting)} rows are armed")
            return None
        (row,) = fitting
        post = Post(
            at_s=self.elapsed_s(),
            kind=kind,
            provider_id=row["provider_id"] or "",
            body=row["body"],
            delivery_id=row["id"],
            uuid=row["uuid"],
            seq=row["seq"],
            step_key=row["step_key"],
            enrolment_id=row["enrolment_id"],
            campaign=row["campaign_name"],
            journal=self._journal_now(),
        )
        self._judge(post, row)
        self.posts.append(post)
        self.log("post", kind, post.provider_id, post.seq)
        return post

    def _judge(self, post: Post, row: sqlite3.Row) -> None:
        self._journal(post, row)
        self._budget(post, row)
        self._gap(post, row)
        self._hours(post, row)
        self._pauses(post, row)
        self._limits(post, row)
        self._fairness.judge(row, self.now_ms())
        if post.kind == "message":
            self._answers(post, row)

    def _journal(self, post: Post, row: sqlite3.Row) -> None:
        newest = newest_line(self._state)
        fits = newest is not None and newest["seq"] == post.seq and newest["uuid"] == row["uuid"]
        self._findings.need(fits, Breach.UNARMED, f"{_name(post)} left without its line in the journal")

    def _budget(self, post: Post, row: sqlite3.Row) -> None:
        used = self.rows("SELECT 1 FROM budget_use WHERE delivery_id = ? AND attempt_n = ?", row["id"], row["n"])
        self._findings.need(used, Breach.UNARMED, f"{_name(post)} left before its use of the budget was counted")

    def _gap(self, post: Post, row: sqlite3.Row) -> None:
        if known := self.known():
            since_s = post.at_s - known[-1].at_s
            least_s = min(max(row["gap_min_s"], 90), self._gap_before(row)) - TOLERANCE_S - abs(self._clock.set_off_s)
            self._findings.need(since_s >= least_s, Breach.GAP, f"{_name(post)} {since_s:.1f} s after the one before")
        self._last_gap_s = max(row["gap_min_s"], 90)

    def _gap_before(self, row: sqlite3.Row) -> int:
        return getattr(self, "_last_gap_s", max(row["gap_min_s"], 90))

    def _hours(self, post: Post, row: sqlite3.Row) -> None:
        at, off = self._clock.there_now(), timedelta(seconds=self._clock.set_off_s)
        is_open = is_open_at(row, at) or is_open_at(row, at + off)
        self._findings.need(is_open, Breach.OUTSIDE_HOURS, f"{_name(post)} at {at}, {row['zone']} {row['days']}")

    def _pauses(self, post: Post, row: sqlite3.Row) -> None:
        wishes, need = self._wishes, self._findings.need
        paused = wishes.paused.get(post.campaign)
        hit = {"all": True, "invitations": post.kind in ("invite", "visit"), "follow_ups": post.kind == "message"}
        need(not wishes.everything_paused, Breach.WHILE_PAUSED, f"{_name(post)} while everything is paused")
        need(paused is None or not hit[paused], Breach.WHILE_PAUSED, f"{_name(post)} while {paused} is paused")
        need(post.campaign not in wishes.archived, Breach.WHILE_PAUSED, f"{_name(post)} of an archived campaign")
        need(post.enrolment_id not in wishes.excluded, Breach.WHILE_PAUSED, f"{_name(post)} to an excluded person")

    def _limits(self, post: Post, row: sqlite3.Row) -> None:
        per_day = {"invite": "invites_per_day", "message": "messages_per_day", "withdraw": "withdrawals_per_day"}
        if post.kind not in per_day:
            return
        off_s = abs(self._clock.set_off_s) + TOLERANCE_S
        self._count(post, DAY_S - off_s, row[per_day[post.kind]], "24 hours")
        if post.kind == "invite":
            self._count(post, WEEK_S - off_s, row["invites_per_week"], "7 days")
        if post.kind == "invite" and post.body and not row["is_paid"]:
            self._count(post, MONTH_S - off_s, FREE_NOTES, "30 days", has_note=True)

    def _count(self, post: Post, window_s: float, limit: int, words: str, *, has_note: bool = False) -> None:
        before = sum(
            1
            for p in self.known()
            if p.kind == post.kind and p.at_s > post.at_s - window_s and (p.body or not has_note)
        )
        self._findings.need(before < limit, Breach.OVER_LIMIT, f"{_name(post)} is number {before + 1} in {words}")

    def _answers(self, post: Post, row: sqlite3.Row) -> None:
        chat = self._world.conversation_with(post.provider_id)
        if chat is None:
            return
        ours = {e.object_id for p in self.posts for e in p.effects}
        seen_by_ms = int((self._clock.there_now() - timedelta(seconds=LOOK_S + TOLERANCE_S)).timestamp() * 1000)
        for message in self._world.all_messages_of(chat.chat_id):
            is_old = message.at_ms <= row["enrolled_ms"] or message.kind != "MESSAGE"
            if not is_old and message.message_id not in ours and message.copied_ms <= seen_by_ms:
                said = f"{message.sender_id} wrote at {from_ms(message.at_ms)}, readable {from_ms(message.copied_ms)}"
                self._findings.add(Breach.AFTER_REPLY, f"{_name(post)} at {self._clock.there_now()}: {said}")
                return


def is_open_at(row: sqlite3.Row, at: datetime) -> bool:
    """Whether a moment is within working hours, worked out without the program's own rules."""
    local = at.astimezone(ZoneInfo(row["zone"]))
    minute = local.hour * 60 + local.minute
    return local.strftime("%a").lower() in row["days"].split(",") and row["start_minute"] <= minute < row["end_minute"]


def kind_of(request: httpx.Request) -> str:
    """Return what kind of delivery a request is."""
    path = request.url.path
    if request.method == "GET":
        return "visit"
    if request.method == "DELETE":
        return "withdraw"
    return "invite" if path.endswith("/users/invite") else "message"


def _fits(row: sqlite3.Row, request: httpx.Request) -> bool:
    """Whether the armed row is the one that the request carries out."""
    body = request.read()
    if row["kind"] == "invite":
        form = json.loads(body)
        return form["provider_id"] == row["provider_id"] and form.get("message") == (row["body"] or None)
    if row["kind"] == "message":
        return normalised(row["body"] or "") in normalised(body.decode())
    return True


def newest_line(state: Path) -> dict[str, Any] | None:
    """Return the newest line of the newest journal, read without the program's own reader."""
    files = sorted(state.glob("sends-*.jsonl"), key=lambda f: f.stat().st_mtime_ns)
    lines = files[-1].read_bytes().splitlines() if files else []
    return json.loads(lines[-1].rpartition(b"\t")[0]) if lines else None


def _name(post: Post) -> str:
    return f"{post.kind} {post.step_key} to {post.provider_id[:12]}… (row {post.delivery_id}, seq {post.seq})"
