"""Which leads are shown, and in which order: one value that table and board share. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.services.lead_pages import LeadFilter

ORDER_WORDS = {
    "added": "by order of import",
    "name": "by name",
    "company": "by company",
    "stage": "by stage",
    "campaign": "by campaign",
    "next": "by next action",
}
REPLIED_WORDS = {None: "any", True: "yes", False: "no"}


@dataclass(frozen=True, kw_only=True)
class LeadQuery:
    """A filter and an order. `search` is what a person types."""

    search: str = ""
    campaign_id: int | None = None
    stage: str | None = None
    has_replied: bool | None = None
    sort: str = "added"
    is_descending: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether anybody may be left out."""
        return bool(self.search.strip()) or self.has_chips

    @property
    def has_chips(self) -> bool:
        """Whether anything but the search leaves somebody out."""
        return (self.campaign_id, self.stage, self.has_replied) != (None, None, None)

    def cleared(self) -> LeadQuery:
        """Return the same order of everybody."""
        return LeadQuery(sort=self.sort, is_descending=self.is_descending)

    def for_board(self) -> LeadQuery:
        """Return what a board shows: its cards have an order of their own."""
        return replace(self, sort="next", is_descending=False)

    def order_words(self) -> str:
        """Return the order as a person says it."""
        words = ORDER_WORDS[self.sort]
        return f"{words}, the last first" if self.is_descending else words

    def as_filter(self) -> LeadFilter:
        """Return it as the engine takes it."""
        from engine.services.lead_pages import LeadFilter

        return LeadFilter(
            search=self.search,
            campaign_id=self.campaign_id,
            stage=self.stage,
            has_replied=self.has_replied,
            sort=self.sort,
            is_descending=self.is_descending,
        )
