"""The sequences that the program ships to choose from; each is a campaign file whose first lines say what it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.domain.campaign_file import parse_campaign
from engine.domain.sequences import Sequence
from engine.errors import NotFound

FOLDER = Path(__file__).resolve().parent.parent.parent / "resources" / "sequences"
SHIPPED = ("invite-then-three-messages", "already-connected", "invite-with-note", "invite-only")
"""File names, the one to suggest first."""


@dataclass(frozen=True, kw_only=True)
class SequenceTemplate:
    """A sequence to start from; `words` says in a sentence or two what it does."""

    key: str
    title: str
    words: str
    sequence: Sequence


def load_templates(folder: Path = FOLDER) -> tuple[SequenceTemplate, ...]:
    """Read the shipped sequences; a few small files. Raises: BadFile, OSError."""
    return tuple(_load(folder / f"{key}.toml") for key in SHIPPED)


def find_template(key: str, folder: Path = FOLDER) -> SequenceTemplate:
    """Return one of them. Raises: NotFound."""
    if key not in SHIPPED:
        raise NotFound(f"There is no sequence “{key}”.", f"There are {', '.join(SHIPPED)}.")
    return _load(folder / f"{key}.toml")


def _load(path: Path) -> SequenceTemplate:
    text = path.read_text(encoding="utf-8")
    draft = parse_campaign(text)
    said = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said.append(line.removeprefix("#").strip())
    return SequenceTemplate(key=path.stem, title=draft.name, words=" ".join(said), sequence=Sequence(steps=draft.steps))
