"""What every screen is: its hooks, and the outline that most share, a heading with actions and what is below."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from gui import theme
from gui.widgets.basics import column, row
from gui.widgets.words import OneLine, Words

if TYPE_CHECKING:
    from gui.bridge import ChangeSet

MARGINS = (24, 18, 24, 18)


class BarePage(QWidget):
    """A screen without an outline. The hooks do nothing unless a screen says otherwise."""

    takes: tuple[str, ...] = ()
    """Endings of dropped files that this screen takes, such as ".toml"."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)

    def on_changed(self, changes: ChangeSet) -> None:
        """Hear what changed in the database."""

    def show_target(self, target: object) -> None:
        """Show one thing on this screen: a lead, a campaign, a file."""

    def take_file(self, path: Path) -> None:
        """Do what a dropped file of one of `takes` is for."""

    async def leave(self) -> None:
        """Keep what was typed and not kept yet: the window closes."""


class Page(BarePage):
    """A screen with a heading; `head` takes what stands right of the title, `body` the rest."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        whole = column(self, gap=14, margins=MARGINS)
        self.head = row(gap=10)
        self.title, self.subtitle = Words(title, "page"), OneLine(look="muted")
        self.title.setMinimumHeight(theme.ROW_PX)  # as high as a button: with or without one beside it
        self.head.addWidget(self.title)
        self.head.addWidget(self.subtitle, 1)
        whole.addLayout(self.head)
        self.body = column(gap=14)
        whole.addLayout(self.body, 1)
