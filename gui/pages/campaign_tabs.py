"""The tabs of a campaign's page. A new one is a file in pages/ with a class made from CampaignTab, and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from engine.services.drafts import OpenDraft
    from gui.bridge import ChangeSet
    from gui.session import Session


@dataclass(frozen=True, kw_only=True)
class CampaignPlace:
    """A place on a campaign's page: a tab ("": the one that fits its state), and a step there."""

    campaign_id: int
    tab: str = ""
    step: str = ""
    standing: str = ""
    """Which of a step's leads: "sent", "accepted"…; all of them if empty."""


class CampaignTab(QWidget):
    """One tab. The hooks do nothing unless a tab says otherwise; it reads only while it is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session

    def show_campaign(self, opened: OpenDraft) -> None:
        """Show a campaign, or the same one after it changed."""

    def show_place(self, place: CampaignPlace) -> None:
        """Show a place on this tab."""

    def on_changed(self, changes: ChangeSet) -> None:
        """Hear what changed in the database."""

    async def leave(self) -> None:
        """Keep what was typed and not kept yet."""


@dataclass(frozen=True, kw_only=True)
class TabOf:
    """A tab's name in code, its title, and where its class is: "module:class" under gui.pages."""

    name: str
    title: str
    page: str

    def make(self, session: Session) -> CampaignTab:
        """Import and build the tab."""
        module, _, cls = self.page.partition(":")
        made: CampaignTab = getattr(import_module(f"gui.pages.{module}"), cls)(session)
        return made


TABS = (
    TabOf(name="overview", title="Overview", page="campaign_overview:OverviewTab"),
    TabOf(name="sequence", title="Sequence", page="campaign_sequence:SequenceTab"),
    TabOf(name="leads", title="Leads", page="campaign_leads:LeadsTab"),
    TabOf(name="schedule", title="Schedule and limits", page="campaign_schedule:ScheduleTab"),
    TabOf(name="activity", title="Activity", page="campaign_activity:ActivityTab"),
)
"""In the order in which they stand."""


def first_tab(state: str) -> str:
    """Return the tab that a campaign opens with: a draft is being written, the others are looked at."""
    return "sequence" if state == "draft" else "overview"
