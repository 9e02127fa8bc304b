"""Judges a hostile run: the practice LinkedIn's truth and its log of requests against what the program says at its end.

Each rule returns sentences; an empty list is what should be. Nothing here runs the program.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.domain.practice_people import Character
from engine.domain.replies import normalised
from tests.crash.watched_server import Asked

LOOK_S = 5.0
ARRIVAL_S = 1.0
"""The age of a look counts until the arming; journal, connecting and the way to the server come on top."""
RECOVERY_S = 60.0
FINAL_REFUSALS = (Character.LOCKED, Character.CANNOT_BE_INVITED)
READS = ("/api/v1/users/relations", "/api/v1/messages")
MESSAGE_ENDS = ("/chats", "/messages")
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """What there is to judge."""

    truth: Json
    asked: list[Asked]
    leads: list[Json]
    """Of `leads list --json`."""
    broken: list[str]
    """Names of the invariants that `check` says are broken."""
    questions: list[Json]
    """Of `attention list --json`, every one that was ever asked."""
    kills: int
    outage_end_ms: int


def judge(run: Run) -> list[str]:
    """Return everything that is not as it must be."""
    rules = (nothing_twice, nobody_lost, fresh_looks, right_states, few_questions, recovered)
    return [f"{rule.__name__}: {problem}" for rule in rules for problem in rule(run)]


def nothing_twice(run: Run) -> Iterable[str]:
    """Nobody is invited twice; nobody gets a text twice."""
    told = Counter((e["provider_id"], e["kind"], normalised(e["text"] or "")) for e in run.truth["effects"])
    for (person, kind, text), number in told.items():
        if number > 1 and kind in ("invite", "message"):
            yield f"{number} times {kind} to {person}: {text[:40]}"


def nobody_lost(run: Run) -> Iterable[str]:
    """Everybody has a row and no step left to send; every effect is known."""
    yield from (f"check says {name}" for name in run.broken)
    known = {lead["provider_id"]: lead for lead in run.leads}
    if len(run.leads) != len(run.truth["people"]):
        yield f"{len(run.leads)} enrolments of {len(run.truth['people'])} people"
    yield from (f"{lead['lead']} still waits: {lead['next']}" for lead in run.leads if lead["next"]["action"])
    sent = Counter(e["provider_id"] for e in run.truth["effects"] if e["kind"] == "message")
    for person, number in sent.items():
        if person not in known or known[person]["messages_sent"] != number:
            said = known.get(person, {}).get("messages_sent")
            yield f"{number} messages to {person}, and the program knows of {said}"
    for effect in run.truth["effects"]:
        if effect["kind"] == "invite" and not known.get(effect["provider_id"], {}).get("invited_at"):
            yield f"nobody knows of the invitation to {effect['provider_id']}"


def fresh_looks(run: Run) -> Iterable[str]:
    """Before each message its conversation was read, 5 s before at most, and held no answer then."""
    people = {p["provider_id"]: p for p in run.truth["people"]}
    effects = {e["sequence"]: e for e in run.truth["effects"]}
    began = _ms(run.truth["began"])
    looks: dict[str, Asked] = {}
    for asked in run.asked:
        if asked.method == "GET" and asked.is_good and "/chat_attendees/" in asked.path:
            looks[asked.path.split("/")[4]] = asked
        effect = effects.get(asked.effect or 0)
        if effect is None or effect["kind"] != "message":
            continue
        person = effect["provider_id"]
        look = looks.get(person)
        if look is None or asked.mono_s - look.mono_s > LOOK_S + ARRIVAL_S:
            age = "none" if look is None else f"{asked.mono_s - look.mono_s:.1f} s old"
            yield f"the look before the message to {person} at {effect['at']} is {age}"
            continue
        answers = [_ms(m["at"]) for m in people[person]["messages"] if _is_answer(m)]
        if any(began < at < look.at_ms for at in answers):
            yield f"a message to {person} at {effect['at']} after an answer that the look could read"


def right_states(run: Run) -> Iterable[str]:
    """Every lead's stage is what really happened, as far as it could be read."""
    stages = {lead["provider_id"]: lead for lead in run.leads if lead["provider_id"]}
    by_slug = {lead["public_identifier"]: lead for lead in run.leads}
    losses = run.truth["faults"]["losses"]
    last_read_ms = max((a.at_ms for a in run.asked if a.path == READS[1] and a.is_good), default=0)
    for person in run.truth["people"]:
        lead = stages.get(person["provider_id"]) or by_slug.get(person["slug"]) or by_slug.get(person["old_slug"])
        expected = _expected(person, _ms(run.truth["began"]), last_read_ms)
        if person["character"] == Character.CANNOT_BE_INVITED and any(_is_lost_invitation(x) for x in losses):
            expected |= {"needs_attention"}  # the refusal itself may be what was lost
        if lead is None or lead["stage"] not in expected:
            said = "unknown" if lead is None else f"{lead['stage']} ({lead['reason']})"
            yield f"{person['name']} ({person['character']}) is {said}, not {' or '.join(sorted(expected))}"
        elif lead["stage"] == "needs_attention" and not lead["reason"]:
            yield f"{person['name']} needs attention without a reason"


def _expected(person: Json, began_ms: int, last_read_ms: int) -> set[str]:
    answers = [_ms(m["at"]) for m in person["messages"] if _is_answer(m) and _ms(m["at"]) > began_ms]
    invitations = {i["state"] for i in person["invitations"]}
    if any(at <= last_read_ms for at in answers):
        return {"responded"}
    late = {"responded"} if answers else set()
    if person["character"] in FINAL_REFUSALS:
        return {"excluded"}
    if "withdrawn" in invitations:
        return {"withdrawn"} | late
    if person["connected_at"]:
        return {"completed"} | late
    return {"withdrawn", "needs_attention"} if "declined" in invitations else {"needs_attention"}


def few_questions(run: Run) -> Iterable[str]:
    """No more questions than messages that truly failed untold, and one a kill; each with words."""
    failed = len(failed_untold(run.truth))
    if len(run.questions) > failed + run.kills:
        yield f"{len(run.questions)} questions for {failed} messages that failed and {run.kills} kills"
    for item in run.questions:
        if "?" not in item["question"] or not item["evidence"]:
            yield f"a question without words or evidence: {item}"


def failed_untold(truth: Json) -> list[Json]:
    """Return the messages that had no effect, and whose sender wasn't told."""
    losses: list[Json] = truth["faults"]["losses"]
    return [x for x in losses if x["effect"] is None and x["method"] == "POST" and x["path"].endswith(MESSAGE_ENDS)]


def recovered(run: Run) -> Iterable[str]:
    """Relations and replies were read well within a minute of the first good answer after the outage."""
    after = [a for a in run.asked if a.at_ms >= run.outage_end_ms and a.method == "GET" and a.is_good]
    if not after:
        yield "nothing was read after the outage"
        return
    for path in READS:
        first = next((a.mono_s for a in after if a.path == path), None)
        if first is None or first - after[0].mono_s > RECOVERY_S:
            waited = "never" if first is None else f"after {first - after[0].mono_s:.0f} s"
            yield f"{path} was read {waited}"


def _is_lost_invitation(loss: Json) -> bool:
    return loss["effect"] is None and bool(loss["path"].endswith("/users/invite"))


def _is_answer(message: Json) -> bool:
    return not message["is_ours"] and message["kind"] == "MESSAGE"


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
