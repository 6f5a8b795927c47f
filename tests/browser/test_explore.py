"""Explore in a real browser: what is done on screen, what the address bar says and what the library computes agree."""

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

import costmodel as cm
from costmodel.io.link import default_scenario
from tests.browser.conftest import watched
from tests.browser.screen import CHART, COST, PATIENCE_MS, Screen, headline

HEADS = "Query heads"
STOPS = cm.Mfa.quantities()["heads"].stops  # type: ignore[union-attr]


def with_heads(heads: int) -> cm.Scenario:
    return cm.from_query(f"attention.0.heads={heads}").scenario


def test_shared_link_shows_the_same_in_another_browser(screen: Screen, new_context: Any) -> None:
    screen.open()
    screen.expect_cost(default_scenario())
    box = screen.page.get_by_role("combobox", name="Model preset")
    box.click()
    box.fill("DeepSeek-V3")
    screen.page.get_by_role("option", name="DeepSeek-V3 · DeepSeek", exact=True).click()
    preset = default_scenario("deepseek-v3")
    screen.expect_scenario(preset)
    screen.slider(HEADS).press("ArrowRight")
    heads = preset.model.attention[0].heads  # type: ignore[union-attr]
    moved = cm.from_query(f"model=deepseek-v3&attention.0.heads={STOPS[STOPS.index(heads) + 1]}").scenario
    screen.expect_scenario(moved)
    assert len({headline(each) for each in (default_scenario(), preset, moved)}) == 3

    screen.share()
    told = screen.page.get_by_test_id("stCode").filter(has_text=screen.address).first
    expect(told).to_contain_text(urlsplit(screen.page.url).query)
    other = watched(new_context().new_page(), screen.address)
    other.page.goto(str(told.text_content()).strip())
    other.settle()
    other.expect_scenario(moved)
    expect(other.metric(COST)).to_have_text(str(screen.metric(COST).text_content()))
    other.assert_clean()


def test_first_change_keeps_the_charts_and_replaces_their_rows(screen: Screen) -> None:
    # Building a chart takes the browser many times longer than filling it.
    screen.open()
    charts = screen.page.locator(f"{CHART} svg.marks")
    count = charts.count()
    assert count >= 3
    charts.evaluate_all("found => found.forEach(svg => { svg.old = true; })")
    screen.slider(HEADS).press("ArrowRight")
    screen.expect_text("Changed:")
    screen.expect_scenario(with_heads(STOPS[STOPS.index(64) + 1]))
    assert charts.evaluate_all("found => found.filter(svg => svg.old).length") == count


def test_back_and_forward_go_through_the_edits(screen: Screen) -> None:
    screen.open("v=2&model=step-3&attention.0.heads=96")
    screen.slider(HEADS).press("ArrowRight")
    screen.expect_scenario(with_heads(104))
    screen.slider(HEADS).press("ArrowRight")
    screen.expect_scenario(with_heads(112))
    screen.page.go_back()
    screen.expect_scenario(with_heads(104))
    expect(screen.slider(HEADS)).to_have_attribute("aria-valuetext", "104")
    screen.page.go_back()
    screen.expect_scenario(with_heads(96))
    screen.page.go_forward()
    screen.expect_scenario(with_heads(104))


def test_fast_presses_and_typing_keep_the_last_state(screen: Screen) -> None:
    screen.open()
    slider = screen.slider(HEADS)
    slider.focus()
    for _ in range(12):
        screen.page.keyboard.press("ArrowRight")
    last = STOPS[STOPS.index(64) + 12]
    screen.expect_scenario(with_heads(last))
    screen.page.wait_for_timeout(500)
    screen.expect_scenario(with_heads(last))
    expect(slider).to_be_focused()
    box = screen.page.get_by_role("spinbutton", name=HEADS)
    expect(box).to_have_value(str(last))
    box.fill("70")
    box.press("Enter")
    screen.expect_scenario(with_heads(70))
    expect(slider).to_have_attribute("aria-valuetext", "70")
    for _ in range(6):
        box.press("ArrowUp")
    screen.expect_scenario(with_heads(76))
    expect(box).to_be_focused()
    box.fill("5000")
    box.press("Enter")
    expect(box).to_have_attribute("aria-invalid", "true")
    screen.expect_scenario(with_heads(76))
    slider.press("ArrowRight")
    screen.expect_scenario(with_heads(80))
    expect(box).to_have_value("80")
    screen.page.reload()
    screen.settle()
    screen.expect_scenario(with_heads(80))


def test_changing_the_page_keeps_the_state(screen: Screen) -> None:
    screen.open()
    screen.slider(HEADS).press("ArrowRight")
    screen.expect_scenario(with_heads(72))
    for name, path in (("Library", "/library"), ("Paper", "/paper"), ("Explore", "/")):
        screen.page.get_by_role("link", name=name).first.click()
        # The address is bare until the script of the new page has written the state into it.
        screen.page.wait_for_url(f"**{path}?*attention.0.heads=72*", timeout=PATIENCE_MS)
        screen.settle()
        assert screen.link().scenario == with_heads(72)
    screen.expect_scenario(with_heads(72))


def test_a_page_can_be_left_while_it_loads(screen: Screen) -> None:
    screen.open("v=2&model=step-3&attention.0.heads=96")
    screen.slider(HEADS).press("ArrowRight")
    screen.page.get_by_role("link", name="Library").first.click()
    expect(screen.page.get_by_role("heading", name="Library")).to_be_visible(timeout=PATIENCE_MS)
    screen.settle()
    screen.page.get_by_role("link", name="Explore").first.click()
    expect(screen.metric(COST)).to_be_visible(timeout=PATIENCE_MS)
    screen.settle()
    screen.expect_scenario(screen.link().scenario)


def test_a_changed_knob_is_reset_with_one_click(screen: Screen) -> None:
    screen.open("v=2&model=step-3&attention.0.heads=96&workload.context=32768")
    screen.page.get_by_role("button", name="Query heads 64 → 96").click()
    screen.expect_scenario(cm.from_query("workload.context=32768").scenario)
    expect(screen.slider(HEADS)).to_have_attribute("aria-valuetext", "64")
