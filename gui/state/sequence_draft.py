"""A sequence that is being edited: what is shown of it, and every state before and after. Qt-free."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain.sequences import Delay, Sequence, Step, StepKind
from gui.state import sequence_edits as edits
from gui.state.chip_text import Edit, edit_between

PAUSE_S = 1.0
"""Typing on after so long a pause is a new step of undo."""
MOST_STATES = 500


@dataclass(frozen=True, kw_only=True)
class View:
    """A sequence with the step and the variant that are shown; `key` is "" when there is no step."""

    sequence: Sequence
    key: str
    variant: int = 0


@dataclass(frozen=True, kw_only=True)
class _Typing:
    key: str
    variant: int
    at_s: float
    edit: Edit


class SequenceDraft:
    """The one owner of an edited sequence; widgets show `view` and wish for changes."""

    def __init__(self, sequence: Sequence, *, in_use: Sequence | None = None) -> None:
        """`in_use`: what people are in the middle of, so a new step never gets the key of one that is gone."""
        self._used = None if in_use is None else {s.key for s in (*in_use.steps, *sequence.steps)}
        self.view = View(sequence=sequence, key=sequence.steps[0].key if sequence.steps else "")
        self._past: list[View] = []
        self._future: list[View] = []
        self._typing: _Typing | None = None

    @property
    def sequence(self) -> Sequence:
        """The sequence as it is now."""
        return self.view.sequence

    @property
    def step(self) -> Step | None:
        """The step that is shown."""
        return self.sequence.step(self.view.key) if self.view.key else None

    @property
    def text(self) -> str:
        """The wording that is shown, or ""."""
        step = self.step
        return step.texts[self.view.variant].text if step and step.texts else ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is a state after."""
        return bool(self._future)

    def choose(self, key: str, variant: int = 0) -> None:
        """Show another step or variant; that is nothing to undo."""
        step = self.sequence.step(key)
        self.view = View(sequence=self.sequence, key=key, variant=max(0, min(variant, len(step.texts) - 1)))
        self._typing = None

    def type_text(self, text: str, now_s: float) -> None:
        """Change the wording that is shown; the letters of a word, typed without a pause, are one step of undo."""
        view = self.view
        if not view.key or text == self.text:
            return
        edit = edit_between(self.text, text)
        typing = _Typing(key=view.key, variant=view.variant, at_s=now_s, edit=edit)
        goes_on = self._typing is not None and _goes_on(self._typing, typing)
        sequence = edits.set_text(self.sequence, view.key, view.variant, text)
        self._put(View(sequence=sequence, key=view.key, variant=view.variant), is_new=not goes_on)
        self._typing = typing

    def add(self, kind: StepKind, place: int) -> str:
        """Add a step and show it; returns its key."""
        sequence, key = edits.add_step(self.sequence, kind, place, self._used or ())
        if self._used is not None:
            self._used.add(key)
        self._put(View(sequence=sequence, key=key))
        return key

    def remove(self, key: str) -> None:
        """Remove a step; the one after it, else the one before, is shown."""
        place = self.sequence.position(key)
        sequence = edits.remove_step(self.sequence, key)
        left = sequence.steps
        shown = left[min(place, len(left) - 1)].key if left else ""
        if self.view.key == key:
            self._put(View(sequence=sequence, key=shown))
        else:
            self._put(View(sequence=sequence, key=self.view.key, variant=self.view.variant))

    def move(self, key: str, place: int) -> bool:
        """Put a step at another place; returns whether anything changed."""
        return self._change(edits.move_step(self.sequence, key, place))

    def set_wait(self, wait: Delay) -> bool:
        """Change the wait before the step that is shown; returns whether anything changed, as all below do."""
        return self._change(edits.set_wait(self.sequence, self.view.key, wait))

    def set_accept_within(self, within: Delay) -> bool:
        """Change how long the invitation that is shown stays open."""
        return self._change(edits.set_accept_within(self.sequence, self.view.key, within))

    def set_branch(self, then_key: str, else_key: str) -> bool:
        """Change where the branch that is shown leads."""
        return self._change(edits.set_branch(self.sequence, self.view.key, then_key=then_key, else_key=else_key))

    def add_variant(self) -> bool:
        """Add a variant and show it."""
        sequence = edits.add_variant(self.sequence, self.view.key)
        return self._change(sequence, len(sequence.step(self.view.key).texts) - 1)

    def remove_variant(self) -> bool:
        """Remove the variant that is shown and show the one before it."""
        view = self.view
        return self._change(edits.remove_variant(self.sequence, view.key, view.variant), max(0, view.variant - 1))

    def set_share(self, share: int) -> bool:
        """Change the share of the variant that is shown."""
        return self._change(edits.set_share(self.sequence, self.view.key, self.view.variant, share))

    def undo(self) -> bool:
        """Go back one state; returns whether there was one."""
        return self._step_in(self._past, self._future)

    def redo(self) -> bool:
        """Go forward again; returns whether there was a state."""
        return self._step_in(self._future, self._past)

    def _change(self, sequence: Sequence, variant: int | None = None) -> bool:
        if sequence == self.sequence:
            return False
        shown = self.view.variant if variant is None else variant
        self._put(View(sequence=sequence, key=self.view.key, variant=shown))
        return True

    def _put(self, view: View, *, is_new: bool = True) -> None:
        if is_new:
            self._past.append(self.view)
            del self._past[:-MOST_STATES]
        self._future.clear()
        self._typing = None
        self.view = view

    def _step_in(self, source: list[View], other: list[View]) -> bool:
        if not source:
            return False
        other.append(self.view)
        self.view = source.pop()
        self._typing = None
        return True


def _goes_on(before: _Typing, now: _Typing) -> bool:
    is_same_place = (before.key, before.variant) == (now.key, now.variant)
    if not is_same_place or now.at_s - before.at_s > PAUSE_S:
        return False
    old, new = before.edit, now.edit
    if len(new.inserted) == 1 and not new.removed and old.inserted and not old.removed:
        follows = new.start == old.start + len(old.inserted)
        return follows and not (old.inserted[-1].isspace() and not new.inserted.isspace())
    if len(new.removed) == 1 and not new.inserted and old.removed and not old.inserted:
        return new.start in (old.start, old.start - 1)
    return False
