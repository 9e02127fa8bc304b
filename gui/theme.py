"""Every colour, size and font of the window, light and dark: one table, a palette and one stylesheet from it.

Widgets that paint themselves ask `tokens()` while they paint, so that a change of scheme needs no more than an update.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

SCHEME_VARIABLE = "LEADLOOM_THEME"
BODY_PX, SMALL_PX, PAGE_PX, FIGURE_PX = 13, 12, 19, 24
SIDE_BAR_PX, STATUS_LINE_PX, ROW_PX = 188, 28, 31
CARD_RADIUS_PX, CONTROL_RADIUS_PX = 10, 7
ICONS = Path(__file__).resolve().parent.parent / "resources" / "icons"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The colours of one scheme."""

    is_dark: bool
    window: str
    panel: str
    side: str
    line: str
    text: str
    muted: str
    edge: str
    accent: str
    accent_soft: str
    on_accent: str
    warning: str
    warning_soft: str
    trouble: str
    trouble_soft: str
    good: str


LIGHT = Tokens(
    is_dark=False,
    window="#f6f6f4",
    panel="#ffffff",
    side="#efefec",
    line="#e2e1dc",
    text="#1d1d1b",
    muted="#64625c",
    edge="#86847d",
    accent="#2f5d50",
    accent_soft="#e3eee9",
    on_accent="#ffffff",
    warning="#9a5b00",
    warning_soft="#fdf0da",
    trouble="#a4312a",
    trouble_soft="#fbe6e3",
    good="#26703f",
)
DARK = Tokens(
    is_dark=True,
    window="#1b1c1b",
    panel="#242625",
    side="#1f2120",
    line="#353836",
    text="#ecebe6",
    muted="#b3b2aa",
    edge="#757a77",
    accent="#7fbfa8",
    accent_soft="#27332e",
    on_accent="#10201a",
    warning="#e5b567",
    warning_soft="#3a3020",
    trouble="#f0938b",
    trouble_soft="#3d2725",
    good="#7ccf9b",
)
TEXT_PAIRS = (
    ("text", "window"),
    ("text", "panel"),
    ("text", "side"),
    ("text", "accent_soft"),
    ("text", "warning_soft"),
    ("text", "trouble_soft"),
    ("muted", "window"),
    ("muted", "panel"),
    ("muted", "side"),
    ("muted", "accent_soft"),
    ("accent", "window"),
    ("accent", "panel"),
    ("on_accent", "accent"),
    ("on_accent", "trouble"),
    ("warning", "panel"),
    ("warning", "window"),
    ("warning", "warning_soft"),
    ("trouble", "panel"),
    ("trouble", "side"),
    ("trouble", "trouble_soft"),
    ("good", "panel"),
    ("good", "side"),
)
"""Every pair of text on ground that the window uses; a test computes their contrast."""
EDGE_PAIRS = (("edge", "panel"), ("edge", "window"), ("accent", "panel"), ("accent", "window"), ("accent", "side"))
"""Shapes that must be seen to be used."""

_active = LIGHT


def tokens() -> Tokens:
    """Return the colours in use."""
    return _active


def colour(name: str) -> QColor:
    """Return a colour in use by its token's name."""
    return QColor(getattr(_active, name))


def wanted_scheme() -> Tokens:
    """Return the scheme that the variable or else the system asks for."""
    forced = os.environ.get(SCHEME_VARIABLE, "")
    if forced in ("light", "dark"):
        return DARK if forced == "dark" else LIGHT
    is_dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return DARK if is_dark else LIGHT


def apply(app: QApplication, scheme: Tokens | None = None) -> None:
    """Dress the program; may be called again when the system's scheme changes."""
    global _active
    _active = scheme or wanted_scheme()
    with _no_collection():
        app.setStyle("Fusion")
        app.setFont(_interface_font())
        app.setPalette(_palette(_active))
        app.setStyleSheet(stylesheet(_active))
        for widget in app.allWidgets():
            widget.update()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from collecting meanwhile.

    WORKAROUND: Qt goes through a list of all widgets and tells each; a widget of ours that hears it may set off a
    collection, which deletes a forgotten widget that is still in that list, and the program crashes.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_collecting:
            gc.enable()


def follow_system(app: QApplication) -> None:
    """Change with the system, where the platform tells."""
    app.styleHints().colorSchemeChanged.connect(lambda _: apply(app))


def _interface_font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(BODY_PX)
    return font


