"""What can go wrong with one request, and how often in a seed. Values and dice; nothing is carried out here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What happens to a request; `…_before` never reaches LinkedIn, `…_after` has its effect all the same."""

    CONNECT = "connect"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    LATE = "late"  # times out, and takes effect up to nine minutes later
    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    RATE = "rate"
    LIMIT = "limit"
    GARBAGE_BEFORE = "garbage_before"
    GARBAGE_AFTER = "garbage_after"
    TRUNCATED = "truncated"
    NULL_IDS = "null_ids"
    DRIP = "drip"
    BOMB = "bomb"
    EMPTY_LIST = "empty_list"
    ENDLESS = "endless"
    REPEATED = "repeated"
    SLOW = "slow"


F = Fault
WRITE_FAULTS = (
    *(F.CONNECT, F.RESET_BEFORE, F.RESET_AFTER, F.TIMEOUT_BEFORE, F.TIMEOUT_AFTER, F.LATE, F.ERROR_BEFORE),
    *(F.ERROR_AFTER, F.RATE, F.LIMIT, F.GARBAGE_BEFORE, F.GARBAGE_AFTER, F.TRUNCATED, F.NULL_IDS, F.DRIP, F.SLOW),
)
READ_FAULTS = (
    *(F.CONNECT, F.RESET_BEFORE, F.TIMEOUT_BEFORE, F.ERROR_BEFORE, F.RATE, F.GARBAGE_BEFORE, F.TRUNCATED, F.DRIP),
    *(F.EMPTY_LIST, F.ENDLESS, F.REPEATED, F.SLOW),
)
ROUTES = (
    "/accounts",
    "/users/me",
    "/users/relations",
    "/users/invite",
    "/users/",
    "/messages",
    "/chats",
    "/chat_attendees",
)
"""What swizzling breaks and heals, one by one; the first that a path begins with counts."""


@dataclass(frozen=True, kw_only=True)
class FaultMix:
    """How often each fault comes; shares of 1. `broken`: routes with the hours from and to which they are broken."""

    name: str
    writes: Mapping[Fault, float] = field(default_factory=dict)
    reads: Mapping[Fault, float] = field(default_factory=dict)
    broken: Mapping[str, tuple[float, float, Fault]] = field(default_factory=dict)

    def draw(self, dice: Random, *, is_write: bool, path: str, hour: float) -> Fault | None:
        """Throw the dice for one request."""
        route = next((r for r in ROUTES if path.startswith(r)), None)
        if route in self.broken:
            since, until, fault = self.broken[route]
            if since <= hour < until:
                return fault
        luck = dice.random()
        for fault, share in (self.writes if is_write else self.reads).items():
            luck -= share
            if luck < 0:
                return fault
        return None


CALM = FaultMix(name="calm")


def draw_mix(dice: Random) -> FaultMix:
    """Draw how bad the line of a seed is."""
    kind = dice.choice(("calm", "flaky", "flaky", "hostile", "hostile", "one", "one", "one", "swizzle"))
    if kind == "flaky":
        return even_mix("flaky", writes=0.08, reads=0.05)
    if kind == "hostile":
        return even_mix("hostile", writes=0.25, reads=0.15)
    if kind == "one":
        return one_kind(dice.choice(sorted({*WRITE_FAULTS, *READ_FAULTS})))
    return _swizzle(dice) if kind == "swizzle" else CALM


def even_mix(name: str, *, writes: float, reads: float) -> FaultMix:
    """Return a mix of every fault."""
    return FaultMix(
        name=name,
        writes={f: writes / len(WRITE_FAULTS) for f in WRITE_FAULTS},
        reads={f: reads / len(READ_FAULTS) for f in READ_FAULTS},
    )


def one_kind(fault: Fault) -> FaultMix:
    """Return a line that has one fault, in half of the requests that it can befall."""
    return FaultMix(
        name=f"half {fault}",
        writes={fault: 0.5} if fault in WRITE_FAULTS else {},
        reads={fault: 0.5} if fault in READ_FAULTS else {},
    )


def _swizzle(dice: Random) -> FaultMix:
    """Break routes one after the other, then heal them in another order."""
    both = [f for f in READ_FAULTS if f in WRITE_FAULTS]
    routes = list(ROUTES)
    dice.shuffle(routes)
    heals = list(range(len(routes)))
    dice.shuffle(heals)
    first_h = dice.uniform(24, 300)
    broken = {
        route: (first_h + 6 * i, first_h + 6 * len(routes) + 6 * heals[i], dice.choice(both))
        for i, route in enumerate(routes)
    }
    return FaultMix(name="swizzle", broken=broken)
