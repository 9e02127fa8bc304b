"""The moment that an explanation is made at, and an account's lane as its sender sees it then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from engine.domain.planner import LaneState, Stop
from storage.queries.lane import LaneAccount, lane_account, lane_state, read_account, stops_of


@dataclass(frozen=True, kw_only=True)
class Present:
    """What every explanation begins with. `allowance` is what a write may take."""

    now: datetime
    allowance: timedelta
    waits: Mapping[int, str]
    """Why an account sends nothing, by its id, where only its sender knows."""


def lane_now(
    connection: Connection, account_id: int, present: Present, *, only_delivery_id: int | None = None
) -> LaneState:
    """Return all that decides an account's next write; `only_delivery_id`: with this row as the only head."""
    found = lane_account(connection, account_id)
    return lane_of(connection, found, present, only_delivery_id=only_delivery_id)


def stop_now(connection: Connection, account_id: int, present: Present) -> str:
    """Return what stops the whole account, else ""."""
    stops = stops_of(connection, read_account(connection, account_id), present.now)
    return next((stop.why for stop in stops if stop.action is None), present.waits.get(account_id, ""))


def lane_of(
    connection: Connection, found: LaneAccount, present: Present, *, only_delivery_id: int | None = None
) -> LaneState:
    """Return the same of an account that was read already."""
    state = lane_state(connection, found, present.now, present.allowance, only_delivery_id=only_delivery_id)
    own = present.waits.get(found.account_id, "")
    # what stops the whole account anyway says more, and comes first
    return replace(state, stops=[*state.stops, Stop(why=own, until=None)]) if own else state
