"""Contrast AA of both themes, and the two things of Streamlit that the app relies on although they are hidden."""

import inspect
import tomllib
from collections.abc import Iterator

import pytest
from streamlit import config
from streamlit.runtime.scriptrunner import ScriptRunContext

from app.charts.theme import THEMES
from tests.app.running import ROOT

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
TEXT, GRAPHIC = 4.5, 3.0
"""WCAG 2.2 level AA: text (1.4.3), and parts of graphics and controls (1.4.11)."""


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(above: str, below: str, share: float) -> str:
    """A colour over another with this opacity."""
    parts = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (above, below)]
    return "#" + "".join(f"{round(share * one + (1 - share) * other):02X}" for one, other in zip(*parts, strict=True))


def pairs() -> Iterator[tuple[str, str, str, float]]:
    """What is drawn on what, and the contrast it needs."""
    for mode in ("light", "dark"):
        theme, chart = CONFIG["theme"][mode], THEMES[mode]
        grounds = {"page": theme["backgroundColor"], "sidebar": theme["sidebar"]["backgroundColor"]}
        fields = {
            "field": theme["secondaryBackgroundColor"],
            "sidebar field": theme["sidebar"]["secondaryBackgroundColor"],
        }
        for ground, below in (grounds | fields).items():
            yield f"{mode} text on {ground}", theme["textColor"], below, TEXT
            yield f"{mode} gray text on {ground}", theme["grayTextColor"], below, TEXT
        for ground, below in grounds.items():
            yield f"{mode} link on {ground}", theme["linkColor"], below, TEXT
            # Streamlit draws captions as faded text, and a selected segment in the primary colour on a tint of it.
            yield f"{mode} caption on {ground}", mixed(theme["textColor"], below, 0.6), below, TEXT
            primary = theme["primaryColor"]
            for state, tint in (("selected", 0.1), ("selected and hovered", 0.2)):
                yield f"{mode} {state} segment on {ground}", primary, mixed(primary, below, tint), TEXT
            yield f"{mode} value of a slider on {ground}", primary, below, TEXT
        yield f"{mode} icon on a hovered step button", "#FFFFFF", theme["primaryColor"], GRAPHIC
        for name in ("ink", "gray", "accent", "bad"):
            yield f"{mode} chart text {name}", getattr(chart, name), grounds["page"], TEXT
        for name in ("memory", "core", "linear", "ffn", "good", "attention", "feed", "single", "third"):
            yield f"{mode} chart mark {name}", getattr(chart, name), grounds["page"], GRAPHIC
        for name, ground in (("attention", "attention"), ("feed_ink", "feed"), ("gray", "attention"), ("gray", "feed")):
            below = getattr(chart, f"{ground}_ground")
            yield f"{mode} chart text {name} on the pool of {ground}", getattr(chart, name), below, TEXT
        for name in ("ink", "gray", "good", "bad", "accent"):
            yield f"{mode} chart text {name} on a band", getattr(chart, name), chart.band, TEXT


PAIRS = {name: rest for name, *rest in pairs()}


@pytest.mark.parametrize("name", PAIRS)
def test_a_colour_has_the_contrast_that_level_aa_asks_for(name: str) -> None:
    above, below, needed = PAIRS[name]
    assert contrast(str(above), str(below)) >= float(needed), f"{above} on {below}"


def test_contrast_is_computed_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("pair", [("memory", "core"), ("memory", "linear"), ("core", "linear"), ("linear", "ffn")])
@pytest.mark.parametrize("mode", THEMES)
def test_neighbouring_cost_parts_differ_in_lightness(mode: str, pair: tuple[str, str]) -> None:
    assert contrast(*(getattr(THEMES[mode], part) for part in pair)) > 1.2


@pytest.mark.parametrize("mode", THEMES)
def test_charts_lie_on_the_background_of_the_page(mode: str) -> None:
    assert THEMES[mode].surface == CONFIG["theme"][mode]["backgroundColor"]


def test_streamlit_reports_history_navigation() -> None:
    assert "is_history_navigation" in inspect.signature(ScriptRunContext).parameters


def test_streamlit_can_skip_garbage_collection_after_a_run() -> None:
    assert "runner.postScriptGC" in config.get_config_options()
    assert CONFIG["runner"]["postScriptGC"] is False


def test_no_message_is_too_large_to_be_sent_whole() -> None:
    # Of a larger one Streamlit sends a reference, which a browser may have dropped while runs overtake each other:
    # "Cached ForwardMsg MISS" in a dialog, and the page stands still.
    assert "global.minCachedMessageSize" in config.get_config_options()
    assert CONFIG["global"]["minCachedMessageSize"] > CONFIG["server"]["maxMessageSize"] * 1e6


def test_every_setting_is_one_that_streamlit_knows() -> None:
    known = set(config.get_config_options())
    sections = {key: entry for key, entry in CONFIG.items() if key != "theme"}
    assert {f"{section}.{name}" for section, entries in sections.items() for name in entries} <= known
