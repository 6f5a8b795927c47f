"""WCAG 2.2 level AA as axe-core checks it, on every page in both themes, and the ways of the keyboard."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.addresses import addresses
from tests.browser.screen import Screen

Theme = Literal["light", "dark"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STATES = {
    "": "attention.0.heads=96&workload.context=32768&accelerators=h800,h20,b200",
    "plan": "sla.tpot=0.001&workload.context_deviation=2000",
    "search": "search.axis.attention.0.heads=32..128..16",
}


def violations(screen: Screen) -> list[str]:
    """What axe-core finds, each with the elements concerned."""
    found = Axe().run(screen.page, options={"runOnly": RULES}).response["violations"]
    return [f"{each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:4]]}" for each in found]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", addresses())
def test_page_has_no_violation_of_level_aa(screen: Screen, view: str, theme: Theme) -> None:
    screen.page.emulate_media(color_scheme=theme)
    screen.open(STATES.get(view, ""), view)
    assert violations(screen) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_open_drawers_have_no_violation(screen: Screen, theme: Theme) -> None:
    screen.page.emulate_media(color_scheme=theme)
    screen.open()
    for name in ("More fields", "Dense: 5 layers", "Draft tokens", "Edit or copy", "Shape and SLA"):
        screen.page.locator("summary").filter(has_text=name).first.click()
        screen.settle()
    expect(screen.page.get_by_role("spinbutton", name="TPOT (ms)")).to_be_attached()
    assert violations(screen) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_share_dialog_has_no_violation(screen: Screen, theme: Theme) -> None:
    screen.page.emulate_media(color_scheme=theme)
    screen.open()
    screen.share()
    screen.expect_text("Link to exactly this state")
    assert violations(screen) == []


def test_every_page_has_a_title_and_one_main_heading(screen: Screen) -> None:
    titles, headings = [], []
    for view in addresses():
        screen.open(view=view)
        titles.append(screen.page.title())
        heading = screen.page.get_by_role("heading", level=1)
        expect(heading).to_have_count(1)
        headings.append(heading.text_content())
    assert len(set(titles)) == len(titles)
    assert len(set(headings)) == len(headings)
    assert all(title.endswith("AFD Explorer") for title in titles)


def test_keyboard_enters_the_share_dialog_and_leaves_it(screen: Screen) -> None:
    screen.open()
    screen.page.get_by_role("button", name="Share", exact=True).focus()
    screen.page.keyboard.press("Enter")
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    screen.expect_text("Link to exactly this state")
    for _ in range(3):
        screen.page.keyboard.press("Tab")
        assert dialog.evaluate("node => node.contains(document.activeElement)")
    screen.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_buttons_of_a_chart_are_visible_while_they_have_focus(screen: Screen) -> None:
    screen.open()
    screen.page.mouse.move(0, 0)
    chart = screen.page.locator('[data-testid="stFullScreenFrame"]:has([data-testid="stVegaLiteChart"])').first
    bar = chart.get_by_test_id("stElementToolbar")
    buttons = bar.get_by_role("button").all()
    assert len(buttons) == 4
    expect(bar).to_have_css("opacity", "0")
    for button in buttons:
        screen.page.keyboard.press("Tab")
        button.focus()
        expect(bar).to_have_css("opacity", "1")
        expect(button).to_have_css("outline-style", "solid")


def test_keyboard_enters_an_opened_drawer(screen: Screen) -> None:
    screen.open()
    drawer = screen.page.locator("summary").filter(has_text="Draft tokens").first
    drawer.focus()
    screen.page.keyboard.press("Enter")
    box = screen.page.get_by_role("spinbutton", name="MTP draft length")
    expect(box).to_be_visible()
    screen.settle()
    for _ in range(3):
        screen.page.keyboard.press("Tab")
        if box.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("the first field of the drawer is not among the next three stops")