def _palette(t: Tokens) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, value in {
        roles.Window: t.window,
        roles.WindowText: t.text,
        roles.Base: t.panel,
        roles.AlternateBase: t.side,
        roles.Text: t.text,
        roles.Button: t.panel,
        roles.ButtonText: t.text,
        roles.BrightText: t.trouble,
        roles.ToolTipBase: t.panel,
        roles.ToolTipText: t.text,
        roles.PlaceholderText: t.muted,
        roles.Highlight: t.accent_soft,
        roles.HighlightedText: t.text,
        roles.Link: t.accent,
        roles.Accent: t.accent,
        roles.Light: t.panel,
        roles.Mid: t.line,
        roles.Dark: t.edge,
        roles.Shadow: t.edge,
    }.items():
        palette.setColor(role, QColor(value))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(t.muted))
    return palette


def stylesheet(t: Tokens) -> str:
    """Return the one stylesheet of the program."""
    return "".join((_labels(t), _buttons(t), _fields(t), _grounds(t), _editor(t), _tables(t), _scroll_bars(t)))


def _labels(t: Tokens) -> str:
    looks = {
        "page": f"font-size: {PAGE_PX}px; font-weight: 600;",
        "head": "font-weight: 600;",
        "strong": "font-weight: 600;",
        "brand": "font-size: 15px; font-weight: 700;",
        "figure": f"font-size: {FIGURE_PX}px; font-weight: 600;",
        "muted": f"color: {t.muted};",
        "small": f"color: {t.muted}; font-size: {SMALL_PX}px;",
        "quote": f"background: {t.accent_soft}; color: {t.text}; border-radius: 8px; padding: 6px 9px;",
        "warning": f"color: {t.warning};",
        "trouble": f"color: {t.trouble};",
        "good": f"color: {t.good};",
    }
    rules = "".join(f'QLabel[look="{name}"] {{ {rule} }}\n' for name, rule in looks.items())
    chips = {
        "plain": (t.side, t.text),
        "accent": (t.accent_soft, t.text),
        "warning": (t.warning_soft, t.warning),
        "trouble": (t.trouble_soft, t.trouble),
    }
    return rules + "".join(
        f'QLabel[chip="{name}"] {{ background: {ground}; color: {text}; border-radius: 8px; padding: 2px 9px;'
        f" font-size: {SMALL_PX}px; }}\n"
        for name, (ground, text) in chips.items()
    )


def _buttons(t: Tokens) -> str:
    r = CONTROL_RADIUS_PX
    return f"""
QPushButton {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; border-radius: {r}px;
    padding: 5px 12px; min-height: 19px; font-weight: 500; }}
QPushButton:hover {{ background: {t.side}; border-color: {t.edge}; }}
QPushButton:pressed {{ background: {t.accent_soft}; }}
QPushButton:focus {{ border: 2px solid {t.accent}; padding: 4px 11px; }}
QPushButton:disabled {{ color: {t.muted}; background: {t.side}; }}
QPushButton:checked {{ background: {t.accent_soft}; border-color: {t.accent}; font-weight: 600; }}
QPushButton[primary="true"] {{ background: {t.accent}; color: {t.on_accent}; border-color: {t.accent}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[primary="true"]:disabled {{ background: {t.side}; color: {t.muted}; border-color: {t.line}; }}
QPushButton[look="danger"] {{ background: {t.trouble}; color: {t.on_accent}; border-color: {t.trouble}; }}
QPushButton[look="danger"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="small"] {{ padding: 2px 9px; min-height: 15px; font-size: {SMALL_PX}px; }}
QPushButton[kind="small"]:focus {{ padding: 1px 8px; }}
QPushButton[look="link"] {{ background: transparent; border: 2px solid transparent; padding: 2px 0;
    text-decoration: underline; text-align: left; }}
QPushButton[look="link"]:focus {{ border-color: {t.accent}; }}
"""


