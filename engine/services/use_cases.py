"""All use cases in one place, for the window and the command line.

Each is imported when it is first asked for: importing them all takes a tenth of a second, and Home needs few.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from engine.services.context import Context

if TYPE_CHECKING:
    from engine.services.accounts import Accounts
    from engine.services.archiving import Archiving
    from engine.services.attention import Attention
    from engine.services.backups import Backups
    from engine.services.campaign_pages import CampaignPages
    from engine.services.campaigns import Campaigns
    from engine.services.connecting import Connecting
    from engine.services.do_not_contact import DoNotContact
    from engine.services.drafts import Drafts
    from engine.services.explanations import Explanations
    from engine.services.forgetting import Forgetting
    from engine.services.home import Home
    from engine.services.imports import Imports
    from engine.services.lead_changes import LeadChanges
    from engine.services.lead_pages import LeadPages
    from engine.services.lead_stories import LeadStories
    from engine.services.leads import Leads
    from engine.services.merging import Merging
    from engine.services.pausing import Pausing
    from engine.services.read_through import ReadThroughs
    from engine.services.recovery import Recovery
    from engine.services.relation_passes import Relations
    from engine.services.sequence_changes import SequenceChanges
    from engine.services.status import Status


class Services:
    """The verbs of Leadloom, by noun."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    @cached_property
    def accounts(self) -> Accounts:
        """LinkedIn accounts."""
        from engine.services.accounts import Accounts

        return Accounts(self._ctx)

    @cached_property
    def connecting(self) -> Connecting:
        """The steps to a LinkedIn account."""
        from engine.services.connecting import Connecting

        return Connecting(self._ctx)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Campaigns: add, check, start."""
        from engine.services.campaigns import Campaigns

        return Campaigns(self._ctx)

    @cached_property
    def archiving(self) -> Archiving:
        """The end of a campaign, and its return."""
        from engine.services.archiving import Archiving

        return Archiving(self._ctx)

    @cached_property
    def campaign_pages(self) -> CampaignPages:
        """What a campaign's tabs show, and its schedule."""
        from engine.services.campaign_pages import CampaignPages

        return CampaignPages(self._ctx)

    @cached_property
    def read_through(self) -> ReadThroughs:
        """Reading what each person will get before a Start."""
        from engine.services.read_through import ReadThroughs

        return ReadThroughs(self._ctx)

    @cached_property
    def drafts(self) -> Drafts:
        """Campaigns that are being written, and what their preview shows."""
        from engine.services.drafts import Drafts

        return Drafts(self._ctx)

    @cached_property
    def sequence_changes(self) -> SequenceChanges:
        """Sequences that are changed while people are in the middle of them."""
        from engine.services.sequence_changes import SequenceChanges

        return SequenceChanges(self._ctx)

    @cached_property
    def leads(self) -> Leads:
        """Leads: import, list, export, exclude."""
        from engine.services.leads import Leads

        return Leads(self._ctx)

    @cached_property
    def imports(self) -> Imports:
        """Lead lists that are looked at, imported and taken back."""
        from engine.services.imports import Imports

        return Imports(self._ctx)

    @cached_property
    def lead_pages(self) -> LeadPages:
        """What a table of any number of leads shows."""
        from engine.services.lead_pages import LeadPages

        return LeadPages(self._ctx)

    @cached_property
    def lead_stories(self) -> LeadStories:
        """Everything about one lead."""
        from engine.services.lead_stories import LeadStories

        return LeadStories(self._ctx)

    @cached_property
    def lead_changes(self) -> LeadChanges:
        """Changes of chosen leads that can be taken back, and notes."""
        from engine.services.lead_changes import LeadChanges

        return LeadChanges(self._ctx)

    @cached_property
    def recovery(self) -> Recovery:
        """What a person decides for one lead in a campaign."""
        from engine.services.recovery import Recovery

        return Recovery(self._ctx)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Forgetting a person."""
        from engine.services.forgetting import Forgetting

        return Forgetting(self._ctx)

    @cached_property
    def merging(self) -> Merging:
        """Leads that are one person."""
        from engine.services.merging import Merging

        return Merging(self._ctx)

    @cached_property
    def do_not_contact(self) -> DoNotContact:
        """Whom the person never wants contacted."""
        from engine.services.do_not_contact import DoNotContact

        return DoNotContact(self._ctx)

    @cached_property
    def attention(self) -> Attention:
        """What waits for a person."""
        from engine.services.attention import Attention

        return Attention(self._ctx)

    @cached_property
    def relations(self) -> Relations:
        """Reading relations now."""
        from engine.services.relation_passes import Relations

        return Relations(self._ctx)

    @cached_property
    def pausing(self) -> Pausing:
        """Pause and resume."""
        from engine.services.pausing import Pausing

        return Pausing(self._ctx)

    @cached_property
    def backups(self) -> Backups:
        """Backups of the database."""
        from engine.services.backups import Backups

        return Backups(self._ctx)

    @cached_property
    def home(self) -> Home:
        """Everything that Home shows."""
        from engine.services.home import Home

        return Home(self._ctx)

    @cached_property
    def status(self) -> Status:
        """What is true now."""
        from engine.services.status import Status

        return Status(self._ctx)

    @cached_property
    def explanations(self) -> Explanations:
        """Why: what next, when, and what it waits for."""
        from engine.services.explanations import Explanations

        return Explanations(self._ctx)

    def import_all(self) -> None:
        """Import whatever wasn't asked for yet; blocks, so call it in a thread."""
        for name, member in vars(Services).items():
            if isinstance(member, cached_property):
                getattr(self, name)
