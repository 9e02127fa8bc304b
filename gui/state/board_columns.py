"""The columns of the board, the cards that were read of each, and where each card stands. Qt-free."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gui.state.card_words import Card

PAGE_CARDS = 100
PAGES_KEPT = 20
GAP_PX = 9
PAD_PX = 11
WIDE_PX = 230
"""From this width on a line is enough for what takes two in a narrow card."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its title and the stages whose leads it holds, in this order."""

    name: str
    title: str
    stages: tuple[str, ...]


COLUMNS = (
    Column(name="needs_you", title="Needs you", stages=("needs_attention",)),
    Column(name="pending", title="Pending", stages=("pending_invite",)),
    Column(name="invited", title="Invited", stages=("invite_sent",)),
    Column(name="connected", title="Connected", stages=("connected",)),
    Column(name="messaged", title="Messaged", stages=("messaged",)),
    Column(name="replied", title="Replied", stages=("responded",)),
    Column(name="ended", title="Ended", stages=("completed", "withdrawn", "excluded")),
)
STAGES = tuple(stage for column in COLUMNS for stage in column.stages)


def joined(column: Column, keys: Mapping[str, array[int]]) -> array[int]:
    """Return a column's keys from those of its stages."""
    found = array("q")
    for stage in column.stages:
        found.extend(keys[stage])
    return found


def ended_words(counts: Mapping[str, int]) -> str:
    """Return how the ended ended: "4 completed · 1 withdrawn · 1 excluded"."""
    return " · ".join(f"{counts[stage]:,} {stage}" for stage in COLUMNS[-1].stages if counts.get(stage))


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Where cards of one width stand: all have the same height, so that no card need be known to place another."""

    width: int
    name_px: int
    line_px: int

    @property
    def lines(self) -> int:
        """How many lines title and company, and the next action, may take each."""
        return 1 if self.width >= WIDE_PX else 2

    @property
    def card_px(self) -> int:
        """A card's height."""
        return 2 * PAD_PX + self.name_px + 2 * self.lines * self.line_px + 4

    @property
    def pitch_px(self) -> int:
        """From the top of a card to the top of the next."""
        return self.card_px + GAP_PX

    def total_px(self, count: int) -> int:
        """The height of so many cards."""
        return max(0, count * self.pitch_px - GAP_PX)

    def top(self, place: int, scrolled: int) -> int:
        """Where a card begins when so many pixels are scrolled."""
        return place * self.pitch_px - scrolled

    def visible(self, scrolled: int, height: int, count: int) -> range:
        """The cards of which anything is seen."""
        first = max(0, scrolled) // self.pitch_px
        last = (max(0, scrolled) + max(0, height - 1)) // self.pitch_px
        return range(min(first, count), min(last + 1, count))

    def place_at(self, y: int, scrolled: int, count: int) -> int | None:
        """The card at this height, or None between and below the cards."""
        place, offset = divmod(y + scrolled, self.pitch_px)
        return place if 0 <= place < count and offset < self.card_px else None

    def scroll_to(self, place: int, scrolled: int, height: int) -> int:
        """How far to scroll so that a card is seen whole; no further than needed."""
        top = place * self.pitch_px
        return min(max(scrolled, top + self.card_px - height), top)

    def below(self, scrolled: int, height: int, count: int) -> int:
        """How many cards are not seen whole any more at the bottom."""
        whole = max(0, (scrolled + height + GAP_PX) // self.pitch_px)
        return max(0, count - whole)


class Cards:
    """The keys of a column's cards in order, and the cards of the pages that were seen; the least used forgotten."""

    def __init__(self) -> None:
        self.keys: array[int] = array("q")
        self._pages: OrderedDict[int, dict[int, Card]] = OrderedDict()
        self._stale: set[int] = set()
        self._asked: set[int] = set()

    def __len__(self) -> int:
        return len(self.keys)

    def set_keys(self, keys: array[int]) -> bool:
        """Take another order. Returns whether it is another one; cards that are known stay where they are known."""
        self._asked.clear()
        if keys == self.keys:
            self.mark_stale()
            return False
        known = {key: card for page in self._pages.values() for key, card in page.items()}
        self.keys = keys
        self._pages = OrderedDict(
            (page, {key: known[key] for key in self._keys_of(page) if key in known}) for page in self._pages
        )
        self._stale = set(self._pages)
        return True

    def _keys_of(self, page: int) -> array[int]:
        return self.keys[page * PAGE_CARDS : (page + 1) * PAGE_CARDS]

    def card(self, place: int) -> Card | None:
        """Return a card, or None where it wasn't read yet."""
        if not 0 <= place < len(self.keys):
            return None
        return self._pages.get(place // PAGE_CARDS, {}).get(self.keys[place])

    def wanted(self, places: range) -> list[tuple[int, int]]:
        """Return the pages (first card, number) that must be read for these cards, each once."""
        if not places:
            return []
        pages = range(places.start // PAGE_CARDS, (places.stop - 1) // PAGE_CARDS + 1)
        missing = [p for p in pages if p not in self._asked and (p not in self._pages or p in self._stale)]
        self._asked.update(missing)
        return [(page * PAGE_CARDS, len(self._keys_of(page))) for page in missing]

    def put(self, first: int, cards: Mapping[int, Card], keys: Sequence[int], *, is_part: bool = False) -> None:
        """Take the cards of a page; `keys` says for which order they were read. `is_part`: the others still lack."""
        page = first // PAGE_CARDS
        self._asked.discard(page)
        if array("q", keys) != self._keys_of(page):
            return
        self._pages[page] = dict(cards)
        self._pages.move_to_end(page)
        if is_part:
            self._stale.add(page)
        else:
            self._stale.discard(page)
        while len(self._pages) > PAGES_KEPT:
            self._stale.discard(self._pages.popitem(last=False)[0])

    def mark_stale(self, keys: Iterable[int] | None = None) -> None:
        """Read cards again when they are next seen: those of some keys, or all."""
        if keys is None:
            self._stale.update(self._pages)
        else:
            changed = frozenset(keys)
            self._stale.update(page for page, cards in self._pages.items() if not changed.isdisjoint(cards))

    def forget_asked(self) -> None:
        """Ask again for pages whose reading came to nothing."""
        self._asked.clear()

    def place_of(self, key: int) -> int | None:
        """Return where a key is."""
        try:
            return self.keys.index(key)
        except ValueError:
            return None