def _fields(t: Tokens) -> str:
    r = CONTROL_RADIUS_PX
    return f"""
QLineEdit, QComboBox, QDateEdit {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.edge};
    border-radius: {r}px; padding: 5px 10px; min-height: 19px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QLineEdit:focus, QComboBox:focus, QDateEdit:focus {{ border: 2px solid {t.accent}; padding: 4px 9px; }}
QComboBox::drop-down, QDateEdit::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow, QDateEdit::down-arrow {{ image: url("{_icon(t, "chevron-down")}"); width: 12px; height: 12px; }}
QComboBox QAbstractItemView {{ background: {t.panel}; border: 1px solid {t.line}; outline: none;
    selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}
QCheckBox {{ color: {t.text}; spacing: 8px; }}
QCheckBox:focus {{ color: {t.accent}; }}
QCheckBox::indicator {{ width: 14px; height: 14px; background: {t.panel}; border: 1px solid {t.edge};
    border-radius: 4px; }}
QCheckBox::indicator:focus {{ border: 2px solid {t.accent}; width: 12px; height: 12px; }}
QCheckBox::indicator:checked {{ background: {t.accent}; image: url("{_icon(t, "check")}"); }}
QCheckBox::indicator:checked:focus {{ border-color: {t.text}; }}
QProgressBar {{ background: {t.side}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {t.accent}; border-radius: 3px; }}
QMenu {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.edge}; padding: 4px; }}
QMenu::item {{ padding: 6px 14px; border-radius: 4px; }}
QMenu::item:selected {{ background: {t.accent_soft}; }}
QMenu::item:disabled {{ color: {t.muted}; }}
QMenu::separator {{ height: 1px; background: {t.line}; margin: 4px 6px; }}
QToolTip {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.line}; padding: 4px; }}
"""


def _icon(t: Tokens, name: str) -> str:
    return (ICONS / f"{name}-{'dark' if t.is_dark else 'light'}.svg").as_posix()


def _grounds(t: Tokens) -> str:
    return f"""
QWidget[ground="side"] {{ background: {t.side}; }}
QWidget[ground="window"] {{ background: {t.window}; }}
QFrame[card="plain"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: {CARD_RADIUS_PX}px; }}
QFrame[card="trouble"] {{ background: {t.panel}; border: 1px solid {t.line}; border-left: 3px solid {t.trouble};
    border-radius: {CARD_RADIUS_PX}px; }}
QFrame[rule="true"] {{ background: {t.line}; border: none; max-height: 1px; min-height: 1px; }}
QScrollArea, QScrollArea > QWidget > QWidget[ground="clear"] {{ background: transparent; border: none; }}
QScrollArea:focus {{ border: 2px solid {t.accent}; border-radius: {CONTROL_RADIUS_PX}px; }}
QDialog {{ background: {t.panel}; }}
"""


