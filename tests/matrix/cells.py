"""The fault matrix: each fault in each phase in which it can occur, and what must come of it.

Phases: A before arming (plan, claim, look) · B armed, no byte has left (journal, connecting) · C in flight ·
D recording · E readings (settling, polls) · F importing, editing, backing up. A cell is named `fault-PHASE`; what isn't
here can't occur. A name is a promise that a test marked with it makes the fault happen in that phase.
"""

from __future__ import annotations

from collections.abc import Mapping

UNKNOWN = "unknown, then read"
RETRY = "no conclusion, nothing leaves, read again"
NO_NEGATIVE = "no negative conclusion"

_BY_FAULT: Mapping[str, Mapping[str, str]] = {
    "kill": {
        "A": "planned again",
        "B": UNKNOWN,
        "C": UNKNOWN,
        "D": UNKNOWN,
        "E": "resumes",
        "F": "the old or the new state, never half",
    },
    "sleep": {
        "A": "the look is void and made again",
        "B": "broken off, not sent",
        "C": "unknown",
        "D": "recorded after waking",
        "E": "replies and relations are read before the next send",
        "F": "goes on",
    },
    "clock": {
        "A": "suspect: nothing is armed",
        "B": "not sent",
        "C": "unknown",
        "D": "recorded, not before it was armed",
        "E": "a negative reading is void",
        "F": "due moments are kept",
    },
    "zone": {
        "A": "the working hours are judged anew",
        "B": "the arming was valid: it is sent",
        "F": "due moments change by an edit only",
    },
    "connect": {"A": RETRY, "B": "proven not sent", "E": "stays unknown"},
    "reset": {"A": RETRY, "C": UNKNOWN, "E": "incomplete, stays unknown"},
    "timeout": {"C": "unknown, found, sent"},
    "late": {"C": "unknown; found, or a question"},
    "drip": {"A": "deadline, read again", "C": "deadline, then unknown", "E": "incomplete, stays unknown"},
    "rate": {"A": "paused", "C": "not sent, and a pause of at most a day asked for", "E": "backs off"},
    "error": {"A": RETRY, "C": UNKNOWN, "E": "stays unknown"},
    "refusal": {"A": "by the table", "C": "by the table", "E": "a verdict on the account or the lead"},
    "garbage": {"A": RETRY, "C": "unknown; without ids: sent", "E": "no evidence"},
    "cursor": {"A": "capped, incomplete", "E": NO_NEGATIVE},
    "stale": {"A": "not fresh: waits", "E": NO_NEGATIVE},
    "withheld": {"A": "what is known is missing: waits", "E": NO_NEGATIVE},
    "bomb": {"A": "capped, read again", "C": UNKNOWN, "E": "incomplete, stays unknown"},
    "account": {
        "A": "nothing is claimed",
        "B": "the answer is a proof: not sent",
        "C": "not sent, and the account stops",
        "E": "not healthy: waits",
    },
    "full": {
        "A": "nothing is claimed",
        "B": "no arming, or no journal line: nothing leaves",
        "C": "the outcome is kept",
        "D": "recorded when there is space; after a kill the journal tells",
        "E": "read again",
        "F": "a clean error, the old data whole",
    },
    "busy": {
        "A": "nothing is claimed",
        "B": "nothing leaves",
        "D": "recorded when it is free",
        "E": "read again",
        "F": "a clean error, the old data whole",
    },
    "damaged": {
        "A": "nothing is claimed",
        "B": "nothing leaves",
        "C": "the outcome is kept",
        "D": "recorded when it is whole; after a kill the journal tells",
        "E": "settles nothing",
        "F": "a clean error that names the backup",
    },
    "twice": {
        "A": "the lock is held: it ends",
        "B": "fenced: no arming",
        "C": "the row is one: no second request",
        "F": "the lock is held: refused",
    },
    "restored": {"A": "every message is doubted", "C": "found by the journal", "E": "each step is disproved alone"},
    "reply": {
        "A": "stopped, skipped",
        "B": "the look was at most 5 s old: may cross",
        "C": "crossed, stopped",
        "E": "stopped",
    },
    "pause": {
        "A": "no arming",
        "B": "broken off, not sent",
        "C": "this one is finished, no other",
        "D": "always recorded",
        "E": "allowed",
        "F": "allowed",
    },
    "edit": {
        "A": "planned anew; what is claimed is finished in the old text",
        "B": "finished in the old text",
        "C": "finished in the old text",
        "D": "moved with the outcome",
        "F": "whole or not at all",
    },
    "double": {
        "A": "one campaign after the other",
        "B": "the index: no arming",
        "F": "shown before the import",
    },
    "hand": {"A": "found by the look", "E": "counted, and the lead stops"},
    "cancelled": {
        "A": "planned again",
        "B": "not sent, or unknown and read",
        "C": UNKNOWN,
        "D": "recorded all the same",
        "E": "read again",
        "F": "the unit of work is completed",
    },
    "keyring": {"A": "the account needs its key", "B": "the key of the armed request is in hand: one request"},
}
CELLS: Mapping[str, str] = {f"{f}-{p}": words for f, phases in _BY_FAULT.items() for p, words in phases.items()}
