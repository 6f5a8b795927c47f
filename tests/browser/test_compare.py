"""Compare in a real browser: designs are pinned on Explore, stand side by side, and stay in the link."""

from playwright.sync_api import expect

import costmodel as cm
from tests.browser.screen import PATIENCE_MS, Screen


def test_pinned_design_is_compared_and_survives_reload(screen: Screen) -> None:
    screen.open("attention.0.heads=96")
    screen.page.get_by_role("button", name="Pin", exact=True).click()
    screen.expect_text("Step-3 (heads 96) is on the Compare page.")
    screen.settle()
    screen.page.get_by_role("link", name="Compare").click()
    pill = screen.page.get_by_role("button", name="Step-3 (heads 96)")
    expect(pill).to_be_visible(timeout=PATIENCE_MS)
    screen.settle()
    screen.page.reload()
    expect(pill).to_be_visible(timeout=PATIENCE_MS)
    pill.click()
    expect(pill).to_have_count(0, timeout=PATIENCE_MS)
    expect(screen.page.get_by_role("button", name="DeepSeek-V3")).to_be_visible()


def test_crossing_of_designs_is_exact_to_the_token(screen: Screen) -> None:
    screen.open(view="compare")
    designs = {name: cm.default_scenario(name) for name in ("step-3", "deepseek-v3", "qwen3-235b-a22b")}
    crossing = cm.design_curves(designs).crossings[0]
    screen.expect_text(f"From {crossing.context:,} tokens on, Step-3 is cheaper")


def test_unreadable_pinned_design_is_named_and_the_page_works(screen: Screen) -> None:
    screen.open("designs=model%3Dnothing%7Cmodel%3Dqwen3-32b", view="compare")
    screen.expect_text("not applied")
    expect(screen.page.get_by_role("button", name="Qwen3-32B")).to_be_visible(timeout=PATIENCE_MS)


def test_the_break_even_prices_are_the_librarys(screen: Screen) -> None:
    screen.open("accelerators=h800.h20", view="compare")
    asked = cm.Scenario(model="step-3", accelerators=["h20", "h800"], workload=cm.Workload(context=8192))
    tie = cm.break_even(asked)[0]
    cells = screen.page.get_by_test_id("stDataFrame").last.locator("td")
    # Assistive technology reads the number that the column sorts by.
    expect(cells.filter(has_text=f"{tie.single:.6f}"[:-1]).first).to_be_attached(timeout=PATIENCE_MS)