def _editor(t: Tokens) -> str:
    r = CONTROL_RADIUS_PX
    return f"""
QTextEdit {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.edge}; border-radius: {CARD_RADIUS_PX}px;
    selection-background-color: {t.accent}; selection-color: {t.on_accent}; padding: 4px; }}
QTextEdit:focus {{ border: 2px solid {t.accent}; padding: 3px; }}
QSpinBox, QTimeEdit {{ background: {t.panel}; color: {t.text}; border: 1px solid {t.edge}; border-radius: {r}px;
    padding: 4px 8px; min-height: 17px; selection-background-color: {t.accent}; selection-color: {t.on_accent}; }}
QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button {{ width: 0; border: none; }}
QSpinBox QLineEdit, QSpinBox QLineEdit:focus, QTimeEdit QLineEdit, QTimeEdit QLineEdit:focus {{ border: none;
    padding: 0 0 0 4px; background: transparent; }}
QSpinBox:focus, QTimeEdit:focus {{ border: 2px solid {t.accent}; padding: 3px 7px; }}
QRadioButton {{ color: {t.text}; spacing: 8px; font-weight: 500; }}
QRadioButton:focus {{ color: {t.accent}; }}
QRadioButton::indicator {{ width: 14px; height: 14px; background: {t.panel}; border: 1px solid {t.edge};
    border-radius: 8px; }}
QRadioButton::indicator:focus {{ border: 2px solid {t.accent}; width: 12px; height: 12px; }}
QRadioButton::indicator:checked {{ border: 5px solid {t.accent}; width: 6px; height: 6px; }}
QRadioButton::indicator:checked:focus {{ border: 2px solid {t.text}; width: 12px; height: 12px;
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 {t.panel}, stop: 0.4 {t.panel},
    stop: 0.5 {t.accent}, stop: 1 {t.accent}); }}
QRadioButton:disabled {{ color: {t.muted}; }}
QSplitter::handle {{ background: transparent; image: none; }}
QPushButton[look="crumb"] {{ background: transparent; border: 2px solid transparent; color: {t.muted};
    font-size: {SMALL_PX}px; font-weight: 400; padding: 0; min-height: 15px; text-align: left; }}
QPushButton[look="crumb"]:hover {{ color: {t.text}; }}
QPushButton[look="crumb"]:focus {{ border-color: {t.accent}; }}
QFrame[card="step"] {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: {CARD_RADIUS_PX}px; }}
QFrame[opens="true"]:hover {{ border-color: {t.edge}; }}
QFrame[opens="true"]:focus {{ border: 2px solid {t.accent}; }}
QFrame[card="step"]:hover {{ border-color: {t.edge}; }}
QFrame[card="step"][chosen="true"] {{ border: 1px solid {t.accent}; border-left: 3px solid {t.accent}; }}
QFrame[card="step"]:focus {{ border: 2px solid {t.accent}; }}
QFrame[card="step"][chosen="true"]:focus {{ border: 2px solid {t.accent}; border-left: 3px solid {t.accent}; }}
QFrame[card="warning"] {{ background: {t.warning_soft}; border: none; border-radius: {CARD_RADIUS_PX}px; }}
QFrame[card="popover"] {{ background: {t.panel}; border: 1px solid {t.edge}; }}
QFrame[card="bubble"] {{ background: {t.accent_soft}; border: none; border-radius: {CARD_RADIUS_PX}px;
    border-bottom-left-radius: 2px; }}
QFrame[card="soft"] {{ background: {t.accent_soft}; border: none; border-radius: {CARD_RADIUS_PX}px; }}
QFrame[rule="drop"] {{ background: {t.accent}; border: none; }}
QPushButton[look="amber"] {{ background: transparent; color: {t.warning}; border: 2px solid transparent;
    padding: 1px 3px; min-height: 15px; text-decoration: underline; }}
QPushButton[look="amber"]:focus {{ border-color: {t.warning}; }}
QPushButton[look="soft"] {{ background: {t.side}; border: 2px solid transparent; border-radius: 12px;
    padding: 2px 9px; min-height: 16px; font-size: {SMALL_PX}px; }}
QPushButton[look="soft"][tone="warning"] {{ background: {t.warning_soft}; color: {t.warning}; }}
QPushButton[look="soft"]:hover {{ border-color: {t.line}; }}
QPushButton[look="soft"]:checked {{ background: {t.accent_soft}; border-color: {t.accent}; font-weight: 500; }}
QPushButton[look="soft"]:focus {{ border-color: {t.accent}; }}
QPushButton[look="tab"] {{ background: transparent; border: none; border-bottom: 2px solid transparent;
    border-radius: 0; color: {t.muted}; padding: 6px 0 8px 0; }}
QPushButton[look="tab"]:checked {{ color: {t.text}; border-bottom-color: {t.accent}; font-weight: 600; }}
QPushButton[look="tab"]:focus {{ border-bottom-color: {t.text}; color: {t.text}; background: {t.accent_soft}; }}
"""


def _tables(t: Tokens) -> str:
    return f"""
QTableView {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: {CARD_RADIUS_PX}px; outline: none;
    selection-background-color: {t.accent_soft}; selection-color: {t.text}; }}
QTableView[look="filled"] {{ padding-bottom: {CARD_RADIUS_PX - 3}px; }}
QTableView::item {{ padding: 0 8px; border: none; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QListWidget {{ background: {t.panel}; border: 1px solid {t.line}; border-radius: 7px; outline: none; }}
QTableView:focus, QListWidget:focus {{ border-color: {t.accent}; }}
QHeaderView {{ background: {t.panel}; border: none; }}
QHeaderView::section {{ background: {t.panel}; color: {t.muted}; border: none; border-bottom: 1px solid {t.line};
    padding: 5px 8px; font-size: {SMALL_PX}px; font-weight: 600; }}
QHeaderView::section:hover {{ color: {t.text}; }}
QHeaderView::section:vertical {{ font-weight: 400; }}
QTableCornerButton::section {{ background: {t.panel}; border: none; border-bottom: 1px solid {t.line}; }}
"""


def _scroll_bars(t: Tokens) -> str:
    return f"""
QScrollBar:vertical {{ background: transparent; width: 11px; margin: 3px; }}
QScrollBar:horizontal {{ background: transparent; height: 11px; margin: 3px; }}
QScrollBar::handle {{ background: {t.edge}; border-radius: 2px; min-height: 24px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""
