"""Every pair of colours in use can be read, and the stylesheet uses no colour outside the tokens."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from gui import theme
from gui.theme import DARK, EDGE_PAIRS, LIGHT, TEXT_PAIRS, Tokens

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
