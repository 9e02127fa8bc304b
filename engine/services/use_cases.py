"""All use cases in one place, for the window and the command line."""

from __future__ import annotations

from engine.services.accounts import Accounts
from engine.services.attention import Attention
from engine.services.campaigns import Campaigns
from engine.services.context import Context
from engine.services.explanations import Explanations
from engine.services.leads import Leads
from engine.services.pausing import Pausing
from engine.services.relation_passes import Relations
from engine.services.status import Status


class Services:
    """The verbs of Leadloom, by noun."""

    def __init__(self, ctx: Context) -> None:
        self.accounts = Accounts(ctx)
        self.campaigns = Campaigns(ctx)
        self.leads = Leads(ctx)
        self.attention = Attention(ctx)
        self.relations = Relations(ctx)
        self.pausing = Pausing(ctx)
        self.status = Status(ctx)
        self.explanations = Explanations(ctx)
