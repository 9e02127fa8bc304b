"""Every pair of colours in use can be read, and the stylesheet uses no colour outside the tokens."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.theme import DARK, EDGE_PAIRS, LIGHT, TEXT_PAIRS, Tokens

ROOT = Path(__file__).resolve().parents[2]
SCHEMES = pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours. Source: WCAG 2.2, relative luminance."""

    def luminance(name: str) -> float:
        colour = QColor(name)
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@SCHEMES
@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_text_can_be_read(scheme: Tokens, pair: tuple[str, str]) -> None:
    assert contrast(getattr(scheme, pair[0]), getattr(scheme, pair[1])) >= 4.5


@SCHEMES
@pytest.mark.parametrize("pair", EDGE_PAIRS, ids="-on-".join)
def test_edges_can_be_seen(scheme: Tokens, pair: tuple[str, str]) -> None:
    assert contrast(getattr(scheme, pair[0]), getattr(scheme, pair[1])) >= 3.0


@SCHEMES
def test_stylesheet_has_token_colours_only(scheme: Tokens) -> None:
    known = {getattr(scheme, f.name) for f in fields(scheme) if f.name != "is_dark"}
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", theme.stylesheet(scheme))) <= known


@SCHEMES
def test_text_rules_of_the_stylesheet_are_listed_pairs(scheme: Tokens) -> None:
    pairs = {(getattr(scheme, text), getattr(scheme, ground)) for text, ground in TEXT_PAIRS}
    for rule in re.findall(r"\{([^{}]*)\}", theme.stylesheet(scheme)):
        ground = re.search(r"background: (#\w+)", rule)
        text = re.search(r"(?<![-\w])color: (#\w+)", rule)
        if ground and text:
            assert (text[1], ground[1]) in pairs


def test_icons_of_both_schemes_exist() -> None:
    for scheme in (LIGHT, DARK):
        for path in re.findall(r'url\("([^"]+)"\)', theme.stylesheet(scheme)):
            assert theme.Path(path).is_file()


@pytest.mark.parametrize(("forced", "scheme"), [("light", LIGHT), ("dark", DARK)])
def test_scheme_can_be_forced(qapp: QApplication, monkeypatch: pytest.MonkeyPatch, forced: str, scheme: Tokens) -> None:
    monkeypatch.setenv(theme.SCHEME_VARIABLE, forced)
    theme.apply(qapp)
    assert theme.tokens() is scheme
    assert qapp.palette().window().color().name() == scheme.window


FORGOTTEN_WIDGETS = """
import gc, sys
from PySide6.QtWidgets import QApplication, QWidget
from gui import theme

class Listens(QWidget):
    def changeEvent(self, event):
        super().changeEvent(event)
        [[] for _ in range(3000)]

class Forgotten(QWidget):
    def __init__(self):
        super().__init__()
        self.itself = self

app = QApplication(["test", "-platform", "offscreen"])
listening = [Listens() for _ in range(30)]
for turn in range(6):
    gc.disable()
    for _ in range(50):
        Forgotten()
    gc.enable()
    gc.set_threshold(50)
    theme.apply(app, theme.LIGHT if turn % 2 else theme.DARK)
    gc.set_threshold(700)
    assert gc.isenabled()
"""


def test_changing_the_scheme_survives_forgotten_widgets() -> None:
    done = subprocess.run([sys.executable, "-c", FORGOTTEN_WIDGETS], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()[-800:]
