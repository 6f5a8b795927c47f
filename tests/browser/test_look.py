"""Every page in both themes, on a narrow screen and without a mouse."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

import costmodel as cm
from tests.app.test_theme import TEXT, contrast
from tests.browser.addresses import addresses
from tests.browser.conftest import ROOT, watched
from tests.browser.screen import COST, Screen

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
EVERY_PAGE = pytest.mark.parametrize("view", addresses())
UNNAMED = re.compile(
    r"^\s*- (button|slider|combobox|textbox|spinbutton|checkbox|radio|link|tab)(:| \[|$)", re.MULTILINE
)


@pytest.fixture
def narrow(browser: Browser, address: str) -> Iterator[Screen]:
    """A phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    found = watched(context.new_page(), address)
    yield found
    found.assert_clean()
    context.close()


@pytest.fixture
def dark(new_context: Any, address: str) -> Iterator[Screen]:
    """A visitor who prefers dark."""
    found = watched(new_context(color_scheme="dark").new_page(), address)
    yield found
    found.assert_clean()


def colour(found: Locator, name: str) -> str:
    """A computed colour as #RRGGBB over the page's background, transparency included."""
    text = found.evaluate("(node, name) => getComputedStyle(node)[name]", name)
    red, green, blue, alpha = ([float(part) for part in re.findall(r"[\d.]+", text)] + [1.0])[:4]
    if alpha == 1:
        return "#" + "".join(f"{round(part):02X}" for part in (red, green, blue))
    below = colour(found.page.get_by_test_id("stApp"), "backgroundColor")
    ground = [int(below[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = (alpha * part + (1 - alpha) * under for part, under in zip((red, green, blue), ground, strict=True))
    return "#" + "".join(f"{round(part):02X}" for part in mixed)


@EVERY_PAGE
def test_a_page_opens_by_its_link_without_an_error_and_with_a_name_on_every_control(screen: Screen, view: str) -> None:
    screen.open("v=1&model=step-3&attention.0.heads=96", view)
    assert screen.link().scenario == cm.from_query("attention.0.heads=96").scenario
    assert UNNAMED.findall(screen.page.locator("body").aria_snapshot()) == []


@EVERY_PAGE
def test_a_page_is_dark_for_those_who_prefer_it(dark: Screen, view: str) -> None:
    dark.open(view=view)
    assert colour(dark.page.get_by_test_id("stApp"), "backgroundColor") == THEME["dark"]["backgroundColor"]


@EVERY_PAGE
def test_a_page_fits_a_narrow_screen(narrow: Screen, view: str) -> None:
    narrow.open(view=view)
    width = narrow.page.evaluate("() => Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
    assert width <= 390
    main = narrow.page.get_by_test_id("stMain")
    assert main.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_panel_of_a_narrow_screen_is_closed_and_opens(narrow: Screen) -> None:
    narrow.open()
    expect(narrow.metric(COST)).to_be_visible()
    expect(narrow.page.get_by_test_id("stSidebar")).not_to_be_in_viewport()
    narrow.page.get_by_test_id("stExpandSidebarButton").click()
    expect(narrow.page.get_by_test_id("stSidebar")).to_be_in_viewport()
    narrow.slider("Query heads").press("ArrowRight")
    narrow.expect_cost(cm.from_query("attention.0.heads=72").scenario)


def test_a_knob_is_reached_and_moved_with_the_keyboard_alone(screen: Screen) -> None:
    screen.open()
    for _ in range(40):
        screen.page.keyboard.press("Tab")
        if screen.page.evaluate("() => document.activeElement.type") == "range":
            break
    screen.page.keyboard.press("ArrowRight")
    screen.expect_scenario(cm.from_query("attention.0.heads=72").scenario)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_small_print_has_the_contrast_of_text(new_context: Any, address: str, theme: str) -> None:
    found = watched(new_context(color_scheme=theme).new_page(), address)
    found.open()
    page = found.page
    ground = colour(page.get_by_test_id("stApp"), "backgroundColor")
    for kind in ("stCaptionContainer", "stMetricLabel", "stWidgetLabel"):
        inside = page.get_by_test_id(kind).first.locator("p").first
        assert contrast(colour(inside, "color"), ground) >= TEXT, kind
    for label in page.locator("svg.marks .role-axis-label text").all()[:3]:
        assert contrast(colour(label, "fill"), ground) >= TEXT
