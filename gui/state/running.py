"""The running state in words, from what was read: pure, and the same for Home and the status line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gui import formatting as say

if TYPE_CHECKING:
    from engine.services.status import AccountStatus, NextSend, Overview
    from gui.readings import Snapshot

HEALTH_WORDS = {
    "ok": "healthy",
    "connecting": "being connected",
    "disconnected": "disconnected from LinkedIn",
    "restricted": "restricted by LinkedIn",
    "key": "the key is missing or wrong",
    "unknown": "its state isn't known yet",
}


PLAIN_WAITS = ("", "sending", "it is not due yet", "nothing is planned")


EARLIEST = "Times are the earliest: working hours and limits can move them."


@dataclass(frozen=True, kw_only=True)
class RunningState:
    """`mark` is running, paused, trouble or opening; the rest is words."""

    mark: str
    words: str
    head: str
    next_words: str


@dataclass(frozen=True, kw_only=True)
class ComingLine:
    """One line of "What happens next"; `time` says "in turn" where only the order is known, "waits" if nothing is."""

    lead_id: int
    time: str
    action: str
    name: str
    note: str = ""


def account_health(status: str, why: str) -> str:
    """Return an account's health in words."""
    words = HEALTH_WORDS.get(status, status)
    return f"{words}: {why}" if why else words


def running_state(snapshot: Snapshot) -> RunningState:
    """Say what the program is doing."""
    overview = snapshot.overview
    if overview.is_paused:
        words = "Nothing goes out until you press Resume."
        return RunningState(mark="paused", words="Paused", head="Everything is paused", next_words=words)
    if not overview.accounts:
        words = "Connect LinkedIn, or try the practice account."
        return RunningState(mark="opening", words="No account", head="No LinkedIn account yet", next_words=words)
    if overview.hold:
        return RunningState(
            mark="trouble", words="Stopped", head="Nothing is sent until you decide", next_words=overview.hold
        )
    ill = next((a for a in overview.accounts if a.status != "ok"), None)
    if ill is not None:
        health = account_health(ill.status, ill.status_why)
        return RunningState(
            mark="trouble", words="Stopped", head=f"{ill.name} can't send", next_words=f"{ill.name}: {health}."
        )
    running = snapshot.running()
    if not running:
        is_over = any(line.state == "finished" for line in snapshot.campaigns)
        words = "Every running campaign is finished." if is_over else "No campaign is running."
        return RunningState(mark="opening", words="Idle", head="Nothing is running", next_words=words)
    head = f"{say.count(running, 'campaign is', 'campaigns are')} running"
    is_stuck = bool(_brake(overview)) and _free_at(overview) is None
    mark, words = ("opening", "Waiting") if is_stuck else ("running", "Running")
    return RunningState(mark=mark, words=words, head=head, next_words=_next_words(snapshot))


def _next_words(snapshot: Snapshot) -> str:
    overview, asked = snapshot.overview, asked_about(snapshot)
    if not overview.coming:
        waits = "what is left waits for your answer" if snapshot.questions else "replies and acceptances are read"
        return f"Nothing is planned; {waits}."
    first = next((send for send in overview.coming if send.lead_id not in asked), None)
    if first is None:
        return "What comes next waits for your approval."
    at = _earliest(overview, first)
    of = "of the invitation to" if first.kind == "withdraw" else "to"
    action = f"{say.kind(first.kind).lower()} {of} {first.name}"
    if at is None:
        why = _brake(overview)
        return f"Next: {action}; it waits: {why}" if why else f"Next: {action}; it waits"
    words = f"Next: {action}, {'now' if at <= overview.now else say.when(at, overview.now)}"
    why = _brake(overview)
    return f"{words} ({why})" if why and at > overview.now else words


def asked_about(snapshot: Snapshot) -> frozenset[int]:
    """Return the leads whose next send waits for an approval."""
    return frozenset(item.lead_id for item in snapshot.questions if item.kind == "approval")


def coming_lines(overview: Overview, asked: frozenset[int] = frozenset()) -> list[ComingLine]:
    """Return what happens next, in order; times only where they are known, and of `asked` none before the answer."""
    lines = []
    is_first_due = True
    free_at = _free_at(overview)
    for send in overview.coming:
        if send.lead_id in asked:
            time = "if you approve"
        elif free_at is not None and send.due_at <= free_at and not is_first_due:
            time = "in turn"
        else:
            at = _earliest(overview, send)
            time = "waits" if at is None else say.when(max(at, overview.now), overview.now)
            is_first_due = False
        note = "if not accepted" if send.kind == "withdraw" else send.campaign
        lines.append(ComingLine(lead_id=send.lead_id, time=time, action=say.kind(send.kind), name=send.name, note=note))
    return lines


def account_wait(account: AccountStatus) -> str:
    """Return what an account waits for, where that is more than the time of the next step."""
    return "" if account.why in PLAIN_WAITS else account.why


def coming_note(overview: Overview) -> str:
    """Return what everything waits for now, if anything."""
    why = _brake(overview)
    free_at = _free_at(overview)
    if not overview.coming:
        return ""
    if not why:
        return EARLIEST
    if overview.hold:
        return say.sentence(why)
    until = f" until {say.when(free_at, overview.now)}" if free_at is not None and free_at > overview.now else ""
    return say.sentence(f"nothing goes out{until}: {why}")


def _healthy(overview: Overview) -> list[AccountStatus]:
    return [a for a in overview.accounts if a.status == "ok"] or list(overview.accounts)


def _free_at(overview: Overview) -> datetime | None:
    moments = [a.next_at for a in _healthy(overview) if a.next_at is not None]
    return min(moments) if moments else None


def _earliest(overview: Overview, send: NextSend) -> datetime | None:
    free_at = _free_at(overview)
    return None if free_at is None else max(send.due_at, free_at)


def _brake(overview: Overview) -> str:
    waiting = [a for a in _healthy(overview) if a.next_at is None or a.next_at > overview.now]
    return account_wait(waiting[0]) if waiting and len(waiting) == len(_healthy(overview)) else ""
