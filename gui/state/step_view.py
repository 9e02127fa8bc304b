"""The step that is shown, as the editor's widgets want it. Qt-free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.domain.sequences import StepKind
from gui.state.preview import kind_words
from gui.state.sequence_draft import SequenceDraft
from gui.state.sequence_words import delay_words, titles, waits_for
from gui.state.text_problems import Variables


@dataclass(frozen=True, kw_only=True)
class StepView:
    """A step as it is shown. `waits` and `within` are (amount, unit, words)."""

    key: str
    kind: str
    title: str
    waits: tuple[int, str, str]
    waits_for: str
    within: tuple[int, str, str] | None
    variants: int
    variant: int
    share: int
    has_text: bool
    is_editable: bool
    says: str = ""
    """What a step without a text does."""
    targets: tuple[tuple[str, str], ...] = ()
    then_key: str = ""
    else_key: str = ""


def step_view(draft: SequenceDraft, *, is_editable: bool) -> StepView:
    """Return the step that a draft shows."""
    step, sequence, variant = draft.step, draft.sequence, draft.view.variant
    assert step is not None
    called, within = titles(sequence), step.accept_within
    later = sequence.steps[sequence.position(step.key) + 1 :]
    return StepView(
        key=step.key,
        kind=str(step.kind),
        title=called[step.key],
        waits=(step.wait.amount, str(step.wait.unit), delay_words(step.wait)),
        waits_for=waits_for(sequence, step.key),
        within=(within.amount, str(within.unit), delay_words(within)) if step.kind is StepKind.INVITE else None,
        variants=len(step.texts),
        variant=variant,
        share=step.texts[variant].share if step.texts else 0,
        has_text=bool(step.texts),
        is_editable=is_editable,
        says="" if step.texts else kind_words(step),
        targets=tuple((s.key, called[s.key]) for s in later),
        then_key=step.then_key,
        else_key=step.else_key,
    )


def variable_lines(variables: Variables, count: Callable[[int], str]) -> dict[str, str]:
    """Return each variable's line in a list: its name, and how many leads have nothing there."""
    lines = {}
    for name, empty in variables.empty.items():
        words = name.replace("_", " ")
        lines[name] = f"{words}  (empty for {count(empty)})" if empty else words
    return lines
