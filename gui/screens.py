"""The screens that there are. A new one is a file in pages/ and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gui.pages.frame import Page
    from gui.session import Session


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A screen: its title, where its page is, and, when it isn't in the left bar itself, the screen it belongs to."""

    name: str
    title: str
    page: str
    """ "module:class" under gui.pages; imported when it is first needed."""
    under: str = ""

    def make(self, session: Session) -> Page:
        """Import and build the page."""
        module, _, cls = self.page.partition(":")
        made: Page = getattr(import_module(f"gui.pages.{module}"), cls)(session)
        return made


SCREENS = (
    Screen(name="home", title="Home", page="home:HomePage"),
    Screen(name="leads", title="Leads", page="leads:LeadsPage"),
    Screen(name="campaigns", title="Campaigns", page="campaigns:CampaignsPage"),
    Screen(name="accounts", title="Accounts", page="accounts:AccountsPage"),
    Screen(name="settings", title="Settings", page="settings:SettingsPage"),
    Screen(name="import", title="Import", page="import_page:ImportPage", under="leads"),
    Screen(name="campaign", title="Campaign", page="campaign:CampaignPage", under="campaigns"),
    Screen(name="read_through", title="Read through", page="read_through:ReadThroughPage", under="campaigns"),
)
IN_BAR = {screen.name: screen.title for screen in SCREENS if not screen.under}
BY_NAME = {screen.name: screen for screen in SCREENS}
