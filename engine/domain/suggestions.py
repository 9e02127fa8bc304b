"""The “Did you mean …?” after a name that isn't known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_COMPARED_CHARS = 60


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the question with a blank before it, or an empty text when nothing is near."""
    close = get_close_matches(name.lower()[:_COMPARED_CHARS], sorted(known), n=1, cutoff=0.6)
    return f" Did you mean “{close[0]}”?" if close else ""
