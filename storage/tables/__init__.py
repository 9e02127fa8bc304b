"""The tables: names, constraints and indexes that do the work. No queries here.

Times are integer milliseconds UTC (`…_ms`). The trigger and the full-text table live in the schema.
"""

from __future__ import annotations

from storage.tables.campaigns import campaign, campaign_share, enrolment, lead_claim, sequence_version
from storage.tables.columns import metadata
from storage.tables.engine import account, breaker, engine_state
from storage.tables.ledger import IS_OPEN, IS_PLANNED, attempt, budget_use, delivery
from storage.tables.people import (
    activity,
    chat,
    forgotten,
    import_batch,
    import_problem,
    lead,
    lead_alias,
    message,
    relation,
)

__all__ = [
    "IS_OPEN",
    "IS_PLANNED",
    "account",
    "activity",
    "attempt",
    "breaker",
    "budget_use",
    "campaign",
    "campaign_share",
    "chat",
    "delivery",
    "engine_state",
    "enrolment",
    "forgotten",
    "import_batch",
    "import_problem",
    "lead",
    "lead_alias",
    "lead_claim",
    "message",
    "metadata",
    "relation",
    "sequence_version",
]
