"""Drawers and dialogs for everyone: WCAG 2.2 level AA as axe-core checks it, and the ways of the keyboard."""

from playwright.sync_api import expect

from tests.browser.axe import assert_none_in_either_theme
from tests.browser.screen import Screen


def test_open_drawers_have_no_violation(screen: Screen) -> None:
    screen.open()
    for name in ("More fields", "Dense: 5 layers", "Draft tokens", "Edit or copy", "Shape and SLA"):
        screen.page.locator("summary").filter(has_text=name).first.click()
        screen.settle()
    expect(screen.page.get_by_role("spinbutton", name="TPOT (ms)")).to_be_attached()
    assert_none_in_either_theme(screen)


def test_keyboard_enters_the_share_dialog_and_leaves_it(screen: Screen) -> None:
    screen.open()
    screen.page.get_by_role("button", name="Share", exact=True).focus()
    screen.page.keyboard.press("Enter")
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    screen.expect_text("Link to exactly this state")
    assert_none_in_either_theme(screen)
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
