"""The tables: names, constraints and indexes that do the work. No queries here.

Times are integer milliseconds UTC (`…_ms`). The trigger and the full-text table live in the schema.
"""

from __future__ import annotations

from storage.tables.campaigns import (
    NEEDS_ATTENTION,
    campaign,
    campaign_share,
    campaign_start,
    enrolment,
    lead_claim,
    sequence_version,
)
from storage.tables.columns import metadata
from storage.tables.do_not_contact import do_not_contact
from storage.tables.engine import account, breaker, engine_state, lost_send, outage
from storage.tables.ledger import IS_OPEN, IS_PLANNED, IS_STANDING, IS_WARNED, approval, attempt, budget_use, delivery
from storage.tables.own_texts import enrolment_text
from storage.tables.people import (
    activity,
    chat,
    forgotten,
    import_batch,
    import_change,
    import_created,
    import_problem,
    lead,
    lead_alias,
    message,
    relation,
)

__all__ = [
    "IS_OPEN",
    "IS_PLANNED",
    "IS_STANDING",
    "IS_WARNED",
    "NEEDS_ATTENTION",
    "account",
    "activity",
    "approval",
    "attempt",
    "breaker",
    "budget_use",
    "campaign",
    "campaign_share",
    "campaign_start",
    "chat",
    "delivery",
    "do_not_contact",
    "engine_state",
    "enrolment",
    "enrolment_text",
    "forgotten",
    "import_batch",
    "import_change",
    "import_created",
    "import_problem",
    "lead",
    "lead_alias",
    "lead_claim",
    "lost_send",
    "message",
    "metadata",
    "outage",
    "relation",
    "sequence_version",
]
