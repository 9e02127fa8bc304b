"""The course of a read-through: which texts there are, which one is shown, which were read. Qt-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gui import formatting as say

if TYPE_CHECKING:
    from engine.services.read_through import ReadText, SameTexts

NAMES = frozenset({"first_name", "last_name", "full_name"})


@dataclass(frozen=True, kw_only=True)
class TextWords:
    """What is shown of a text; `note` is a warning or "". `text` may be empty: nothing is written then."""

    step: str
    title: str
    text: str
    note: str
    chip: str
    who: str
    can_edit: bool
    is_own: bool
    is_held: bool
    limit: int


@dataclass(kw_only=True)
class Reading:
    """A place among groups of people with the same texts; past the last one is the end."""

    groups: list[SameTexts]
    place: int = 0
    within: int = 0
    seen: set[int] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether the end is shown."""
        return self.place >= len(self.groups)

    @property
    def group(self) -> SameTexts | None:
        """The group that is shown."""
        return None if self.is_over else self.groups[self.place]

    @property
    def person(self) -> int | None:
        """The enrolment that is shown."""
        return self.group.people[self.within] if self.group else None

    @property
    def read(self) -> int:
        """How many different texts were read."""
        return sum(1 for group in self.groups if not self.seen.isdisjoint(group.people))

    def mark_read(self) -> None:
        """Remember that the shown person's texts were seen."""
        if self.person is not None:
            self.seen.add(self.person)

    def go(self, by: int) -> bool:
        """Go on or back. Returns whether that changed the place."""
        wanted = min(max(0, self.place + by), len(self.groups))
        is_moved = wanted != self.place
        self.place, self.within = wanted, 0 if is_moved else self.within
        return is_moved

    def another(self) -> None:
        """Show the next of those who get the same."""
        if self.group is not None:
            self.within = (self.within + 1) % len(self.group.people)

    def take_out(self, person: int) -> tuple[int, SameTexts] | None:
        """Leave a person out; if shown, the next of the same text follows. Returns what `put_back` needs."""
        at, shown = self._place_of(person), self.person
        if at is None:
            return None
        group = self.groups[at]
        left = tuple(p for p in group.people if p != person)
        if left:
            self.groups[at] = replace(group, people=left)
            if person in self.seen:
                self.seen.add(left[0])
        else:
            del self.groups[at]
        self._stay_with(shown)
        return at, replace(group, people=(person,))

    def put_back(self, place: int, alone: SameTexts) -> None:
        """Put somebody back as a group of their own, and show them."""
        self.place, self.within = min(place, len(self.groups)), 0
        self.groups.insert(self.place, alone)

    def part(self, person: int, *, is_held: bool) -> None:
        """Make a person a group of their own: their text is theirs alone now, or was."""
        at, shown = self._place_of(person), self.person
        if at is None:
            return
        group = self.groups[at]
        left = tuple(p for p in group.people if p != person)
        self.groups[at] = replace(group, people=(person,), is_held=is_held, names=frozenset())
        if left:
            self.groups.insert(at + 1, replace(group, people=left))
            if person in self.seen:
                self.seen.add(left[0])
        self._stay_with(shown)

    def _place_of(self, person: int | None) -> int | None:
        return next((place for place, group in enumerate(self.groups) if person in group.people), None)

    def _stay_with(self, shown: int | None) -> None:
        """Show whom it showed before the groups changed, or who came in their place; the end stays the end."""
        at = self._place_of(shown)
        if at is not None:
            self.place, self.within = at, self.groups[at].people.index(shown)
        else:
            self.place, self.within = len(self.groups) if shown is None else self.place, 0

    @property
    def people(self) -> int:
        """How many people there are."""
        return sum(len(g.people) for g in self.groups)

    @property
    def held(self) -> int:
        """How many of them would be held."""
        return sum(len(g.people) for g in self.groups if g.is_held)


def progress_words(reading: Reading) -> str:
    """Say "7 of 23 texts read"."""
    many = len(reading.groups)
    return f"{say.number(reading.read)} of {say.count(many, 'text', 'texts')} read"


def others_words(group: SameTexts) -> str:
    """Say who else gets the same."""
    others = len(group.people) - 1
    if not others:
        return ""
    if group.is_held:
        return f"and {say.count(others, 'other is', 'others are')} held for the same reason"
    got = say.count(others, "other gets", "others get")
    return f"and {got} the same text{values_words(group.names)}"


def values_words(names: frozenset[str]) -> str:
    """Say with which values of their own: " with their name and company"."""
    parts = (["name"] if names & NAMES else []) + sorted(n.replace("_", " ") for n in names - NAMES)
    if not parts:
        return ""
    return f" with their {_listed(parts)}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def end_words(reading: Reading) -> tuple[str, str]:
    """Return the title and the words of the end."""
    unread = len(reading.groups) - reading.read
    title = "You have read every text." if not unread else f"{say.count(unread, 'text', 'texts')} not read yet."
    if not reading.groups:
        return "Nobody is waiting to be started.", "Import leads into this campaign, then read what they will get."
    contacted = reading.people - reading.held
    words = f"{say.count(contacted, 'person', 'people')} will be contacted."
    if reading.held:
        words += f" {say.count(reading.held, 'is', 'are')} held until their text can be written."
    return title, words


def text_words(text: ReadText, who: str) -> TextWords:
    """Return a text of one person as it is shown."""
    empty = " and no ".join(name.replace("_", " ") for name in text.defaults)
    note = f"There is no {empty}: your words for that case are used." if empty else ""
    return TextWords(
        step=text.step,
        title=text.title,
        text=text.text,
        note=say.sentence(f"held: {text.held}") if text.held else note,
        chip="Held" if text.held else f"Only {who}" if text.is_own else "",
        who=who,
        can_edit=text.has_text,
        is_own=text.is_own,
        is_held=bool(text.held),
        limit=text.limit,
    )
