"""How well it goes, in words. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gui import formatting as say

if TYPE_CHECKING:
    from engine.domain.health import Target
    from engine.services.status import AccountStatus, Health

_NOTHING = "nothing to tell yet"
_NAMES = {
    "processed_rightly": "Leads with a next step, a reason to wait, or an end",
    "acceptances_seen_within_one_poll": "Acceptances noticed at the first reading",
    "recovery_s": "Outages over within a minute",
    "alive": "Seconds at work, of those it was open",
}


@dataclass(frozen=True, kw_only=True)
class HealthLine:
    """One fact: what, and how it stands."""

    name: str
    words: str
    is_good: bool


def health_lines(health: Health, accounts: tuple[AccountStatus, ...], now: datetime) -> list[HealthLine]:
    """Return what is shown of the engine's health."""
    lines = [_of_target(target) for target in health.targets]
    restarts = say.count(health.restarts, "time", "times") if health.restarts else "none"
    lines.append(HealthLine(name="Parts that had to be started again", words=restarts, is_good=not health.restarts))
    found = say.count(health.duplicates, "person", "people") if health.duplicates else "nobody"
    lines.append(HealthLine(name="People who got a text twice", words=found, is_good=not health.duplicates))
    for account in accounts:
        lines += [
            _read(f"{account.name}: replies last read", account.replies_read_at, now),
            _read(f"{account.name}: acceptances last read", account.relations_read_at, now),
        ]
    return lines


def _of_target(target: Target) -> HealthLine:
    name = _NAMES.get(target.name, target.name)
    if not target.denominator:
        return HealthLine(name=name, words=_NOTHING, is_good=True)
    share = f"{say.number(target.numerator)} of {say.number(target.denominator)}"
    if target.name == "recovery_s" and target.value is not None:
        share += f", the longest {target.value:.0f} s"
    return HealthLine(name=name, words=share, is_good=target.numerator == target.denominator)


def _read(name: str, at: datetime | None, now: datetime) -> HealthLine:
    return HealthLine(name=name, words=say.when(at, now) if at else "not yet", is_good=at is not None)
